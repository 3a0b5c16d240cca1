package decode

// Cause says why something could not be seen.
type Cause uint8

// Causes of blindness. Their names, as String gives them, are part of the
// output.
const (
	CauseLost        Cause = iota // bytes missing from a TCP stream
	CauseTruncated                // bytes cut off by the capture's snaplen
	CauseSkipped                  // bytes passed over to find the next message
	CauseTLS                      // encrypted connections
	CauseUnparsed                 // connections on a port of interest that are not RESP
	CauseSyntax                   // streams that stopped being RESP
	CauseUnpaired                 // replies that could not be paired with a command
	CauseUnanswered               // commands whose reply was lost or not seen
	CauseConnections              // connections given up because MaxConns were open
	CausePipeline                 // commands forgotten because MaxPending were outstanding
	CauseReassembly               // holes given up because too much was held
	CauseFragments                // IP fragments that could not be put together
	CauseHeaders                  // packets cut before the end of their headers
	CauseMalformed                // packets whose lengths contradict each other
	CauseLink                     // packets of an unknown link type
	CauseChains                   // what the detectors could not keep
	CauseDropped                  // packets the capturing side says it lost
	CauseUnjudged                 // packets that a filter in the kernel could not judge, and left out
	CauseViews                    // replies and orders about roles that were not whole, or over a bound
	CauseBus                      // cluster bus messages that make no sense
	causes
)

// String returns the name of the cause as reports show it.
func (c Cause) String() string {
	switch c {
	case CauseLost:
		return "bytes missing from the capture"
	case CauseTruncated:
		return "bytes cut off by the snaplen"
	case CauseSkipped:
		return "bytes skipped to find the next message"
	case CauseTLS:
		return "connections encrypted by TLS"
	case CauseUnparsed:
		return "connections that are not RESP"
	case CauseSyntax:
		return "streams that stopped being RESP"
	case CauseUnpaired:
		return "replies without their command"
	case CauseUnanswered:
		return "commands without a reply"
	case CauseConnections:
		return "connections over the bound"
	case CausePipeline:
		return "pipelined commands over the bound"
	case CauseReassembly:
		return "reassembly over the bound"
	case CauseFragments:
		return "IP fragments lost"
	case CauseHeaders:
		return "packets cut inside their headers"
	case CauseMalformed:
		return "malformed packets"
	case CauseLink:
		return "packets of an unknown link type"
	case CauseChains:
		return "chains, clients or nodes over a bound"
	case CauseDropped:
		return "packets dropped while capturing"
	case CauseUnjudged:
		return "packets the kernel filter could not judge"
	case CauseViews:
		return "replies about roles that were too long or cut"
	case CauseBus:
		return "cluster bus messages that could not be read"
	}
	return "unknown"
}

// Gap is what was not seen for one cause.
type Gap struct {
	Count, Bytes int64
	First, Last  int64 // ns since the Unix epoch, 0 if nothing was missed
}

// Blindness sums up what was not seen, by cause.
type Blindness [causes]Gap

// Add counts n things and bytes that were not seen at a time.
func (b *Blindness) Add(c Cause, n, bytes, at int64) {
	g := &b[c]
	g.Count += n
	g.Bytes += bytes
	if at != 0 {
		if g.First == 0 || at < g.First {
			g.First = at
		}
		g.Last = max(g.Last, at)
	}
}

// Merge adds what another part of the analysis did not see.
func (b *Blindness) Merge(o *Blindness) {
	for c := range o {
		g := &o[c]
		if g.Count == 0 && g.Bytes == 0 {
			continue
		}
		b.Add(Cause(c), g.Count, g.Bytes, g.First)
		b.Add(Cause(c), 0, 0, g.Last)
	}
}

// Stats counts what a Table decoded.
type Stats struct {
	Connections    int64 // connections that speak RESP, or should by their port
	BothDirections int64 // of these, those of which commands and replies were seen
	TLS            int64 // of these, encrypted
	Unparsed       int64 // of these, never understood
	OtherTLS       int64 // encrypted connections on other ports
	Other          int64 // connections of other protocols
	Bus            int64 // cluster bus links
	Replication    int64 // replication links
	Capa           int64 // connections that announced CLIENT CAPA redirect
	Commands       int64 // commands of clients
	Paired         int64 // of these, those whose reply was found
	Replies        int64 // replies to clients
	Pushes         int64 // messages to clients that answer nothing
	Redirects      [3]int64
	Duplicates     int64 // segments that brought nothing new
	Spared         int64 // missing bytes that lay within values, so that nothing else was missed
	Errors         map[string]int64
	Blind          Blindness
}

// Bounds of the first words of errors that are counted one by one.
const (
	maxErrorWords = 256 // distinct ones; further ones are counted as otherWord
	maxErrorWord  = 32  // bytes of one
)

// otherWord stands for the first word of an error that is no code.
const otherWord = "OTHER"

func (s *Stats) countError(word string) {
	if s.Errors == nil {
		s.Errors = map[string]int64{}
	}
	if _, ok := s.Errors[word]; !ok && len(s.Errors) >= maxErrorWords {
		word = otherWord
	}
	s.Errors[word]++
}

// takeBackError undoes countError.
func (s *Stats) takeBackError(word string) {
	if s.Errors[word] == 0 {
		word = otherWord
	}
	if s.Errors[word]--; s.Errors[word] <= 0 {
		delete(s.Errors, word)
	}
}

// errorWord reports whether a word looks like the code that servers put in front
// of an error, so that no part of a value is taken for one.
func errorWord(w []byte) bool {
	if len(w) == 0 || len(w) > maxErrorWord {
		return false
	}
	for _, b := range w {
		if (b < 'A' || b > 'Z') && !isDigit(b) && b != '_' {
			return false
		}
	}
	return true
}

// Merge adds the counts of another Table.
func (s *Stats) Merge(o *Stats) {
	s.Connections += o.Connections
	s.BothDirections += o.BothDirections
	s.TLS += o.TLS
	s.Unparsed += o.Unparsed
	s.Other += o.Other
	s.OtherTLS += o.OtherTLS
	s.Bus += o.Bus
	s.Replication += o.Replication
	s.Capa += o.Capa
	s.Commands += o.Commands
	s.Paired += o.Paired
	s.Replies += o.Replies
	s.Pushes += o.Pushes
	s.Spared += o.Spared
	for i := range o.Redirects {
		s.Redirects[i] += o.Redirects[i]
	}
	s.Duplicates += o.Duplicates
	for w, n := range o.Errors {
		if s.Errors == nil {
			s.Errors = map[string]int64{}
		}
		s.Errors[w] += n
	}
	s.Blind.Merge(&o.Blind)
}
