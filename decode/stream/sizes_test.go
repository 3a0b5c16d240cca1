package stream

import (
	"testing"
	"unsafe"
)

func TestSizes(t *testing.T) {
	if got := unsafe.Sizeof(Half{}); got > 96 {
		t.Errorf("an idle Half takes %d bytes; there may be 200,000 of them", got)
	}
	if got := unsafe.Sizeof(piece{}); got != pieceSize {
		t.Errorf("a piece takes %d bytes, the budget is charged %d", got, pieceSize)
	}
	if got := unsafe.Sizeof(queue{}); got != queueSize {
		t.Errorf("a queue takes %d bytes, the budget is charged %d", got, queueSize)
	}
	if PatienceCalls&(PatienceCalls-1) != 0 {
		t.Errorf("PatienceCalls is %d, not a power of two: the count of calls may wrap", PatienceCalls)
	}
}
