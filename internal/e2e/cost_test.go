//go:build linux

package e2e

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"ricochet/internal/report"
	"ricochet/internal/testenv"
)

// rounds asks for the measurement of costs, which takes minutes.
var rounds = flag.Int("cost.rounds", 0, "measure what watching costs, in `N` rounds")

// workload is what valkey-benchmark does.
type workload struct {
	name string
	args []string
}

var workloads = []workload{
	{"plain", []string{"-n", "200000"}},
	{"-P 16", []string{"-n", "2000000", "-P", "16"}},
	{"-d 16384", []string{"-n", "100000", "-d", "16384"}},
}

// tests are those of valkey-benchmark that are run, as it names them.
var tests = []string{"SET", "GET"}

// captures are what runs beside the server, the first of them nothing.
var captures = []string{"none", "ricochet watch", "tcpdump -w /dev/null", "tcpdump -s 128"}

// sample is one run of a workload beside one capture.
type sample struct {
	rate    map[string]float64 // requests a second, by test
	sent    int64              // commands
	counted int64              // commands that ricochet counted
	matched int64              // packets that the capture's filter let through
	dropped int64              // packets that the capture lost
	cpu     time.Duration      // that the capturing process used
	memory  int64              // its largest resident size, in bytes
}

// TestCost measures, side by side and in turns, how much of a server's throughput
// remains while it is watched, and what ricochet and tcpdump need for that.
func TestCost(t *testing.T) {
	if *rounds == 0 {
		t.Skip("takes minutes; asked for by -cost.rounds")
	}
	program(t)
	s := onLoopback(t, 1, ipv4)
	server := startServers(t, s)[0]

	all := map[string]map[string][]sample{}
	for _, work := range workloads {
		all[work.name] = map[string][]sample{}
		for round := range *rounds {
			for i := range captures {
				beside := captures[(i+round)%len(captures)]
				all[work.name][beside] = append(all[work.name][beside], measure(t, server, work, beside))
			}
		}
	}
	printThroughput(all)
	printNeeds(all)
	printPaced(t, server)
}

// measure runs a workload beside a capture.
func measure(t *testing.T, s *server, w workload, beside string) sample {
	t.Helper()
	var m sample
	before := processed(t, s)
	work := func() {
		out := benchmark(t, s, append([]string{"-t", strings.Join(tests, ",")}, w.args...)...)
		m.rate = rates(t, out)
		m.sent = processed(t, s) - before
	}
	switch {
	case beside == captures[0]:
		work()
	case strings.HasPrefix(beside, "ricochet"):
		m.ricochet(t, s.namespace, work)
	default:
		m.tcpdump(t, s, strings.Fields(beside)[1:], work)
	}
	return m
}

// ricochet measures what ricochet needs while it watches work.
func (m *sample) ricochet(t *testing.T, n *namespace, work func()) {
	t.Helper()
	w := startWatch(t, n)
	before := cpuTime(t, w.cmd.Process.Pid)
	work()
	m.cpu = cpuTime(t, w.cmd.Process.Pid) - before
	r := w.stop(syscall.SIGINT)
	m.counted = r.Totals.Commands
	m.memory = w.cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	for _, e := range w.all() {
		if e.kind == "stats" {
			var last report.Stats
			decodeEvent(t, e, &last)
			m.matched, m.dropped = last.Capture.Matched, last.Capture.Dropped
		}
	}
}

// tcpdump measures what tcpdump needs while it captures work.
func (m *sample) tcpdump(t *testing.T, s *server, args []string, work func()) {
	t.Helper()
	name := testenv.RequireCommand(t, "tcpdump")
	if !slices.Contains(args, "-w") {
		args = append(args, "-w", os.DevNull)
	}
	p := s.start(t, "tcpdump", exec.Command(name, append([]string{"-i", "lo"}, append(args, "tcp port "+s.port())...)...))
	log := filepath.Join(t.ArtifactDir(), "tcpdump.log")
	eventually(t, "start of tcpdump", func() error {
		if text := tail(log); !strings.Contains(text, "listening on") {
			return fmt.Errorf("it says %q", text)
		}
		return nil
	})
	before := cpuTime(t, p.cmd.Process.Pid)
	work()
	m.cpu = cpuTime(t, p.cmd.Process.Pid) - before
	p.signal(syscall.SIGINT)
	p.wait()
	m.memory = p.cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	for line := range strings.Lines(tail(log)) {
		count, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, _ := strconv.ParseInt(count, 10, 64)
		switch what {
		case "packets received by filter":
			m.matched = n
		case "packets dropped by kernel":
			m.dropped = n
		}
	}
}

