package report

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// everyEvent is one of each kind with nothing set.
func everyEvent() map[string]Event {
	return map[string]Event{
		"started": &Started{}, "redirect": &RedirectEvent{}, "bounce": &BounceEvent{}, "role": &RoleEvent{},
		"failover": &FailoverEvent{}, "loss": &LossEvent{}, "stats": &Stats{}, "stopped": &Stopped{Report: &Report{}},
	}
}

func TestEvents(t *testing.T) {
	var b bytes.Buffer
	w := NewEvents(&b)
	for _, e := range incident() {
		if err := w.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "live-ndjson.txt", b.Bytes())
}

// writes notes each Write by itself.
type writes [][]byte

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, bytes.Clone(p))
	return len(p), nil
}

func TestEachEventIsOneWriteOfOneLine(t *testing.T) {
	var w writes
	out := NewEvents(&w)
	for _, e := range incident() {
		before := len(w)
		if err := out.Event(e); err != nil {
			t.Fatal(err)
		}
		if len(w) != before+1 {
			t.Fatalf("%T: %d writes, want 1", e, len(w)-before)
		}
		if line := w[before]; bytes.Count(line, []byte("\n")) != 1 || line[len(line)-1] != '\n' {
			t.Errorf("%T is not one line: %q", e, line)
		}
	}
}

func TestEmptyEventsHaveATypeAndNoNull(t *testing.T) {
	for kind, e := range everyEvent() {
		var b bytes.Buffer
		if err := NewEvents(&b).Event(e); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(b.String(), `{"type":"`+kind+`",`) {
			t.Errorf("%s starts with %.20s", kind, b.String())
		}
		if strings.Contains(b.String(), "null") {
			t.Errorf("null in %s", b.String())
		}
	}
}

func TestEventsAreNotChanged(t *testing.T) {
	want := incident()
	for i, e := range incident() {
		if err := NewEvents(io.Discard).Event(e); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(e, want[i]) {
			t.Errorf("%T was changed", e)
		}
	}
}

func TestAnEventThatJSONCannotHoldIsLeftOutAlone(t *testing.T) {
	var b bytes.Buffer
	w := NewEvents(&b)
	for _, rate := range []float64{math.NaN(), math.Inf(1)} {
		if err := w.Event(&BounceEvent{Rate: rate}); err == nil || b.Len() != 0 {
			t.Errorf("rate %v: error %v and %q written", rate, err, b.String())
		}
	}
	if err := w.Event(&LossEvent{}); err != nil || strings.Count(b.String(), "\n") != 1 {
		t.Errorf("the next event: error %v and %q written", err, b.String())
	}
}

// Whatever the strings and numbers of events are, a line of JSON reads back as
// the event it was, and a line of text is one line that no terminal acts upon.
func FuzzLiveEvents(f *testing.F) {
	for _, s := range []string{"", "opened", "updated", "2026-11-23T19:00:53.69Z", "\x1b]0;x\x07\r\n", "<a & b>", "\xff\u2028\u202e", strings.Repeat("x", 300)} {
		f.Add(s, int64(3), 1.5)
	}
	f.Add("a", int64(math.MinInt64), -1e300)
	f.Add("a", int64(math.MaxInt64), math.Inf(1))
	f.Fuzz(func(t *testing.T, s string, n int64, x float64) {
		for kind, e := range everyEvent() {
			setAll(reflect.ValueOf(e).Elem(), s, n, x)
			var b bytes.Buffer
			err := NewEvents(&b).Event(e)
			switch finite := !math.IsNaN(x) && !math.IsInf(x, 0); {
			case err == nil:
				readsBack(t, kind, b.Bytes(), e)
			case finite || b.Len() > 0:
				t.Fatalf("%s: error %v and %q written", kind, err, b.Bytes())
			}
			text := tell(t, true, TextOptions{}, e)
			if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) {
				t.Errorf("%s: %q", kind, text)
			}
			most := 1
			if !parse(s).IsZero() {
				most++ // the date
			}
			if kind == "started" && s != "" {
				most++ // the warning
			}
			if lines := strings.Count(text, "\n"); lines != most {
				t.Errorf("%s: %d lines, want %d: %q", kind, lines, most, text)
			}
		}
	})
}

// readsBack checks that a line is the JSON form of an event, except that bytes
// that are no UTF-8 are replaced.
func readsBack(t *testing.T, kind string, line []byte, e Event) {
	t.Helper()
	got := decodeEvent(t, line, e)
	if reflect.ValueOf(got).Elem().FieldByName("Type").String() != kind {
		t.Errorf("%s has another type: %q", kind, line)
	}
	var again bytes.Buffer
	if err := NewEvents(&again).Event(got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(decodeEvent(t, again.Bytes(), e), got) {
		t.Errorf("%s is another event when it is read back:\n%s%s", kind, line, again.Bytes())
	}
	at := reflect.ValueOf(e).Elem().FieldByName("At").String()
	if utf8.ValidString(at) && reflect.ValueOf(got).Elem().FieldByName("At").String() != at {
		t.Errorf("%s has another time: %q", kind, line)
	}
}

// decodeEvent reads a line as an event of the kind of e.
func decodeEvent(t *testing.T, line []byte, e Event) Event {
	t.Helper()
	got := reflect.New(reflect.TypeOf(e).Elem())
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(got.Interface()); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	return got.Interface().(Event)
}

// setAll sets every string and number of an event, through one element of each
// list. It leaves what points to a report.
func setAll(v reflect.Value, s string, n int64, x float64) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Int, reflect.Int64:
		v.SetInt(n)
	case reflect.Float64:
		v.SetFloat(x)
	case reflect.Struct:
		for i := range v.NumField() {
			setAll(v.Field(i), s, n, x)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		setAll(v.Index(0), s, n, x)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf(s), reflect.ValueOf(n))
	}
}

func BenchmarkEvents(b *testing.B) {
	w := NewEvents(io.Discard)
	e := &BounceEvent{State: "updated", At: at(0), Rate: 131, Finding: bounce()}
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Event(e); err != nil {
			b.Fatal(err)
		}
	}
}
