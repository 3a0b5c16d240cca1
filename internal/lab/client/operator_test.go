package client

import (
	"strings"
	"testing"
	"time"

	"ricochet/internal/lab/protocol"
)

func TestOperator(t *testing.T) {
	s := newStage(t, 1, turns(map[string][]string{"0 FAILOVER": {"-ERR no", hangUp}}))
	o := NewOperator(s.world.Host("admin", node(0).Addr()), s.log, node(0), "admin")
	var got []string
	do := func(command string) {
		s.world.Do(func() {
			o.Do(strings.Fields(command), func(v protocol.Value, err error) {
				if err != nil {
					got = append(got, "lost")
					return
				}
				got = append(got, v.String())
			})
		})
	}
	do("ROLE")
	do("FAILOVER")
	do("FAILOVER")
	do("PING")
	s.play(time.Second)
	do("ROLE")
	s.play(time.Second)
	if want := "+OK -ERR no lost lost +OK"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if n := s.log.ByClient()["admin"]; n.Commands != 0 || n.Sent != 7 || n.Replies != 5 || n.Errors["ERR"] != 1 {
		t.Errorf("%+v", n)
	}
	s.world.Do(o.Close)
	s.play(time.Second)
	s.world.Do(s.hosts[0].Kill)
	do("ROLE")
	s.play(time.Second)
	if s.open != 0 || got[len(got)-1] != "lost" {
		t.Errorf("%d open, %v", s.open, got)
	}
}
