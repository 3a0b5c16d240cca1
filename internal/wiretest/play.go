package wiretest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Times between the packets of events that stand for several.
const (
	answerAfter = int64(time.Millisecond)       // from data to the answer behind =>
	turn        = 200 * int64(time.Microsecond) // from one message to the next
)

// answered carries out data with its answer: "DIRECTION ITEMS => ITEMS". It
// reports whether the line is one.
func (s *script) answered(line string) (bool, error) {
	at := arrow(line)
	if at < 0 {
		return false, nil
	}
	direction, _ := cutWord(line)
	if err := s.data(strings.TrimSpace(line[:at]), sent{}); err != nil {
		return true, err
	}
	s.now += answerAfter
	return true, s.data(back(direction)+" "+strings.TrimSpace(line[at+len(" => "):]), sent{})
}

// arrow returns where " => " stands outside of quotes, -1 if it does not.
func arrow(line string) int {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(line[i:], " => "):
			return i
		}
	}
	return -1
}

// back returns the other direction of a connection.
func back(direction string) string {
	left, right, _ := strings.Cut(direction, ">")
	return right + ">" + left
}

// play carries out an event that stands for several packets.
func (s *script) play(verb, rest string) error {
	words := strings.Fields(rest)
	if len(words) == 0 {
		return fmt.Errorf("%s wants a direction", verb)
	}
	direction, words := words[0], words[1:]
	switch {
	case verb == "client" && len(words) <= 1:
		return s.client(direction, words)
	case verb == "handshake" && (len(words) == 1 || len(words) == 2):
		return s.handshake(direction, words[0], words[1:])
	case verb == "replicate" && len(words) == 2:
		return s.replicate(direction, words[0], words[1])
	case verb == "bus" && len(words) > 0:
		return s.bus(direction, words[0], words[1:])
	}
	return fmt.Errorf("%s %s: wrong number of words", verb, direction)
}

// client plays a client that connects and says that it follows redirects.
func (s *script) client(direction string, name []string) error {
	if err := s.event("open", direction); err != nil {
		return err
	}
	return s.dialogue(direction,
		"*CLIENT SETNAME "+strings.Join(append(name, "app")[:1], ""), "+OK",
		"*CLIENT CAPA redirect", "+OK")
}

// handshake plays what a replica says before PSYNC (replication.c,
// syncWithPrimary), as captured from Valkey 8.0.1. Only a replica with
// replica-announce-ip says ip-address.
func (s *script) handshake(direction, version string, announced []string) error {
	c, from, err := s.conns.find(direction, s.names)
	if err != nil {
		return err
	}
	if err := s.event("open", direction); err != nil {
		return err
	}
	host, _, _ := strings.Cut(direction, ".")
	at, err := s.names.lookup(host)
	if err != nil || from != client || c == nil {
		return fmt.Errorf("handshake %s: a replica is the client of the link", direction)
	}
	lines := []string{"*PING", "+PONG", fmt.Sprintf("*REPLCONF listening-port %d", at.Port()), "+OK"}
	if len(announced) > 0 {
		lines = append(lines, "*REPLCONF ip-address "+announced[0], "+OK")
	}
	return s.dialogue(direction, append(lines, "*REPLCONF capa eof capa psync2 | *REPLCONF version "+version, "+OK | +OK")...)
}

// replicate plays a replica that connects and takes over the whole data set,
// whose replication ID is 40 times a hexadecimal digit.
func (s *script) replicate(direction, version, id string) error {
	if len(id) != 1 || !isHex(id[0]) {
		return errors.New("replicate wants a hexadecimal digit, for a replication ID of 40 of them")
	}
	if err := s.handshake(direction, version, nil); err != nil {
		return err
	}
	id = strings.Repeat(id, idLen)
	mark := strings.Repeat("7e", idLen/2)
	rdb := fmt.Sprintf(`"$EOF:%s\r\nREDIS0011\xff\x00\x00\x00\x00\x00\x00\x00\x00%s"`, mark, mark)
	return s.dialogue(direction, "*PSYNC ? -1", "+FULLRESYNC "+id+" 0", "", rdb, "*REPLCONF ACK 0")
}

// dialogue sends messages in turn, the client's first. An empty one is left out.
func (s *script) dialogue(direction string, messages ...string) error {
	for i, m := range messages {
		d := direction
		if i%2 == 1 {
			d = back(direction)
		}
		s.now += turn
		if m == "" {
			continue
		}
		if err := s.data(d+" "+m, sent{}); err != nil {
			return err
		}
	}
	return nil
}

// idLen is the length of replication IDs, run IDs and node IDs.
const idLen = 40

// isHex reports whether c is a digit that IDs are made of.
func isHex(c byte) bool {
	_, err := hex.DecodeString("0" + string(rune(c)))
	return err == nil
}