// rates reads the CSV that valkey-benchmark writes.
func rates(t *testing.T, csv string) map[string]float64 {
	t.Helper()
	found := map[string]float64{}
	for line := range strings.Lines(csv) {
		fields := strings.Split(strings.ReplaceAll(line, `"`, ""), ",")
		if len(fields) > 1 && slices.Contains(tests, fields[0]) {
			rate, err := strconv.ParseFloat(fields[1], 64)
			if err != nil {
				t.Fatalf("read %q: %v", line, err)
			}
			found[fields[0]] = rate
		}
	}
	if len(found) != len(tests) {
		t.Fatalf("valkey-benchmark wrote %q", csv)
	}
	return found
}

// clockTick is the unit of times in /proc/PID/stat: 1/USER_HZ, which is the same
// on all that Go runs on.
const clockTick = 10 * time.Millisecond

// cpuTime is what a process has used so far, in user and system mode.
func cpuTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		t.Fatalf("read CPU time: %v", err)
	}
	// The name, in parentheses, may hold anything; times are fields 14 and 15
	// (proc_pid_stat(5)), counted from 1.
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			t.Fatalf("read CPU time: %v", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick
}

func printThroughput(all map[string]map[string][]sample) {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprintf(out, "\nThroughput of the server in requests a second, and the share of it that is kept; medians of %d rounds\n\n", *rounds)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintf(w, "workload\ttest\t%s\n", strings.Join(captures, "\t"))
	for _, work := range workloads {
		for _, test := range tests {
			fmt.Fprintf(w, "%s\t%s", work.name, test)
			for i, beside := range captures {
				var values []float64
				for round, m := range all[work.name][beside] {
					v := m.rate[test]
					if i > 0 {
						v /= all[work.name][captures[0]][round].rate[test]
					}
					values = append(values, v)
				}
				if i == 0 {
					fmt.Fprintf(w, "\t%.0f", median(values))
				} else {
					fmt.Fprintf(w, "\t%.2f", median(values))
				}
			}
			fmt.Fprintln(w)
		}
	}
}

func printNeeds(all map[string]map[string][]sample) {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprint(out, "\nWhat that needs\n\n")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintln(w, "workload\tcapture\tus of CPU a command\tlargest MB\tcommands counted\tof\tpackets lost\tof")
	for _, work := range workloads {
		for _, beside := range captures[1:] {
			var cpu, memory []float64
			var sum sample
			for _, m := range all[work.name][beside] {
				cpu = append(cpu, float64(m.cpu.Nanoseconds())/1e3/float64(m.sent))
				memory = append(memory, float64(m.memory)/1e6)
				sum.sent += m.sent
				sum.counted += m.counted
				sum.matched += m.matched
				sum.dropped += m.dropped
			}
			counted := "-"
			if sum.counted > 0 {
				counted = strconv.FormatInt(sum.counted, 10)
			}
			fmt.Fprintf(w, "%s\t%s\t%.2f\t%.0f\t%s\t%d\t%d\t%d\n", work.name, beside,
				median(cpu), slices.Max(memory), counted, sum.sent, sum.dropped, sum.matched)
		}
	}
}

// printPaced measures ricochet beside a steady stream of commands.
func printPaced(t *testing.T, s *server) {
	t.Helper()
	const seconds = 5
	var share []float64
	var sum sample
	for range *rounds {
		var m sample
		before := processed(t, s)
		m.ricochet(t, s.namespace, func() {
			pace(t, s, seconds*time.Second)
			m.sent = processed(t, s) - before
		})
		share = append(share, 100*m.cpu.Seconds()/seconds)
		sum.sent += m.sent
		sum.counted += m.counted
		sum.dropped += m.dropped
	}
	fmt.Printf("\nAt %d commands a second, one by one: %.1f %% of a core; counted %d of %d commands, lost %d packets\n\n",
		pacedRate, median(share), sum.counted, sum.sent, sum.dropped)
}

const (
	pacedRate  = 20_000 // commands a second, over all connections
	pacedConns = 50
)

// pace sends commands at a steady rate.
func pace(t *testing.T, s *server, during time.Duration) {
	t.Helper()
	const period = time.Second * pacedConns / pacedRate
	start := time.Now()
	done := make(chan error)
	for i := range pacedConns {
		go func() {
			done <- s.session(newLedger(), func(c *conn) error {
				for n := range int(during / period) {
					time.Sleep(time.Until(start.Add(time.Duration(n)*period + period*time.Duration(i)/pacedConns)))
					if _, err := c.must("GET", "key:"+strconv.Itoa(n)); err != nil {
						return err
					}
				}
				return nil
			})
		}()
	}
	for range pacedConns {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func median[T cmp.Ordered](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
