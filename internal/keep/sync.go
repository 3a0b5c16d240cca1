package keep

import (
	"bytes"
	"strconv"
)

// markLen is the length of the mark that ends a snapshot of unknown length
// (CONFIG_RUN_ID_SIZE of the servers).
const markLen = 40

// snapshot is what a primary sends to a replica before the stream of writes.
type snapshot struct {
	next    state // what follows the line at hand
	size    int64
	mark    [markLen]byte
	back    [markLen]uint8 // for each prefix of the mark, the length of its longest border
	matched int            // how much of the mark the latest bytes are
}

// awaitSync says that what the server sends next answers PSYNC or SYNC.
func (p *scanner) awaitSync() {
	if p.state == stateLost || p.idle() {
		p.s.m.searching -= p.heldForSearch()
		p.search = nil
		p.state, p.sync = stateSync, &snapshot{}
	}
}

// answerToSync takes the first byte of an answer to PSYNC: of a line, or of the
// stream of writes. A primary keeps a waiting replica alive with empty lines
// (replication.c, replicationCron).
func (p *scanner) answerToSync(i int) (int, bool) {
	switch p.b[i] {
	case '\n', '\r':
		return i + 1, true
	case '+', '$':
		p.startText(kindSync)
		return i, true
	case '-':
		p.s.refused()
		p.state = stateElement
		return i, true
	case '*':
		p.streamWrites()
		return i, true
	}
	return i, false
}

// syncLine returns what is seen of a line of the answer, and finds out what
// follows it: +FULLRESYNC id offset, +CONTINUE, $length, $EOF:mark, and of a
// connection for the snapshot alone $ENDOFF:offset ... (replication.c).
func (p *scanner) syncLine(line []byte) []byte {
	s := p.sync
	s.next = stateSync
	switch word, _, _ := bytes.Cut(line, []byte(" ")); {
	case string(word) == "+CONTINUE":
		s.next = stateElement
		return line
	case string(word) == "+FULLRESYNC", string(word) == "+DUALCHANNELSYNC", bytes.HasPrefix(line, []byte("$ENDOFF:")):
		return line
	case string(line) == "+OK": // to a REPLCONF, late
		return line
	case bytes.HasPrefix(line, []byte("$EOF:")) && len(line) == len("$EOF:")+markLen:
		copy(s.mark[:], line[len("$EOF:"):])
		s.prepare()
		s.next = stateMark
		return line
	}
	if line[0] == '$' {
		if n, err := strconv.ParseInt(string(line[1:]), 10, 63); err == nil && n >= 0 {
			s.size, s.next = n, stateSnapshot
			return line
		}
	}
	out := blanks(p.s.m.scratch[:0], len(line))
	out[0] = line[0]
	return out
}

// prepare fills in back, for a search that never looks at a byte twice.
func (s *snapshot) prepare() {
	k := uint8(0)
	s.back[0], s.matched = 0, 0
	for i := 1; i < markLen; i++ {
		for k > 0 && s.mark[i] != s.mark[k] {
			k = s.back[k-1]
		}
		if s.mark[i] == s.mark[k] {
			k++
		}
		s.back[i] = k
	}
}

// afterSyncLine goes on behind a line of the answer.
func (p *scanner) afterSyncLine() {
	switch p.state = p.sync.next; p.state {
	case stateElement:
		p.streamWrites()
	case stateSnapshot:
		p.rem = p.sync.size
		p.endOfSnapshot()
	}
}

// snapshotBody takes bytes of a snapshot of known length.
func (p *scanner) snapshotBody(i int) int {
	n := int(min(p.rem, int64(len(p.b)-i)))
	if !p.s.m.keepValues {
		p.pass(i, i+n)
	}
	p.rem -= int64(n)
	p.endOfSnapshot()
	return i + n
}

// endOfSnapshot goes on to the stream of writes once the snapshot has ended.
func (p *scanner) endOfSnapshot() {
	if p.rem == 0 {
		p.streamWrites()
	}
}

// streamWrites says that what follows are commands of the primary.
func (p *scanner) streamWrites() {
	p.state, p.commands = stateElement, true
}

// untilMark takes bytes of a snapshot that ends at a mark.
func (p *scanner) untilMark(i int) int {
	s := p.sync
	for i < len(p.b) {
		if s.matched == 0 {
			n := bytes.IndexByte(p.b[i:], s.mark[0])
			if n < 0 {
				n = len(p.b) - i
			}
			p.blankSnapshot(i, i+n)
			if i += n; i == len(p.b) {
				break
			}
		}
		for s.matched > 0 && s.mark[s.matched] != p.b[i] {
			s.matched = int(s.back[s.matched-1])
		}
		if s.mark[s.matched] == p.b[i] {
			s.matched++
		}
		p.blankSnapshot(i, i+1)
		i++
		if s.matched == markLen {
			s.matched = 0
			p.put(i)
			p.f.put(p.seq+uint32(i-markLen), s.mark[:])
			p.streamWrites()
			break
		}
	}
	return i
}

func (p *scanner) blankSnapshot(i, j int) {
	if !p.s.m.keepValues {
		p.pass(i, j)
	}
}

// blanks appends n blanks.
func blanks(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, blank)
	}
	return dst
}
