package pipeline_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"ricochet/internal/pipeline"
)

// TestPeers reads the traces of Zeek's Redis analyzer; see
// testdata/peers/zeek/README.md for what they hold. Confirmations of SUBSCRIBE
// count as pushes, as they do there.
func TestPeers(t *testing.T) {
	for _, c := range []struct {
		file                                   string
		connections, commands, replies, pushes int64
		paired                                 int64
		errors                                 map[string]int64
		broken                                 bool // a stream stops being RESP
	}{
		{"almost-resp.pcap", 1, 2, 2, 0, 2, nil, true},
		{"array-element-object-exhaustion.pcap", 1, 1, 1, 0, 1, nil, false},
		{"attr.pcap", 2, 2, 2, 0, 2, nil, true},
		{"auth.pcap", 1, 3, 3, 0, 3, map[string]int64{"WRONGPASS": 2}, false},
		{"bulk-loading.pcap", 1, 1001, 1001, 0, 1001, nil, false},
		{"client-skip-while-off.pcap", 1, 7, 4, 0, 4, nil, false},
		{"reply-off-on.pcap", 1, 8, 4, 0, 4, nil, false},
		{"reply-off-on-2conn.pcap", 2, 6, 2, 0, 2, nil, false},
		{"django-cloud.pcapng", 1, 158, 158, 0, 158, nil, false},
		{"excessive-pipelining.pcap", 1, 12, 12, 0, 12, nil, false},
		{"large-requests-responses.pcap", 1, 5, 5, 0, 5, nil, false},
		{"pipeline-quotes.pcap", 1, 8, 7, 0, 7, map[string]int64{"ERR": 1}, false},
		{"pipeline-with-commands.pcap", 1, 4, 4, 0, 4, nil, false},
		{"pipelining-example.pcap", 1, 3, 3, 0, 3, nil, false},
		{"pubsub.pcap", 4, 7, 5, 5, 7, nil, false},
		{"pubsub-resp3.pcap", 2, 10, 8, 5, 10, nil, false},
		{"redis-50-pings.pcap", 1, 54, 54, 0, 54, nil, false},
		{"set.pcap", 1, 3, 3, 0, 3, nil, false},
		{"start-with-server.pcapng", 1, 1, 2, 0, 1, nil, false},
		{"stream.pcap", 1, 4, 4, 0, 4, nil, false},
		{"oss-fuzz-473580107.pcap", 0, 0, 0, 0, 0, nil, false},
	} {
		t.Run(c.file, func(t *testing.T) {
			r := analyzeFiles(t, pipeline.Options{}, filepath.Join("../../testdata/peers/zeek/traces", c.file))
			equal(t, "connections", r.Totals.Connections, c.connections, false)
			equal(t, "commands", r.Totals.Commands, c.commands, false)
			equal(t, "replies", r.Totals.Replies, c.replies, false)
			equal(t, "pushes", r.Totals.Pushes, c.pushes, false)
			equal(t, "commands paired", r.Coverage.CommandsPaired, c.paired, false)
			for word, n := range c.errors {
				equal(t, word, r.Totals.Errors[word], n, false)
			}
			if len(r.Totals.Errors) != len(c.errors) {
				t.Errorf("errors: got %v, want %v", r.Totals.Errors, c.errors)
			}
			broken := false
			for _, b := range r.Blind {
				broken = broken || b.Cause == "streams that stopped being RESP"
			}
			if broken != c.broken {
				t.Errorf("a stream stopped being RESP: got %v, want %v", broken, c.broken)
			}
			var out bytes.Buffer
			if err := r.WriteJSON(&out); err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{"notapassword", "defaultpassword", "notauser"} {
				if bytes.Contains(out.Bytes(), []byte(secret)) {
					t.Errorf("the report shows %q", secret)
				}
			}
		})
	}
}
