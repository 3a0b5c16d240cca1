package view

import "bytes"

// Greeting is the channel on which Sentinels make themselves known to each other,
// through the data nodes that they watch (sentinel.c, SENTINEL_HELLO_CHANNEL).
const Greeting = "__sentinel__:hello"

// Listens reports whether messages on a channel may be those of a Sentinel: a
// greeting, or an event, whose channel has the event's name.
func Listens(channel []byte) bool {
	if string(channel) == Greeting {
		return true
	}
	if len(channel) < 2 || len(channel) > maxEvent || channel[0] != '+' && channel[0] != '-' {
		return false
	}
	for _, c := range channel[1:] {
		if (c < 'a' || c > 'z') && c != '-' {
			return false
		}
	}
	return channel[1] != '-'
}

// maxEvent bounds the name of an event, in bytes. The longest of 8.0 is
// +failover-state-send-slaveof-noone.
const maxEvent = 48

// ReadMessage reads a message on a channel. It returns nothing if that is no
// message of a Sentinel after all.
func ReadMessage(channel, payload []byte) []Node {
	switch {
	case !Listens(channel) || len(payload) > MaxPayload:
		return nil
	case string(channel) == Greeting:
		return readGreeting(payload)
	case string(channel) == "+switch-master" || string(channel) == "+switch-primary":
		return readSwitch(channel, payload)
	}
	return readEvent(channel, payload)
}

// ReadMessage reads a message of which the channel and the payload were collected,
// and nothing else.
func (r *Reply) ReadMessage() []Node {
	if len(r.elements) != 2 {
		return nil
	}
	channel, payload := item{r, 0}.bytes(), item{r, 1}.bytes()
	if r.short {
		return nil
	}
	return ReadMessage(channel, payload)
}

// readGreeting reads what a Sentinel says of itself and of the primary that it
// watches (sentinel.c, sentinelSendHello):
//
//	ip,port,runid,current_epoch,primary_name,primary_ip,primary_port,primary_config_epoch
func readGreeting(b []byte) []Node {
	var f [8][]byte
	if !split(b, ',', f[:]) {
		return nil
	}
	_, ok := decimal(f[3])
	_, good := decimal(f[7])
	s := Node{Source: SourceGreeting, Role: Sentinel, Host: text(f[0]), Port: port(f[1]), ID: id(f[2]), Epoch: epoch(f[3])}
	p := Node{Source: SourceGreeting, Role: Primary, Group: text(f[4]), Host: text(f[5]), Port: port(f[6]), Epoch: epoch(f[7])}
	if !ok || !good || s.Port == 0 || s.ID == "" || s.Host == "" || p.Port == 0 || p.Host == "" || p.Group == "" {
		return nil
	}
	s.Group = p.Group
	return []Node{s, p}
}

// readSwitch reads that another server is primary now: first the new one, then the
// old one, of which no role is said (sentinel.c, sentinelFailoverSwitchToPromotedReplica):
//
//	name old_ip old_port new_ip new_port
func readSwitch(event, b []byte) []Node {
	var f [5][]byte
	if !split(b, ' ', f[:]) {
		return nil
	}
	was := Node{Source: SourceSwitch, Group: text(f[0]), Host: text(f[1]), Port: port(f[2])}
	now := Node{Source: SourceSwitch, Role: Primary, Group: text(f[0]), Host: text(f[3]), Port: port(f[4])}
	if was.Group == "" || was.Host == "" || was.Port == 0 || now.Host == "" || now.Port == 0 {
		return nil
	}
	now.Flags, was.Flags = []string{string(event)}, []string{string(event)}
	return []Node{now, was}
}

// readEvent reads the instance that an event is about (sentinel.c, sentinelEvent):
//
//	type name ip port [@ primary_name primary_ip primary_port] [anything]
//
// A primary is not followed by another one. The name of a Sentinel is its run ID.
func readEvent(event, b []byte) []Node {
	var f [8][]byte
	n := 0
	for ; n < len(f) && len(b) > 0; n++ {
		f[n], b = next(b, ' ')
	}
	e := Node{Source: SourceEvent, Role: role(f[0]), Host: text(f[2]), Port: port(f[3]), Flags: []string{string(event)}}
	if n < 4 || e.Role == "" || e.Host == "" || e.Port == 0 {
		return nil
	}
	if e.Role == Primary {
		e.Group = text(f[1])
		return []Node{e}
	}
	if n < 8 || string(f[4]) != "@" || port(f[7]) == 0 || len(f[6]) == 0 {
		return nil
	}
	e.Group = text(f[5])
	switch e.Role {
	case Sentinel:
		e.ID = id(f[1])
	case Replica:
		e.PrimaryHost, e.PrimaryPort = text(f[6]), port(f[7])
	}
	return []Node{e}
}

// split cuts b at sep into as many fields as there are, and reports whether that
// is how many b has.
func split(b []byte, sep byte, fields [][]byte) bool {
	if bytes.Count(b, []byte{sep}) != len(fields)-1 {
		return false
	}
	for i := range fields {
		fields[i], b = next(b, sep)
	}
	return true
}
