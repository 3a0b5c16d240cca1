package main

import (
	"errors"
	"os"

	"ricochet/capture"
	"ricochet/capture/live"
	"ricochet/capture/pcapfile"
	"ricochet/internal/confine"
	"ricochet/internal/pipeline"
	"ricochet/internal/replay"
)

// openWatch opens what is to be watched: a capture that is played, or the live
// traffic.
func (a *app) openWatch(f *watchFlags, o *pipeline.WatchOptions) (capture.Source, error) {
	if len(f.files) == 0 {
		return a.openLive(f, o)
	}
	if err := a.checkNames(f.files); err != nil {
		return nil, err
	}
	src, err := pcapfile.Open(f.files, pcapfile.Options{Stdin: a.stdin})
	if err != nil {
		return nil, unreadable(err)
	}
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
