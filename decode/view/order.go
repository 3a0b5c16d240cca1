package view

// ReadOrder reads a command that changes roles, by its name in capitals and its
// arguments, and returns nil if it is none that a server could carry out.
func (q Question) ReadOrder(name string, args [][]byte) *Order {
	o := &Order{Slot: -1}
	ok := false
	switch q {
	case orderFailover:
		o.Verb = "FAILOVER"
		ok = o.failover(args)
	case orderReplicaOf:
		o.Verb = "REPLICAOF"
		ok = o.replicaOf(args)
	case orderClusterFailover:
		o.Verb = "CLUSTER FAILOVER"
		ok = o.clusterFailover(args[1:])
	case orderClusterReplicate:
		o.Verb = "CLUSTER REPLICATE"
		ok = o.clusterReplicate(args[1:])
	case orderClusterSetSlot:
		o.Verb = "CLUSTER SETSLOT"
		ok = o.setSlot(args[1:])
	case orderClientPause:
		o.Verb = "CLIENT PAUSE"
		ok = o.pause(args[1:])
	case orderClientUnpause:
		o.Verb = "CLIENT UNPAUSE"
		ok = len(args) == 1
	case orderSentinelFailover:
		o.Verb = "SENTINEL FAILOVER"
		ok = len(args) >= 2 // name [COORDINATED]
	}
	if !ok {
		return nil
	}
	words := []byte(name)
	for _, a := range args {
		words = AppendEscaped(append(words, ' '), a, MaxText)
	}
	o.Text = string(words)
	return o
}

// failover reads [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds].
func (o *Order) failover(args [][]byte) bool {
	for len(args) > 0 {
		used := 1
		switch {
		case is(args[0], "TO") && len(args) > 2:
			o.Host, o.Port = text(args[1]), port(args[2])
			if o.Host == "" || o.Port == 0 {
				return false
			}
			used = 3
		case is(args[0], "FORCE"):
			o.Force = true
		case is(args[0], "ABORT"):
			o.Abort = true
		case is(args[0], "TIMEOUT") && len(args) > 1:
			ms, ok := decimal(args[1])
			if !ok {
				return false
			}
			o.Timeout = ms
			used = 2
		default:
			return false
		}
		args = args[used:]
	}
	return true
}

// replicaOf reads host port, or NO ONE.
func (o *Order) replicaOf(args [][]byte) bool {
	if len(args) != 2 {
		return false
	}
	if is(args[0], "NO") && is(args[1], "ONE") {
		o.NoOne = true
		return true
	}
	o.Host, o.Port = text(args[0]), port(args[1])
	return o.Host != "" && o.Port != 0
}

// clusterFailover reads [FORCE | TAKEOVER].
func (o *Order) clusterFailover(args [][]byte) bool {
	switch {
	case len(args) == 0:
	case len(args) == 1 && is(args[0], "FORCE"):
		o.Force = true
	case len(args) == 1 && is(args[0], "TAKEOVER"):
		o.Take = true
	default:
		return false
	}
	return true
}

// clusterReplicate reads the ID of a node, or NO ONE (9.0).
func (o *Order) clusterReplicate(args [][]byte) bool {
	if len(args) == 2 && is(args[0], "NO") && is(args[1], "ONE") {
		o.NoOne = true
		return true
	}
	if len(args) != 1 {
		return false
	}
	o.ID = id(args[0])
	return o.ID != ""
}

// setSlot reads slot NODE|MIGRATING|IMPORTING id, or slot STABLE, either with
// [TIMEOUT milliseconds] (8.0).
func (o *Order) setSlot(args [][]byte) bool {
	if len(args) < 2 {
		return false
	}
	s, ok := slot(args[0])
	if !ok {
		return false
	}
	o.Slot = int16(s)
	for _, w := range [...]string{"NODE", "MIGRATING", "IMPORTING"} {
		if is(args[1], w) && len(args) > 2 {
			o.State, o.ID = w, id(args[2])
			return o.ID != ""
		}
	}
	if is(args[1], "STABLE") {
		o.State = "STABLE"
		return true
	}
	return false
}

// pause reads milliseconds [WRITE | ALL].
func (o *Order) pause(args [][]byte) bool {
	if len(args) == 0 || len(args) > 2 {
		return false
	}
	ms, ok := decimal(args[0])
	o.Timeout, o.State = ms, "ALL"
	if len(args) == 2 && is(args[1], "WRITE") {
		o.State = "WRITE"
	} else if len(args) == 2 && !is(args[1], "ALL") {
		return false
	}
	return ok
}

// ReadAnswer takes the reply to the order, the line without the + or - before it.
func (o *Order) ReadAnswer(line []byte) {
	o.Answer, o.Line = answer(line)
}

// answer returns the first word of an answer and all of it, both escaped.
func answer(line []byte) (word, all string) {
	first, _ := next(line, ' ')
	return text(first), string(AppendEscaped(nil, line, maxLine))
}
