package confine

import "testing"

func TestDescribe(t *testing.T) {
	tests := []struct {
		name string
		abi  int
		bpf  bool
		in   Access
		want string
	}{
		{"a kernel without landlock", 0, false, Access{WriteDir: "/var/log"}, "no capabilities; no landlock in this kernel"},
		{"the first landlock", 1, false, Access{}, "no capabilities; landlock (ABI 1): no files"},
		{"a kernel that asks for CAP_BPF", 0, true, Access{Maps: true},
			"no capabilities but CAP_BPF, without which this kernel shows no counters; no landlock in this kernel"},
		{"with TCP", 5, false, Access{}, "no capabilities; landlock (ABI 5): no files, no new TCP"},
		{"with scopes", 7, false, Access{WriteDir: "a b"},
			`no capabilities; landlock (ABI 7): no files but to write in "a b", no new TCP, no signals or abstract sockets to others`},
		{"with UDP", 11, false, Access{},
			"no capabilities; landlock (ABI 11): no files, no new TCP, no signals or abstract sockets to others, no Unix sockets of others, no new UDP"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := describe(test.abi, test.bpf, test.in); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
