package resp

import (
	"errors"
	"fmt"
	"strings"
)

// transcript is a Visitor that writes down what it is told.
type transcript struct {
	strings.Builder
	keep int
	open bool
	// onToken and onEnd, if set, are called at the end of those calls.
	onToken func(*Token)
	onEnd   func()
}

func (tr *transcript) Begin(kind Kind) int {
	if tr.open {
		panic("Begin within a message")
	}
	tr.open = true
	fmt.Fprintf(tr, "begin %v\n", kind)
	return tr.keep
}

func (tr *transcript) Token(t *Token) {
	if !tr.open {
		panic("Token outside a message")
	}
	if len(t.Head) > max(tr.keep, 0) {
		panic("Head longer than asked for")
	}
	fmt.Fprintf(tr, "%s%v n=%d", strings.Repeat("  ", t.Depth+1), t.Kind, t.N)
	if t.Depth > 0 {
		fmt.Fprintf(tr, " at=%d", t.Index)
	}
	if len(t.Head) > 0 {
		fmt.Fprintf(tr, " %q", t.Head)
	}
	if t.Cut {
		tr.WriteString(" cut")
	}
	tr.WriteByte('\n')
	if tr.onToken != nil {
		tr.onToken(t)
	}
}

func (tr *transcript) End(complete bool) {
	if !tr.open {
		panic("End without Begin")
	}
	tr.open = false
	if complete {
		tr.WriteString("end\n")
	} else {
		tr.WriteString("abandoned\n")
	}
	if tr.onEnd != nil {
		tr.onEnd()
	}
}

// feed gives data to p in chunks of at most size bytes, and what follows an
// error once more. It writes errors down with their offset in the stream, of
// which base bytes went before.
func (tr *transcript) feed(p *Parser, data []byte, size, base int) {
	feed(p, tr, data, size, func(offset int, syntax *SyntaxError) {
		fmt.Fprintf(tr, "error: %v at %d\n", syntax.Fault, base+offset)
	})
}

// feed gives data to p in chunks of at most size bytes, and what follows an
// error once more. It calls failed with the offset in data of each error.
func feed(p *Parser, v Visitor, data []byte, size int, failed func(offset int, err *SyntaxError)) {
	for at := 0; at < len(data); {
		chunk := data[at : at+min(size, len(data)-at)]
		err := p.Feed(chunk, v)
		if err == nil {
			at += len(chunk)
			continue
		}
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			panic(err)
		}
		at += syntax.Offset
		failed(at, syntax)
	}
}
