package report

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
)

func TestNDJSON(t *testing.T) {
	var b bytes.Buffer
	n := NewNDJSON(&b)
	for _, c := range []*Chain{
		{Client: "10.77.0.4:40112", Name: "app-c/0", Command: "GET key:1", Outcome: "served", Bounced: true, Start: at(689), End: at(922),
			Final: nodeB, HopCount: 2, Hops: hops(2)},
		{Client: "10.77.0.4:40113", Command: "SET <key>", Outcome: "cut"},
	} {
		if err := n.Chain(c); err != nil {
			t.Fatal(err)
		}
		if c.Type != "" {
			t.Error("the chain was changed")
		}
	}
	if err := n.Close(bouncing()); err != nil {
		t.Fatal(err)
	}
	golden(t, "ndjson.txt", b.Bytes())
	if strings.Contains(b.String(), "null") {
		t.Error("null in the output")
	}
}

// The lines together hold what the one object of --output json holds.
func TestNDJSONLinesAddUpToTheReport(t *testing.T) {
	r := several()
	var b, whole bytes.Buffer
	if err := NewNDJSON(&b).Close(r); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteJSON(&whole); err != nil {
		t.Fatal(err)
	}
	type object = map[string]any
	var want object
	if err := json.Unmarshal(whole.Bytes(), &want); err != nil {
		t.Fatal(err)
	}
	got := object{"findings": []any{}, "failovers": []any{}}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	for i, l := range lines {
		var o object
		if err := json.Unmarshal([]byte(l), &o); err != nil {
			t.Fatal(err)
		}
		kind := o["type"]
		delete(o, "type")
		switch kind {
		case "finding", "failover":
			list := kind.(string) + "s"
			got[list] = append(got[list].([]any), o)
		case "report":
			if i != len(lines)-1 {
				t.Error("the report is not the last line")
			}
			for k, v := range o {
				if k == "findings" || k == "failovers" {
					t.Errorf("%s in the report line", k)
				}
				got[k] = v
			}
		default:
			t.Errorf("line of type %v", kind)
		}
	}
	a, _ := json.Marshal(got)
	w, _ := json.Marshal(want)
	if !bytes.Equal(a, w) {
		t.Errorf("got  %s\nwant %s", a, w)
	}
}

func BenchmarkNDJSONChain(b *testing.B) {
	n := NewNDJSON(io.Discard)
	c := &Chain{Client: "10.77.0.4:40112", Command: "GET key:1", Outcome: "served", Hops: hops(4)}
	b.ReportAllocs()
	for b.Loop() {
		if err := n.Chain(c); err != nil {
			b.Fatal(err)
		}
	}
}
