// Package align finds out how the clocks of several captures go against each
// other, from packets that were captured at two points.
//
// A packet that passes A first and then B was captured at B later by its delay,
// so the difference of its two times bounds how far B's clock is ahead of A's
// from above; a packet that goes the other way bounds it from below. Delays are
// never negative, so the bounds hold whatever the delays are: queues make single
// bounds worse, never wrong. Among them the smallest delays count. This is the
// argument of NTP (RFC 5905, section 8), applied to packets that were not made
// for it, and that of Paxson and of Moon, Skelly and Towsley for drift.
//
// The bounds of two captures are points (time, difference). The clocks go like
// a line that has all upper bounds above it and all lower bounds below it. The
// estimate is the middle of the widest corridor between the two; the stated error
// is how far any line that the bounds admit is away from it. That error is mainly
// half the round trip between the two points: nothing on the wire tells an offset
// from a way that is longer there than back.
//
// A drift is stated only if leaving it out narrows the corridor by more than
// jitter explains (line.go). Where the corridor closes altogether, a clock was set
// while capturing, and the captures are left as they are.
//
// Captures that have no packet in common are reached through others, on the path
// with the smallest sum of errors. A correction is made only where the packets
// demand it: as long as they are compatible with two captures having one clock,
// the two are held to have one (choose.go).
package align
