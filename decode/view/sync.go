package view

// Announce takes the arguments of a REPLCONF, and reports whether the replica said
// something of itself by it: where it serves, or its version.
func (s *Sync) Announce(args [][]byte) (said bool) {
	for ; len(args) > 1; args = args[2:] {
		switch {
		case is(args[0], "listening-port"):
			if p := port(args[1]); p != 0 {
				s.Port, said = p, true
			}
		case is(args[0], "ip-address"):
			if h := text(args[1]); h != "" {
				s.Host, said = h, true
			}
		case is(args[0], "version"):
			if v := text(args[1]); v != "" {
				s.Version, said = v, true
			}
		}
	}
	return said
}

// Ask takes a request with its arguments: PSYNC id offset [FAILOVER], or one
// without any. What was asked and answered before is forgotten, what was announced
// is not.
func (s *Sync) Ask(request string, args [][]byte) {
	s.Request, s.ReplID, s.Offset, s.Failover = request, "", -1, false
	s.Answer, s.Line, s.NewID, s.NewOffset = "", "", "", 0
	if request != "PSYNC" || len(args) < 2 {
		return
	}
	if s.ReplID = "?"; string(args[0]) != "?" {
		s.ReplID = id(args[0])
	}
	if n, ok := decimal(args[1]); ok {
		s.Offset = n
	}
	s.Failover = len(args) > 2 && is(args[2], "FAILOVER")
}

// ReadAnswer takes the line with which PSYNC or SYNC was answered, with its first
// byte, which tells an error, and reports whether it is an answer to them
// (replication.c, replicaTryPartialResynchronization). SYNC is answered by the
// snapshot, which begins with $ and its length or what it ends with.
func (s *Sync) ReadAnswer(line []byte) bool {
	if len(line) == 0 {
		return false
	}
	kind, rest := line[0], line[1:]
	switch kind {
	case '-':
		s.Answer, s.Line = answer(rest)
		return s.Answer != ""
	case '$':
		s.Answer, s.Line = "FULLRESYNC", string(AppendEscaped(nil, line, maxLine))
		return true
	case '+':
		word, args := next(rest, ' ')
		switch string(word) {
		case "CONTINUE", "FULLRESYNC", "DUALCHANNELSYNC":
		default:
			return false
		}
		s.Answer, s.Line = answer(rest)
		name, offset := next(args, ' ')
		s.NewID = id(name)
		s.NewOffset, _ = decimal(offset)
		return true
	}
	return false
}
