package decode_test

import (
	"reflect"
	"testing"

	"ricochet/decode"
	"ricochet/decode/frame"
)

func TestPorts(t *testing.T) {
	for _, c := range []struct {
		name        string
		options     decode.Options
		port        uint16
		connections int64
		unparsed    int64
	}{
		{"a default port", decode.Options{}, 6379, 1, 0},
		{"any port, by content", decode.Options{}, 7777, 1, 0},
		{"a port that was given", decode.Options{Ports: []decode.PortRange{{From: 7000, To: 8000}}, Only: true}, 7777, 1, 0},
		{"a port that was not", decode.Options{Ports: []decode.PortRange{{From: 7000, To: 7776}}, Only: true}, 7777, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWire(decode.NewTable(c.options, discard{}), 1)
			w.end[server].Port = c.port
			w.open().say(client, array("GET", "a"))
			w.say(server, "$1\r\n1\r\n")
			w.table.Flush()
			if s := w.table.Stats(); s.Connections != c.connections || s.Unparsed != c.unparsed {
				t.Errorf("%d connections, %d unparsed; want %d and %d", s.Connections, s.Unparsed, c.connections, c.unparsed)
			}
		})
	}
}

func TestBothDirectionsBelongToOneShard(t *testing.T) {
	seen := map[int]bool{}
	for n := range 1000 {
		w := newWire(decode.NewTable(decode.Options{}, discard{}), n)
		there := frame.Segment{Src: w.end[client], Dst: w.end[server]}
		back := frame.Segment{Src: w.end[server], Dst: w.end[client]}
		a, b := decode.ShardOf(&there), decode.ShardOf(&back)
		if a != b || a < 0 || a >= decode.Shards {
			t.Fatalf("shards %d and %d of %d", a, b, decode.Shards)
		}
		seen[a] = true
	}
	if len(seen) != decode.Shards {
		t.Errorf("1000 connections use %d shards of %d", len(seen), decode.Shards)
	}
}

// TestMerge adds counters that are all set and holds that none is left out.
func TestMerge(t *testing.T) {
	var one decode.Stats
	for v, i := reflect.ValueOf(&one).Elem(), 0; i < v.NumField(); i++ {
		if f := v.Field(i); f.Kind() == reflect.Int64 {
			f.SetInt(1)
		}
	}
	one.Redirects = [3]int64{1, 1, 1}
	one.Errors = map[string]int64{"READONLY": 1}
	for c := range one.Blind {
		one.Blind.Add(decode.Cause(c), 1, 1, int64(10+c))
	}
	var sum decode.Stats
	sum.Merge(&one)
	if !reflect.DeepEqual(sum, one) {
		t.Errorf("merged into nothing:\n%+v, want\n%+v", sum, one)
	}
	sum.Merge(&one)
	for v, i := reflect.ValueOf(sum), 0; i < v.NumField(); i++ {
		if f := v.Field(i); f.Kind() == reflect.Int64 && f.Int() != 2 {
			t.Errorf("%s is %d, want 2", v.Type().Field(i).Name, f.Int())
		}
	}
	if sum.Redirects != [3]int64{2, 2, 2} || sum.Errors["READONLY"] != 2 || sum.Blind[0].Count != 2 {
		t.Errorf("merged twice: %+v", sum)
	}
}

func TestEveryCauseHasAName(t *testing.T) {
	seen := map[string]bool{"unknown": true}
	for c := range (decode.Blindness{}) {
		name := decode.Cause(c).String()
		if seen[name] {
			t.Errorf("cause %d is called %q", c, name)
		}
		seen[name] = true
	}
}
