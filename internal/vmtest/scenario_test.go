package vmtest_test

import (
	"fmt"
	"strings"

	"ricochet/internal/vmtest"
)

// scenario is a step and what has to come of it.
type scenario struct {
	step vmtest.Step
	exit int
	// passed lists tests that have to run to their end and pass.
	passed []string
	// says lists what the output has to contain.
	says []string
}

// nobody is a user without any privilege.
const nobody = 65534

// Capabilities by number, from linux/capability.h.
const (
	capNetRaw  = 13
	capPerfmon = 38
	capBPF     = 39
)

// scenarios lists what every kernel runs, in that order. Of the tests these are
// the ones that ask something of the kernel, and neither take long nor measure
// time: that of an emulated processor says nothing.
func scenarios() []scenario {
	return []scenario{
		tests("bpf", "TestVerifier", "TestLoadRefuses", "TestAttachRefuses",
			"TestParse", "TestParseRawIP", "TestParseCutHeaders", "TestParseAllPorts", "TestSnaplen",
			"TestValues", "TestValueHeaders", "TestValueOrder", "TestValuesKept", "TestCutCounters",
			"TestLoopbackConnection", "TestLargeFrames", "TestRingFull", "TestWakeUp",
			"TestInterfaces", "TestForgetUnknownInterface", "TestTooManyInterfaces", "TestNothingIsLeft"),
		tests("live", "TestLoopback", "TestVeth", "TestDevices", "TestMechanismsAgree", "TestSnaplen",
			"TestLongValues", "TestRingFull", "TestStopWhileTrafficFlows", "TestFilterFitsTheKernel",
			"TestInterfacesComeAndGo", "TestNoSuchInterface", "TestNotPromiscuous",
			"TestCloseLeavesNothing", "TestPrivileges"),
		probe("root", 0, nil, 0, "mechanism: ebpf", "captured"),
		// The least privileges with which each mechanism works, without being root.
		probe("all that eBPF needs", nobody, []uintptr{capBPF, capPerfmon, capNetRaw}, 0,
			"mechanism: ebpf", "captured"),
		probe("without CAP_PERFMON", nobody, []uintptr{capBPF, capNetRaw}, 0,
			"mechanism: packet", "CAP_PERFMON", "captured"),
		probe("without CAP_BPF", nobody, []uintptr{capNetRaw}, 0,
			"mechanism: packet", "no CAP_BPF", "captured"),
		probe("without CAP_NET_RAW", nobody, []uintptr{capBPF, capPerfmon}, 1,
			"error:", "no CAP_NET_RAW"),
		probe("no privilege", nobody, nil, 1,
			"error:", "no CAP_NET_RAW"),
	}
}

// tests runs these tests of a package, all of which have to pass.
func tests(name string, passed ...string) scenario {
	return scenario{
		step: vmtest.Step{
			Name: name,
			Args: []string{
				"/bin/" + name + ".test", "-test.v", "-test.timeout=150s",
				"-test.run=^(" + strings.Join(passed, "|") + ")$",
			},
		},
		passed: passed,
	}
}

// probe runs the guest's probe as a user with certain capabilities.
func probe(name string, user uint32, capabilities []uintptr, exit int, says ...string) scenario {
	return scenario{
		step: vmtest.Step{
			Name:         name,
			Args:         []string{"/init", "probe"},
			User:         user,
			Capabilities: capabilities,
		},
		exit: exit,
		says: says,
	}
}

// steps lists the steps of all scenarios: the plan of a guest.
func steps() []vmtest.Step {
	var plan []vmtest.Step
	for _, s := range scenarios() {
		plan = append(plan, s.step)
	}
	return plan
}

// judge says what is wrong with the outcome, or nothing.
func (s scenario) judge(got *stepOutcome) string {
	output := got.output.String()
	var problems []string
	switch {
	case got.exit == nil:
		problems = append(problems, "it did not end")
	case *got.exit != s.exit:
		problems = append(problems, fmt.Sprintf("it ended with status %d, not %d", *got.exit, s.exit))
	}
	for _, name := range s.passed {
		if !strings.Contains("\n"+output, "\n--- PASS: "+name+" (") {
			problems = append(problems, name+" did not pass")
		}
	}
	for _, text := range s.says {
		if !strings.Contains(output, text) {
			problems = append(problems, fmt.Sprintf("it does not say %q", text))
		}
	}
	return strings.Join(problems, ", ")
}
