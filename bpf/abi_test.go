//go:build linux

package bpf

import (
	"testing"
	"unsafe"
)

// What Go takes from the program's types, and what it repeats of its constants,
// has to be what the object holds.
func TestObject(t *testing.T) {
	var r tapRecord
	for _, test := range []struct {
		name      string
		got, want uintptr
	}{
		{"record", unsafe.Sizeof(r), recordLen},
		{"time", unsafe.Offsetof(r.Time), 0},
		{"ifindex", unsafe.Offsetof(r.Ifindex), 8},
		{"wire", unsafe.Offsetof(r.Wire), 12},
		{"kept", unsafe.Offsetof(r.Kept), 16},
		{"end", unsafe.Offsetof(r.End), 20},
		{"net", unsafe.Offsetof(r.Net), 24},
		{"tcp", unsafe.Offsetof(r.Tcp), 26},
		{"payload", unsafe.Offsetof(r.Payload), 28},
		{"flags", unsafe.Offsetof(r.Flags), 30},
		{"spans", unsafe.Offsetof(r.Spans), 31},
		{"number of spans", unsafe.Sizeof(tapScratch{}.Spans) / spanLen, MaxSpans},
		{"data", unsafe.Sizeof(tapScratch{}.Data), MaxSnaplen},
		{"data behind the spans", unsafe.Offsetof(tapScratch{}.Data), recordLen + MaxSpans*spanLen},
	} {
		if test.got != test.want {
			t.Errorf("%s: %d in the object, %d here", test.name, test.got, test.want)
		}
	}
	spec, err := loadTap()
	if err != nil {
		t.Fatal(err)
	}
	if got := spec.Maps[tapMapInterfaces].MaxEntries; got != MaxInterfaces {
		t.Errorf("interfaces: %d in the object, %d here", got, MaxInterfaces)
	}
}
