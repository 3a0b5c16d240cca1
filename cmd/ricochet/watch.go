package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"ricochet/capture"
	"ricochet/decode"
	"ricochet/internal/pipeline"
	"ricochet/internal/report"
	"ricochet/internal/report/metrics"
)

// watchedPorts are those that watch looks at unless told otherwise: the servers'
// default, its neighbour, those of the cluster tutorials, and Sentinel's.
const watchedPorts = "6379,6380,7000-7010,26379"

// watchFlags is what the flags of watch say.
type watchFlags struct {
	*reportFlags
	interfaces []string
	allPorts   bool
	capture    string
	tunnels    bool
	snaplen    int
	buffer     int // MiB
	duration   time.Duration
	metrics    string
	verbose    bool
	keep       keepFlags
	files      []string
	speed      string
}

func (a *app) watchCommand() *cobra.Command {
	f := &watchFlags{reportFlags: newReportFlags(), capture: "auto", speed: "1"}
	c := &cobra.Command{
		Use:   "watch [flags]",
		Short: "watch live traffic and tell of redirect bounces as they happen",
		Long: `Watch live traffic and tell of redirect bounces as they happen: on a host that
runs servers or their clients, or that mirrored traffic comes to. It reads copies
of packets by eBPF, or by a packet socket where that is not allowed, and cannot
drop, change or delay one. On Ctrl-C, or when --duration is over, it writes the
report that analyze would write.

It needs the capabilities CAP_BPF, CAP_PERFMON and CAP_NET_RAW, and gives up all
of them as soon as it captures.`,
		Example: `  sudo ricochet watch

  # for a minute on two interfaces, then the report as JSON
  sudo ricochet watch -i eth0 -i lo --duration 1m -o json

  # a stream of events, with metrics for Prometheus
  sudo ricochet watch -o ndjson --metrics 127.0.0.1:9464

  # keep the packets, without the values, in at most ten files of 100 MB
  sudo ricochet watch --write redis.pcapng --write-size 100 --write-files 10

  # play a capture as if it came now (no privileges needed)
  ricochet watch -r redis.pcap`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.runWatch(c.Context(), f)
		},
	}
	f.define(c)
	return c
}

// define declares the flags, in the order in which help shows them.
func (f *watchFlags) define(c *cobra.Command) {
	flags := c.Flags()
	flags.SortFlags = false
	f.formats(c)
	flags.VarP(&value{kind: "NAME", example: "eth0", set: appended(&f.interfaces)},
		"interface", "i", "watch interface `NAME` (repeatable; default: all, those that come later included)")
	flags.Var(&value{kind: "PORT", example: "7000-7010", set: ports(&f.Ports)},
		"port", "watch the servers' `PORT`, or a range as 7000-7010 (repeatable; default: "+watchedPorts+"); the cluster bus 10000 above it too")
	flags.BoolVar(&f.allPorts, "all-ports", false, "watch every TCP port; servers are found by content")
	flags.Var(&value{text: f.duration.String(), kind: "DURATION", example: "1m", set: stored(&f.duration, parseWindow)},
		"duration", "stop after this time; 0s: on Ctrl-C")
	flags.Var(&value{text: f.capture, kind: "HOW", example: "packet", set: choice(&f.capture, "auto", "ebpf", "packet")},
		"capture", "auto, ebpf or packet (AF_PACKET)")
	flags.BoolVar(&f.tunnels, "tunnels", false, "look into VXLAN and Geneve too")
	flags.Var(&value{text: "0", kind: "BYTES", example: "256", set: stored(&f.snaplen, number(0, 1<<18))},
		"snaplen", "keep `BYTES` of each packet; 0: all but the middle of long values")
	flags.Var(&value{text: "0", kind: "MIB", example: "64", set: stored(&f.buffer, number(0, 1024))},
		"buffer", "size of the ring between kernel and ricochet in `MIB`; 0 chooses")
	f.shown(c)
	f.window(c)
	flags.Var(&value{kind: "ADDRESS", example: "127.0.0.1:9464", set: stored(&f.metrics, metricsAddress)},
		"metrics", "serve metrics for Prometheus at `ADDRESS`; without a host, on loopback")
	f.keep.define(flags)
	flags.VarP(&value{kind: "FILE", example: "redis.pcap", set: appended(&f.files)},
		"read", "r", "play capture `FILE` instead of live traffic (repeatable)")
	flags.Var(&value{text: f.speed, kind: "SPEED", example: "max", set: choice(&f.speed, "1", "max")},
		"speed", "play with --read at `SPEED` 1 or max")
	f.clocks(c)
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "tell of single redirects too, and of how ricochet is set up")
	f.judgement(c)
	complete(c, "capture", "auto", "ebpf", "packet")
	complete(c, "speed", "1", "max")
}

