package wiretest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ricochet/capture"
)

// BaseTime is the time that scripts and generated captures count from,
// 2026-01-02T03:04:05Z, in nanoseconds since the Unix epoch.
const BaseTime int64 = 1767323045_000000000

const (
	// maxSegment is the largest payload put into one packet, in bytes. It leaves
	// room for the headers of a tunnel within the 65,535 bytes of an IP packet.
	maxSegment = 65000
	// maxCapture bounds the frames that one script may yield, in bytes.
	maxCapture = 64 << 20
)

// script is the state of Parse between two lines.
type script struct {
	names   names
	conns   conns
	packets []capture.Packet
	size    int   // bytes in packets
	now     int64 // time of the current event, nanoseconds since the Unix epoch
	mss     int   // largest payload of a packet, in bytes
}

// Parse carries out a script, whose format is the package comment's. Packets
// are Ethernet frames. An error begins with the line it was found on, counted
// from 1.
func Parse(text string) (*Capture, error) {
	s := &script{names: newNames(), conns: newConns(), now: BaseTime, mss: maxSegment}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if err := s.line(strings.TrimSpace(stripComment(line))); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	renumber(s.packets)
	return &Capture{Packets: s.packets, names: s.names}, nil
}

// line carries out one line without its comment.
func (s *script) line(line string) error {
	if line == "" {
		return nil
	}
	if c := line[0]; '0' <= c && c <= '9' {
		word, rest := cutWord(line)
		after, err := time.ParseDuration(word)
		if err != nil {
			return fmt.Errorf("parse time: %w", err)
		}
		if rest == "" {
			return errors.New("time without an event")
		}
		s.now, line = BaseTime+int64(after), rest
	}
	verb, rest := cutWord(line)
	if strings.Contains(verb, ">") {
		if done, err := s.answered(line); done {
			return err
		}
		return s.data(line, sent{})
	}
	switch verb {
	case "host":
		return s.names.declare(rest)
	case "mss":
		n, err := strconv.Atoi(rest)
		if err != nil || n < 1 || n > maxSegment {
			return fmt.Errorf("mss %q: want 1 to %d", rest, maxSegment)
		}
		s.mss = n
		return nil
	case "lose":
		return s.data(rest, sent{lost: true})
	case "cut":
		count, rest := cutWord(rest)
		n, err := strconv.Atoi(count)
		if err != nil || n < 0 {
			return fmt.Errorf("cut %q: want a number of bytes", count)
		}
		return s.data(rest, sent{cut: true, kept: n})
	case "seq":
		return s.setSequence(rest)
	case "swap":
		return s.swap(rest)
	case "open", "join", "refuse", "silent", "again", "ack", "close", "reset":
		return s.event(verb, rest)
	case "client", "handshake", "replicate", "bus":
		return s.play(verb, rest)
	}
	return fmt.Errorf("unknown event %q", verb)
}

// swap lets the last two packets change places; each place keeps its time.
func (s *script) swap(rest string) error {
	n := len(s.packets)
	if rest != "" || n < 2 {
		return errors.New("swap wants two packets before it and nothing after it")
	}
	swapKeepingTimes(s.packets, n-2)
	return nil
}

// setSequence carries out "seq DIRECTION NUMBER".
func (s *script) setSequence(rest string) error {
	direction, number := cutWord(rest)
	c, from, err := s.conns.find(direction, s.names)
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return fmt.Errorf("parse sequence number: %w", err)
	}
	c.side[from].initial, c.side[from].chosen = uint32(n), true
	return nil
}

// cutWord splits text after its first word.
func cutWord(text string) (word, rest string) {
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		return text[:i], strings.TrimLeft(text[i:], " \t")
	}
	return text, ""
}

// stripComment returns the part of a line before its comment. A # begins one
// only where no value can: RESP3 booleans are written #t.
func stripComment(line string) string {
	trimmed := strings.TrimSpace(line)
	if strings.HasPrefix(trimmed, "#") {
		return ""
	}
	quoted := false
	for i := 0; i < len(trimmed); i++ {
		switch trimmed[i] {
		case '\\':
			if quoted {
				i++
			}
		case '"':
			quoted = !quoted
		case '#':
			if !quoted && blank(trimmed[i-1]) && (i+1 == len(trimmed) || blank(trimmed[i+1])) {
				return trimmed[:i]
			}
		}
	}
	return trimmed
}

func blank(c byte) bool { return c == ' ' || c == '\t' }
