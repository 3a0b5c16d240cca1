package server

import (
	"slices"
	"testing"
)

// A list does what a slice does. Each byte of the script is a step: pop or push, front
// or back, and what is pushed.
func FuzzListIsASlice(f *testing.F) {
	f.Add([]byte{0, 1, 4, 5, 2, 3, 8, 9, 12, 13, 16, 17})
	f.Add([]byte{1, 5, 9, 13, 2, 17, 2, 21, 2, 25, 29, 33, 37})
	f.Add([]byte{2, 3})
	f.Fuzz(func(t *testing.T, script []byte) {
		var l list
		var want [][]byte
		for _, b := range script[:min(len(script), 300)] {
			front := b&1 == 0
			if b&2 == 0 {
				element := []byte{b}
				l.push(front, element)
				if front {
					want = slices.Insert(want, 0, element)
				} else {
					want = append(want, element)
				}
			} else if len(want) > 0 {
				i := len(want) - 1
				if front {
					i = 0
				}
				if got := l.pop(front); &got[0] != &want[i][0] {
					t.Fatalf("popped %v, want %v", got, want[i])
				}
				want = slices.Delete(want, i, i+1)
			}
			if l.len() != len(want) {
				t.Fatalf("%d elements, want %d", l.len(), len(want))
			}
			for i := range want {
				if &l.at(i)[0] != &want[i][0] {
					t.Fatalf("element %d is %v, want %v", i, l.at(i), want[i])
				}
			}
		}
	})
}

func TestListGivesUpWhatWasPopped(t *testing.T) {
	var l list
	for range 100 {
		l.push(false, []byte("x"))
	}
	for range 100 {
		l.pop(true)
	}
	for i, element := range l.ring {
		if element != nil {
			t.Fatalf("cell %d still holds %q", i, element)
		}
	}
}
