package view

import (
	"strings"
	"testing"
)

const runID = "e68db3f9206c09717dcd5d64249e9107e2b0183d"

func TestReadMessage(t *testing.T) {
	for _, c := range []struct{ name, channel, payload, want string }{
		{
			"a greeting", Greeting, "127.0.0.1,26379," + runID + ",3,mymaster,10.0.0.1,6379,2",
			"source:sentinel-hello host:127.0.0.1 port:26379 id:" + runID + " role:sentinel epoch:3 group:mymaster\n" +
				"source:sentinel-hello host:10.0.0.1 port:6379 role:primary epoch:2 group:mymaster\n",
		},
		{
			"a greeting with IPv6", Greeting, "fd00::1,26379," + runID + ",0,m,fd00::2,6379,0",
			"source:sentinel-hello host:fd00::1 port:26379 id:" + runID + " role:sentinel group:m\n" +
				"source:sentinel-hello host:fd00::2 port:6379 role:primary group:m\n",
		},
		{"a greeting with a field too few", Greeting, "127.0.0.1,26379," + runID + ",3,mymaster,10.0.0.1,6379", ""},
		{"a greeting with a field too many", Greeting, "127.0.0.1,26379," + runID + ",3,mymaster,10.0.0.1,6379,2,x", ""},
		{"a greeting with a port out of range", Greeting, "127.0.0.1,65536," + runID + ",3,mymaster,10.0.0.1,6379,2", ""},
		{"a greeting without a name", Greeting, "127.0.0.1,26379," + runID + ",3,,10.0.0.1,6379,2", ""},
		{"anything else on that channel", Greeting, "hunter2", ""},
		{
			"a switch", "+switch-master", "mymaster 10.0.0.1 6379 10.0.0.2 6380",
			"source:sentinel-switch host:10.0.0.2 port:6380 role:primary flags:[+switch-master] group:mymaster\n" +
				"source:sentinel-switch host:10.0.0.1 port:6379 flags:[+switch-master] group:mymaster\n",
		},
		{"a switch cut short", "+switch-master", "mymaster 10.0.0.1 6379 10.0.0.2", ""},
		{
			"about a primary", "+sdown", "master mymaster 10.0.0.1 6379",
			"source:sentinel-event host:10.0.0.1 port:6379 role:primary flags:[+sdown] group:mymaster\n",
		},
		{
			"about a primary, with more", "+odown", "master mymaster 10.0.0.1 6379 #quorum 2/2",
			"source:sentinel-event host:10.0.0.1 port:6379 role:primary flags:[+odown] group:mymaster\n",
		},
		{
			"about a replica", "+promoted-slave", "slave 10.0.0.2:6379 10.0.0.2 6379 @ mymaster 10.0.0.1 6379",
			"source:sentinel-event host:10.0.0.2 port:6379 role:replica primaryhost:10.0.0.1 primaryport:6379 flags:[+promoted-slave] group:mymaster\n",
		},
		{
			"about a replica, with more", "-role-change", "slave 10.0.0.2:6379 10.0.0.2 6379 @ mymaster 10.0.0.1 6379 new reported role is master",
			"source:sentinel-event host:10.0.0.2 port:6379 role:replica primaryhost:10.0.0.1 primaryport:6379 flags:[-role-change] group:mymaster\n",
		},
		{
			"about a Sentinel", "+sentinel", "sentinel " + runID + " 10.0.0.3 26379 @ mymaster 10.0.0.1 6379",
			"source:sentinel-event host:10.0.0.3 port:26379 id:" + runID + " role:sentinel flags:[+sentinel] group:mymaster\n",
		},
		{"about a replica of nobody", "+slave", "slave 10.0.0.2:6379 10.0.0.2 6379", ""},
		{"about no instance", "+new-epoch", "5", ""},
		{"about a vote", "+vote-for-leader", runID + " 1", ""},
		{"about the clock", "+tilt", "#tilt mode entered", ""},
		{"a port that is none", "+sdown", "master mymaster 10.0.0.1 0", ""},
		{"another channel", "sdown", "master mymaster 10.0.0.1 6379", ""},
		{"a channel like an event", "+Sdown", "master mymaster 10.0.0.1 6379", ""},
		{"a message too long", "+sdown", "master mymaster 10.0.0.1 6379 " + strings.Repeat("x", MaxPayload), ""},
		{
			"a name to be escaped", "+sdown", "master my\x1b[31m 10.0.0.1 6379",
			"source:sentinel-event host:10.0.0.1 port:6379 role:primary flags:[+sdown] group:my\\x1b[31m\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := showAll(ReadMessage([]byte(c.channel), []byte(c.payload))); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}
