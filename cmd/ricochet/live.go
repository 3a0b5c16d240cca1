package main

import (
	"context"
	"errors"
	"math"
	"os"

	"ricochet/capture"
	"ricochet/capture/live"
	"ricochet/internal/confine"
	"ricochet/internal/pipeline"
	"ricochet/internal/replay"
)

// openWatch opens what is to be watched: a capture that is played, or the live
// traffic.
func (a *app) openWatch(ctx context.Context, f *watchFlags, o *pipeline.WatchOptions) (capture.Source, error) {
	if len(f.files) == 0 {
		return a.openLive(f, o)
	}
	if err := a.checkNames(f.files); err != nil {
		return nil, err
	}
	reading := f.Options
	reading.Stdin = a.stdin
	src, clocks, err := pipeline.Open(ctx, f.files, reading)
	if err != nil {
		return nil, unreadable(err)
	}
	o.Clocks = clocks
	o.Started.Mechanism = "replay"
	if f.speed == "max" {
		return src, nil
	}
	return replay.New(src), nil
}

func (a *app) openLive(f *watchFlags, o *pipeline.WatchOptions) (capture.Source, error) {
	if err := confine.Start(); err != nil {
		a.message("not all privileges could be given up: %v", err)
	}
	options := live.Options{
		Interfaces: f.interfaces, Tunnels: f.tunnels, Snaplen: f.snaplen, RingBytes: f.buffer << 20, Mechanism: f.capture,
		Values: f.keep.values, // they would have holes otherwise
	}
	for _, r := range pipeline.PortRanges(o.Ports) {
		options.Ports = append(options.Ports, live.PortRange(r))
	}
	options.Ports = append(options.Ports, busPorts(options.Ports)...)
	src, err := live.Open(options)
	if err != nil {
		hint := ""
		if errors.Is(err, os.ErrPermission) {
			hint = "sudo ricochet watch, or let the unit in deploy/ricochet.service run it"
		}
		return nil, &failure{status: exitFailed, err: err, hint: hint}
	}
	o.Started.Mechanism, o.Started.Warning = src.Mechanism(), src.Warning()
	if w := src.Warning(); w != "" && f.output != "text" { // the text has it in its first line
		a.message("%s", w)
	}
	return src, nil
}

// Where the cluster bus is: so far above the port of the service, unless the
// server is told otherwise (CLUSTER_PORT_INCR of its cluster_legacy.h). Sentinels
// have none.
const (
	busOffset    = 10000
	sentinelPort = 26379
)

// busPorts returns the ports of the cluster bus of the servers at some ports.
func busPorts(servers []live.PortRange) []live.PortRange {
	var bus []live.PortRange
	for _, r := range servers {
		if r.From > math.MaxUint16-busOffset || r.From == sentinelPort && r.To == sentinelPort {
			continue
		}
		bus = append(bus, live.PortRange{From: r.From + busOffset, To: min(r.To, math.MaxUint16-busOffset) + busOffset})
	}
	return bus
}

// confine gives up what watch does not need once everything is open.
func (a *app) confine(f *watchFlags) error {
	// Maps: counters are read, and interfaces that come later written, by system calls.
	effect, err := confine.Attached(confine.Access{WriteDir: f.keep.dir(), Maps: true})
	if err != nil {
		return &failure{status: exitFailed, err: err}
	}
	if f.verbose {
		a.message("%s", effect)
	}
	return nil
}
