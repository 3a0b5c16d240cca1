package protocol

// splitLine splits a line into arguments, which it copies. It follows the rules of
// sdssplitargs (Valkey 8.0.1, sds.c): blanks separate; double quotes take escapes;
// single quotes take only that of a single quote; what follows a closing quote has to
// be a blank. It reports false if it is not, or if a quote is left open.
func splitLine(line []byte) (args [][]byte, ok bool) {
	for {
		for len(line) > 0 && isSpace(line[0]) {
			line = line[1:]
		}
		if len(line) == 0 {
			return args, true
		}
		var arg []byte
		if arg, line, ok = splitWord(line); !ok {
			return nil, false
		}
		args = append(args, arg)
	}
}

// splitWord takes an argument off the front of a line.
func splitWord(line []byte) (arg, rest []byte, ok bool) {
	arg = []byte{}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\t', '\r', '\n':
			return arg, line[i:], true
		case '"', '\'':
			arg, rest, ok = splitQuoted(arg, line[i+1:], c)
			if !ok || len(rest) > 0 && !isSpace(rest[0]) {
				return nil, nil, false
			}
			return arg, rest, true
		default:
			arg = append(arg, c)
		}
	}
	return arg, nil, true
}

// splitQuoted appends to arg what precedes the closing quote.
func splitQuoted(arg, line []byte, quote byte) (_, rest []byte, ok bool) {
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == quote:
			return arg, line[i+1:], true
		case c != '\\' || i+1 == len(line):
			arg = append(arg, c)
		case quote == '\'':
			if line[i+1] == '\'' {
				i++
			}
			arg = append(arg, line[i])
		case line[i+1] == 'x' && i+3 < len(line) && isHex(line[i+2]) && isHex(line[i+3]):
			arg = append(arg, hexDigit(line[i+2])<<4|hexDigit(line[i+3]))
			i += 3
		default:
			i++
			arg = append(arg, escaped(line[i]))
		}
	}
	return nil, nil, false
}

func escaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return c
}

// isSpace is that of C in its own locale.
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func hexDigit(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}
