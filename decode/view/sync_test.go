package view

import "testing"

func TestSync(t *testing.T) {
	const id1, id2 = "8aa9c2aafd15211b510b53b14d808cc96027df43", "a78459eac2266eacf503c34b07268d15998103e8"
	for _, c := range []struct{ name, request, answer, want string }{
		{"PSYNC without a history", "PSYNC ? -1", "+FULLRESYNC " + id1 + " 5",
			"request:PSYNC replid:? offset:-1 answer:FULLRESYNC line:FULLRESYNC " + id1 + " 5 newid:" + id1 + " newoffset:5"},
		{"PSYNC with one", "PSYNC " + id1 + " 33546", "+CONTINUE",
			"request:PSYNC replid:" + id1 + " offset:33546 answer:CONTINUE line:CONTINUE"},
		{"PSYNC of a primary that hands over", "PSYNC " + id1 + " 33546 FAILOVER", "+CONTINUE " + id2,
			"request:PSYNC replid:" + id1 + " offset:33546 failover answer:CONTINUE line:CONTINUE " + id2 + " newid:" + id2},
		{"a snapshot on another connection", "PSYNC ? -1", "+DUALCHANNELSYNC",
			"request:PSYNC replid:? offset:-1 answer:DUALCHANNELSYNC line:DUALCHANNELSYNC"},
		{"a primary without a primary", "PSYNC ? -1", "-NOMASTERLINK Can't SYNC while not connected with my master",
			"request:PSYNC replid:? offset:-1 answer:NOMASTERLINK line:NOMASTERLINK Can't SYNC while not connected with my master"},
		{"a snapshot in being loaded", "PSYNC ? -1", "-LOADING Valkey is loading the dataset in memory",
			"request:PSYNC replid:? offset:-1 answer:LOADING line:LOADING Valkey is loading the dataset in memory"},
		{"a target that is no replica", "PSYNC " + id1 + " 1 FAILOVER", "-ERR PSYNC FAILOVER can't be sent to a master.",
			"request:PSYNC replid:" + id1 + " offset:1 failover answer:ERR line:ERR PSYNC FAILOVER can't be sent to a master."},
		{"SYNC", "SYNC", "$EOF:" + id1, "request:SYNC offset:-1 answer:FULLRESYNC line:$EOF:" + id1},
		{"another status", "PSYNC ? -1", "+OK", "request:PSYNC replid:? offset:-1"},
		{"an ID that is none", "PSYNC a\x00b x", "+CONTINUE \x1b", "request:PSYNC offset:-1 answer:CONTINUE line:CONTINUE \\x1b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			name, args := words(c.request)
			s := Sync{Answer: "of an earlier one", NewID: "x", NewOffset: 1, Failover: true}
			s.Ask(name, args)
			s.ReadAnswer([]byte(c.answer))
			if got := show(s); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestAnnounce(t *testing.T) {
	for _, c := range []struct {
		args string
		said bool
		want string
	}{
		{"listening-port 6380", true, "port:6380"},
		{"ip-address fd00::1", true, "host:fd00::1"},
		{"version 8.0.1", true, "version:8.0.1"},
		{"listening-port 6380 ip-address h capa eof version 9.0.0", true, "port:6380 host:h version:9.0.0"},
		{"capa eof capa psync2", false, ""},
		{"listening-port 0", false, ""},
		{"listening-port 65536", false, ""},
		{"rdb-channel 1", false, ""},
		{"listening-port", false, ""},
	} {
		var s Sync
		_, args := words("REPLCONF " + c.args)
		if said := s.Announce(args); said != c.said || show(s) != c.want {
			t.Errorf("%s: said %v, %s", c.args, said, show(s))
		}
	}
}