// metricsAddress reads host:port; loopback unless told otherwise.
func metricsAddress(s string) (string, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil || port == "" {
		return "", errors.New("must be ADDRESS:PORT, or :PORT on loopback")
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// check finds flags that do not go together.
func (f *watchFlags) check() error {
	live := len(f.interfaces) > 0 || f.tunnels || f.snaplen > 0 || f.buffer > 0 || f.capture != "auto"
	switch {
	case len(f.files) > 0 && live:
		return usage("ricochet watch --read "+quote(f.files[0]), "--read plays a capture: flags of live capture have no place beside it")
	case len(f.files) == 0 && f.speed != "1":
		return usage("ricochet watch --read redis.pcap --speed "+f.speed, "--speed is for --read")
	case len(f.files) == 0 && len(f.ClockOffsets) > 0:
		return usage("ricochet watch --read redis.pcap --clock-offset redis.pcap=350", "--clock-offset is for --read")
	case f.allPorts && len(f.Ports) > 0:
		return usage("ricochet watch --all-ports", "--port and --all-ports contradict each other")
	}
	return f.keep.check()
}

// runWatch opens everything, gives up what is not needed any more, and watches.
func (a *app) runWatch(ctx context.Context, f *watchFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	o := pipeline.WatchOptions{Options: f.Options, Started: report.Started{Version: versionName(buildInfo()), Interfaces: f.interfaces}}
	if len(f.files) == 0 && !f.allPorts && len(f.Ports) == 0 {
		if err := ports(&o.Ports)(watchedPorts); err != nil {
			return err
		}
		o.Known = true
	}
	o.Started.Ports = portText(pipeline.PortRanges(o.Ports))

	s := &session{a: a, f: f, o: &o}
	if err := s.open(ctx); err != nil {
		return errors.Join(err, s.abandon())
	}
	return s.run(ctx)
}

// portText lists port ranges as the user may give them.
func portText(ranges []decode.PortRange) string {
	if len(ranges) == 0 {
		return "all"
	}
	var parts []string
	for _, r := range ranges {
		if r.From == r.To {
			parts = append(parts, fmt.Sprint(r.From))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", r.From, r.To))
		}
	}
	return strings.Join(parts, ",")
}

// session is one run of watch and what it has open.
type session struct {
	a   *app
	f   *watchFlags
	o   *pipeline.WatchOptions
	src capture.Source

	keeper   *keeper // nil: packets are not kept
	metrics  *metrics.Metrics
	listener net.Listener
	process  *process
}

// open opens everything, and gives up what is not needed any more. A single file
// is created while this is still root as a whole, who may write anywhere; a file
// that others are to follow after that is created by those rights that will do so.
func (s *session) open(ctx context.Context) (err error) {
	if s.f.keep.size == 0 {
		if err := s.openKeeper(); err != nil {
			return err
		}
	}
	if s.src, err = s.a.openWatch(ctx, s.f, s.o); err != nil {
		return err
	}
	if s.f.keep.size > 0 {
		if err := s.openKeeper(); err != nil {
			return err
		}
	}
	if s.f.metrics != "" {
		s.metrics = metrics.New(s.o.Started.Version, s.a.now)
		if s.listener, err = net.Listen("tcp", s.f.metrics); err != nil {
			return &failure{status: exitFailed, err: fmt.Errorf("serve metrics: %w", err), hint: "ricochet watch --metrics 127.0.0.1:0 takes any free port"}
		}
		s.a.message("metrics at http://%s/metrics", s.listener.Addr())
	}
	s.process = openProcess()
	if len(s.f.files) > 0 {
		return nil // nothing was opened that took a privilege
	}
	return s.a.confine(s.f)
}

func (s *session) openKeeper() (err error) {
	s.keeper, err = s.f.keep.open(s.o.Ports, func() []capture.Stats {
		all, err := s.src.Stats()
		if err != nil {
			return nil
		}
		return all
	})
	return err
}

// abandon undoes open when it failed.
func (s *session) abandon() error {
	if s.listener != nil {
		s.listener.Close()
	}
	if s.keeper != nil {
		s.keeper.discard()
		s.keeper = nil
	}
	return s.close()
}

// run watches until the end, and writes the report.
func (s *session) run(ctx context.Context) error {
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	timed := watching
	if s.f.duration > 0 {
		var stop context.CancelFunc
		timed, stop = context.WithTimeout(watching, s.f.duration)
		defer stop()
	}
	var ended sync.WaitGroup
	if s.listener != nil {
		serving, stop := context.WithCancel(context.WithoutCancel(ctx))
		ended.Go(func() {
			if err := metrics.Serve(serving, s.listener, s.metrics); err != nil {
				s.a.message("%v", err)
			}
		})
		defer ended.Wait()
		defer stop()
	}
	write := s.events()
	// There is no point in watching on when what is found cannot be written; but
	// with --exit-code, metrics or a file there is.
	d := deliver(write, func() {
		if !s.f.exitCode && s.metrics == nil && s.keeper == nil {
			cancel()
		}
	}, len(s.f.files) > 0)
	s.o.Event = func(e report.Event) {
		if s.metrics != nil {
			_ = s.metrics.Event(e) // it has no way to fail
		}
		d.event(e)
	}
	if s.metrics != nil {
		s.o.Stats = s.metrics.Update
	}
	s.o.Process = s.process.cost
	if s.keeper != nil {
		s.o.Keep, s.o.KeepFailed = s.keeper, func(err error) {
			s.a.message("packets are not kept any more, and are watched on: %v", err)
		}
	}
	s.o.Reason = func() string {
		switch {
		case ctx.Err() != nil:
			return "signal"
		case watching.Err() != nil:
			return "output closed"
		case timed.Err() != nil:
			return "duration"
		}
		return "end"
	}

	r, err := pipeline.Watch(timed, s.src, *s.o)
	written := d.close()
	kept := s.close()
	if err != nil {
		return errors.Join(unreadable(err), kept)
	}
	if d.skipped > 0 {
		s.a.message("%d events were not written: who reads them did not keep up", d.skipped)
	}
	if written == nil && s.f.output != "ndjson" {
		written = s.report(r)
	}
	if written != nil && !brokenPipe(written) {
		return written
	}
	if kept != nil {
		return kept
	}
	return s.f.status(r.Verdict)
}

// events returns the function that writes events to standard output.
func (s *session) events() func(report.Event) error {
	switch s.f.output {
	case "ndjson":
		return report.NewEvents(s.a.stdout).Event
	case "json":
		return func(report.Event) error { return nil }
	}
	lines := report.NewLiveText(s.a.stdout, s.a.textOptions(s.f.reportFlags))
	lines.Verbose = s.f.verbose
	return lines.Event
}

// report writes the report at the end, set apart from the events.
func (s *session) report(r *report.Report) error {
	if s.f.output == "text" {
		if _, err := fmt.Fprintln(s.a.stdout); err != nil {
			return err
		}
	}
	return s.a.writer(s.f.reportFlags)(r)
}

// close closes what open opened, but for the listener, which its server closes.
func (s *session) close() error {
	s.process.close()
	if s.src != nil {
		s.src.Close()
	}
	if s.keeper == nil {
		return nil
	}
	if err := s.keeper.close(); err != nil {
		return &failure{status: exitFailed, err: err}
	}
	return nil
}
