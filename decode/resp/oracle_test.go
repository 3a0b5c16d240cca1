package resp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	oracle "github.com/tidwall/resp"
)

// value is a RESP2 value, built from tokens or taken from the oracle.
type value struct {
	kind  Kind
	null  bool
	n     int64
	text  string
	items []*value
}

func (x *value) String() string {
	if x.kind != Array {
		return fmt.Sprintf("%v%q(%d,%v)", x.kind, x.text, x.n, x.null)
	}
	return fmt.Sprintf("*%v(%v)", x.items, x.null)
}

// builder is a Visitor that builds the values of a RESP2 stream. It fails on
// tokens that do not fit together.
type builder struct {
	t     *testing.T
	path  []*value // the open aggregates
	root  *value
	whole []*value
}

func (b *builder) Begin(Kind) int {
	b.path, b.root = b.path[:0], nil
	return MaxKeep
}

func (b *builder) Token(k *Token) {
	x := &value{kind: k.Kind, text: string(k.Head)}
	switch k.Kind {
	case Array:
		x.null = k.N == NullLen
	case Bulk:
		x.null = k.N == NullLen
		if !x.null && k.N != int64(len(k.Head)) {
			b.t.Fatalf("bulk string of %d bytes has a head of %d", k.N, len(k.Head))
		}
	case Integer:
		x.n, x.text = k.N, ""
	}
	if k.Depth == 0 {
		b.root = x
	} else {
		parent := b.path[k.Depth-1]
		if k.Index != len(parent.items) {
			b.t.Fatalf("index %d after %d items", k.Index, len(parent.items))
		}
		parent.items = append(parent.items, x)
	}
	b.path = append(b.path[:k.Depth], x)
}

func (b *builder) End(complete bool) {
	if complete {
		b.whole = append(b.whole, b.root)
	}
}

// fromOracle translates a value of the oracle.
func fromOracle(v oracle.Value) *value {
	x := &value{kind: Kind(v.Type()), null: v.IsNull()}
	switch x.kind {
	case Integer:
		x.n = int64(v.Integer())
	case Array:
		for _, item := range v.Array() {
			x.items = append(x.items, fromOracle(item))
		}
	default:
		x.text = v.String()
	}
	return x
}

// randomValue returns a value that can be marshalled without loss: the oracle
// writes simple strings as they are, so that they must not contain CR or LF.
func randomValue(rng *rand.Rand, payload []byte, depth int) oracle.Value {
	cut := func() []byte {
		from := rng.IntN(len(payload) + 1)
		return payload[from : from+rng.IntN(len(payload)-from+1)]
	}
	line := func() string {
		return string(bytes.Map(func(r rune) rune {
			if r == '\r' || r == '\n' {
				return '.'
			}
			return r
		}, cut()))
	}
	choices := 6
	if depth > 4 {
		choices = 5
	}
	switch rng.IntN(choices) {
	case 0:
		return oracle.SimpleStringValue(line())
	case 1:
		return oracle.ErrorValue(fmt.Errorf("%s", line()))
	case 2:
		return oracle.IntegerValue(int(rng.Uint64()))
	case 3:
		return oracle.NullValue()
	case 4:
		return oracle.BytesValue(cut())
	}
	items := make([]oracle.Value, rng.IntN(4))
	for i := range items {
		items[i] = randomValue(rng, payload, depth+1)
	}
	return oracle.ArrayValue(items)
}

// FuzzOracleWrites checks that what the oracle marshals is parsed to the same
// values.
func FuzzOracleWrites(f *testing.F) {
	for i := range uint64(10) {
		f.Add(i, []byte("+some\r\n$payload\x00"))
	}
	f.Fuzz(func(t *testing.T, seed uint64, payload []byte) {
		if len(payload) > MaxLine/4 {
			return // the strings in which bytes are replaced may grow threefold
		}
		rng := rand.New(rand.NewPCG(seed, 3))
		var wire bytes.Buffer
		var want []*value
		w := oracle.NewWriter(&wire)
		for range 1 + rng.IntN(5) {
			v := randomValue(rng, payload, 0)
			if err := w.WriteValue(v); err != nil {
				t.Fatal(err)
			}
			want = append(want, fromOracle(v))
		}
		normalise(want)
		var p Parser
		p.Init(Server)
		got := &builder{t: t}
		if err := p.Feed(wire.Bytes(), got); err != nil {
			t.Fatalf("%q: %v", wire.Bytes(), err)
		}
		if fmt.Sprint(got.whole) != fmt.Sprint(want) || !p.Idle() {
			t.Fatalf("%q: got\n%v\nwant\n%v", wire.Bytes(), got.whole, want)
		}
	})
}

// normalise gives nulls without a type the type that they have on the wire.
func normalise(values []*value) {
	for _, x := range values {
		if x.kind == 0 && x.null {
			x.kind = Bulk
		}
		normalise(x.items)
	}
}

// FuzzOracleReads checks that RESP2 that we accept means the same to the
// oracle. It is no judge where it is wrong: github.com/tidwall/resp v0.1.1
//
//   - takes RESP3 types at the top level for inline commands, without an error,
//   - returns a null and no error for an array of more than 1024*1024 elements,
//   - accepts what we reject: lengths below -1, CR and LF within lines, numbers
//     with a plus sign in a length.
//
// So only streams are compared that consist of RESP2 types and that we accept.
func FuzzOracleReads(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var p Parser
		p.Init(Server)
		got := &builder{t: t}
		err := p.Feed(data, &resp2Only{builder: got})
		if err != nil {
			data = data[:err.(*SyntaxError).Offset]
		}
		r := oracle.NewReader(bytes.NewReader(data))
		for i, want := range got.whole {
			if want == nil {
				return // RESP3 from here on
			}
			v, _, err := r.ReadValue()
			if err != nil {
				t.Fatalf("%q: value %d: %v, want %v", data, i, err, want)
			}
			if g := fromOracle(v); g.String() != want.String() {
				t.Fatalf("%q: value %d is %v to the oracle, want %v", data, i, g, want)
			}
		}
	})
}

// resp2Only is a builder that puts nil in place of a message that is not RESP2
// or has an array that the oracle finds too long.
type resp2Only struct {
	*builder
	foreign bool
}

func (r *resp2Only) Begin(kind Kind) int {
	r.foreign = false
	return r.builder.Begin(kind)
}

func (r *resp2Only) Token(k *Token) {
	switch k.Kind {
	case String, Error, Integer, Bulk:
		r.foreign = r.foreign || k.N == Streamed && k.Kind == Bulk
	case Array:
		r.foreign = r.foreign || k.N == Streamed || k.N > 1024*1024
	default:
		r.foreign = true
	}
	if !r.foreign {
		r.builder.Token(k)
	}
}

func (r *resp2Only) End(complete bool) {
	if r.foreign {
		r.root = nil
	}
	r.builder.End(complete)
}
