package evidence

import (
	"time"

	"ricochet/capture"
)

// Margin is how much is kept before the first and after the last packet of a finding
// unless Options say otherwise: as long as a redirected command is awaited.
const Margin = 5 * time.Second

// Options say how much of what surrounds a finding is kept.
type Options struct {
	Before, After time.Duration // 0 stands for Margin
}

// Writer takes the packets of the evidence; *keep.Writer is one.
type Writer interface {
	// Describe says that packets of an origin and link type are to come.
	Describe(origin int, link capture.LinkType) error
	// Comment sets what is said of the next packet.
	Comment(text string)
	// Packet takes a packet, whose data it must not hold on to.
	Packet(p *capture.Packet) error
}

// Stats says what Write did.
type Stats struct {
	Packets  int64 // handed to the writer
	Comments int64 // of them with a comment
	// Uncommented counts what would have had a comment, but for the bound on them.
	Uncommented int64
	// Unremembered counts connections beyond the bound on those that are remembered:
	// how they began is left out.
	Unremembered int64
}
