package main

import (
	"slices"
	"testing"

	"ricochet/capture/live"
	"ricochet/internal/pipeline"
)

func TestBusPorts(t *testing.T) {
	for _, c := range []struct {
		ports string
		want  []live.PortRange
	}{
		{watchedPorts, []live.PortRange{{From: 16379, To: 16380}, {From: 17000, To: 17010}}},
		{"7777", []live.PortRange{{From: 17777, To: 17777}}},
		{"50000-60000", []live.PortRange{{From: 60000, To: 65535}}},
		{"55535", []live.PortRange{{From: 65535, To: 65535}}},
		{"55536", nil},
		{"26379", nil},
	} {
		t.Run(c.ports, func(t *testing.T) {
			var given []uint16
			if err := ports(&given)(c.ports); err != nil {
				t.Fatal(err)
			}
			var servers []live.PortRange
			for _, r := range pipeline.PortRanges(given) {
				servers = append(servers, live.PortRange(r))
			}
			if got := busPorts(servers); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
