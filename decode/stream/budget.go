package stream

// The bounds on what is held. Out-of-order segments are copied and kept until
// the hole before them is filled or given up.
const (
	// MaxHeld bounds the payload one half holds, in bytes, to within one
	// segment. Segments trade places over a distance of a few packets; what is
	// a quarter of a megabyte late was not captured.
	MaxHeld = 256 << 10
	// MaxHeldSegments bounds the segments one half holds, so that tiny ones
	// cannot make the bookkeeping larger than the payload.
	MaxHeldSegments = 512
	// DefaultMax is the bound of a Budget that names none: room for 256 halves
	// that are full, or for 100,000 with a small segment each.
	DefaultMax = 64 << 20
)

// Bounds on the queues a Budget keeps for reuse: few, and none that once held
// much, so that the memory outside the budget stays below half a megabyte.
const (
	maxSpares      = 16
	maxSpareBuffer = 16 << 10
	maxSparePieces = 128
)

// Budget bounds and counts what the halves that share it hold. Its zero value
// is ready for use. Halves that share a budget must not be used concurrently.
type Budget struct {
	// Held is the memory in use for held segments, in bytes, spare room and
	// bookkeeping included. It is 0 when every half was drained after Flush or
	// was Reset.
	Held int64
	// Max bounds Held; 0 stands for DefaultMax. A half that finds it exceeded
	// gives up its holes and so frees what it holds. Held exceeds Max at most
	// by what one segment makes one half hold.
	Max int64

	// What was seen, in segments.
	Retransmitted int64 // brought nothing new
	Overlaps      int64 // brought new bytes and old ones
	OutOfOrder    int64 // were held behind a hole
	Stray         int64 // lay outside the window, or beyond the end of the stream

	// What is missing.
	Truncated int64 // bytes the capture cut from segments
	Lost      int64 // bytes in holes that were given up
	Forced    int64 // holes given up because a bound was reached

	spares []*queue
}

// queue returns an empty queue that charges b.
func (b *Budget) queue() *queue {
	n := len(b.spares)
	if n == 0 {
		return &queue{budget: b}
	}
	q := b.spares[n-1]
	b.spares = b.spares[:n-1]
	return q
}

// full reports whether more is held than may be.
func (b *Budget) full() bool {
	limit := b.Max
	if limit == 0 {
		limit = DefaultMax
	}
	return b.Held > limit
}
