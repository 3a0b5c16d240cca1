package confine

import "testing"

func TestMapsNeedBPF(t *testing.T) {
	tests := []struct {
		name     string
		release  string
		disabled string
		want     bool
	}{
		{"an old kernel that is closed", "5.15.0-91-generic", "2\n", true},
		{"an old kernel that is closed for good", "5.10.0-28-amd64", "1\n", true},
		{"an old kernel that is open", "5.10.0-28-amd64", "0\n", false},
		{"the last old kernel", "5.18.19", "2\n", true},
		{"the first new kernel", "5.19.0", "2\n", false},
		{"a new kernel", "6.1.0-18-amd64", "2\n", false},
		{"a kernel older than the capability", "4.18.0-553.el8_10.x86_64", "1\n", true},
		{"a release without numbers", "linux", "2\n", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := mapsNeedBPF(test.release, test.disabled); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
