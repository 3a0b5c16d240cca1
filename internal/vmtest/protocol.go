package vmtest

// Where the guest finds what the test put there.
const (
	PlanPath   = "/plan.json"
	ModulesDir = "/modules"
	// ReportPath is the second serial port: the kernel writes to the first, so
	// its lines never fall among those of the report.
	ReportPath = "/dev/ttyS1"
)

// Step is a program that the guest runs, one after the other.
type Step struct {
	Name string
	// Args is the command line, the path of the program first.
	Args []string
	// Env is added to the little environment that the guest has.
	Env []string
	// User and group of the program: 0 is root.
	User uint32
	// Capabilities, by number, are all that a user other than root gets.
	Capabilities []uintptr
}

// Event is one line of the report, in JSON.
type Event struct {
	// Kernel is the release of the kernel; the first event has it and no other.
	Kernel string `json:",omitempty"`
	// Step names the step that the rest is about. It is empty when that is the
	// guest itself.
	Step string `json:",omitempty"`
	// Output is a piece of what the step wrote, or says what failed.
	Output string `json:",omitempty"`
	// Exit is the status with which the step ended, -1 if a signal ended it or
	// it could not start. The last event of a step has it.
	Exit *int `json:",omitempty"`
	// Done is set in the last event of the guest.
	Done bool `json:",omitempty"`
}
