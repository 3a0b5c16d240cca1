package judge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ricochet/internal/lab/client"
	"ricochet/internal/lab/play"
	"ricochet/internal/lab/protocol"
	"ricochet/internal/lab/server"
	"ricochet/internal/lab/tape"
	"ricochet/internal/lab/world"
)

// operatorName is what the pair's own connections are called.
const operatorName = "ricochet-operator"

// pairOptions say what a pair is like.
type pairOptions struct {
	port      uint16 // of the first node; the other has the next one. 0: any
	order     server.Order
	blocked   server.Blocked
	linkDelay time.Duration // one way
	handover  time.Duration // how long a handover takes, by slower links meanwhile; 0: as long as it does
	frames    io.Writer
	observe   func(server.Seen)
	progress  func(bool) // is told when a handover is in progress, and when it no longer is; nil: nobody is
	say       func(play.Step)
}

// pair is two nodes on loopback, of which one replicates from the other.
type pair struct {
	world     *world.World
	tape      *tape.Tape
	began     time.Time
	say       func(play.Step)
	nodes     [2]*server.Node
	operators [2]*client.Operator
	primary   int // of the two
	forced    bool
	ran       chan error
	stop      context.CancelFunc
}

// openPair starts the nodes. They run until close.
func openPair(ctx context.Context, o pairOptions) (*pair, error) {
	if o.say == nil {
		o.say = func(play.Step) {}
	}
	p := &pair{say: o.say, began: time.Now(), forced: o.handover > 0, ran: make(chan error, 1)}
	var err error
	if p.tape, err = tape.New(o.frames, tape.Options{}); err != nil {
		return nil, fmt.Errorf("write frames: %w", err)
	}
	p.world = world.New(world.Options{Wire: world.Live, Tape: p.tape})
	p.world.Do(func() { err = p.start(o) })
	if err != nil {
		return nil, errors.Join(err, p.world.Close())
	}
	var running context.Context
	running, p.stop = context.WithCancel(context.WithoutCancel(ctx))
	go func() { p.ran <- p.world.Run(running, 0) }()
	first := p.addr(0)
	if _, err := p.do(ctx, 1, "REPLICAOF", first.Addr().String(), strconv.Itoa(int(first.Port()))); err != nil {
		return nil, errors.Join(err, p.close())
	}
	if err := p.await(ctx, 1, "connected"); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// start puts the nodes into the world.
func (p *pair) start(o pairOptions) error {
	local := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	admin := p.world.Host("operator", local)
	log := &client.Log{}
	for i := range p.nodes {
		h := p.world.Host(fmt.Sprintf("node-%d", i+1), local)
		port := o.port
		if port != 0 {
			port += uint16(i)
		}
		n, err := server.Start(h, server.Options{
			Port: port, Order: o.order, Blocked: o.blocked, Observe: o.observe,
			Notice: func(text string) {
				p.noticed(o, text)
				p.tell(p.nodes[i].Addr().String(), text)
			},
		})
		if err != nil {
			return err
		}
		p.nodes[i] = n
		p.operators[i] = client.NewOperator(admin, log, n.Addr(), operatorName)
	}
	p.world.SetLatency(p.nodes[0].Host(), p.nodes[1].Host(), o.linkDelay)
	return nil
}

// noticed makes a handover as long as it is to be. Four times bytes go to the new
// primary and back, for the connection, PING, REPLCONF and PSYNC. The wait before that,
// until the replica has said that it has everything, which it does once a second, is cut
// short by FORCE: who writes then has to wait, and would not see the rest. The replica
// does have everything; nothing slows the link before.
func (p *pair) noticed(o pairOptions, text string) {
	if o.handover == 0 {
		return
	}
	delay, progress := o.linkDelay, strings.HasPrefix(text, "failover in progress")
	if progress {
		delay = o.handover / 8
	}
	if o.progress != nil && text != "takes over" {
		o.progress(progress)
	}
	p.world.SetLatency(p.nodes[0].Host(), p.nodes[1].Host(), delay)
}

// addr is where a node listens.
func (p *pair) addr(node int) netip.AddrPort { return p.nodes[node].Addr() }

func (p *pair) tell(who, text string) {
	p.say(play.Step{At: time.Since(p.began), Who: who, Text: text})
}

// answer is what a command came to.
type answer struct {
	value protocol.Value
	err   error
}

// do sends a command to a node and returns the reply. An error reply is an error.
func (p *pair) do(ctx context.Context, node int, words ...string) (protocol.Value, error) {
	got := make(chan answer, 1)
	p.world.Do(func() {
		p.operators[node].Do(words, func(v protocol.Value, err error) { got <- answer{v, err} })
	})
	select {
	case a := <-got:
		if a.err == nil && a.value.IsError() {
			a.err = errors.New(a.value.Str)
		}
		if a.err != nil {
			return a.value, fmt.Errorf("%s at %v: %w", words[0], p.addr(node), a.err)
		}
		return a.value, nil
	case <-ctx.Done():
		return protocol.Value{}, ctx.Err()
	}
}

// await waits until a node is a replica whose link is in a state.
func (p *pair) await(ctx context.Context, node int, state string) error {
	for {
		v, err := p.do(ctx, node, "ROLE")
		if err != nil {
			return err
		}
		if len(v.Elems) == 5 && v.Elems[0].Str == "slave" && v.Elems[3].Str == state {
			return nil
		}
		if err := pauseFor(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// setOrder sets the order of checks of both nodes.
func (p *pair) setOrder(ctx context.Context, order string) error {
	for i := range p.nodes {
		if _, err := p.do(ctx, i, "CONFIG", "SET", "lab-order", order); err != nil {
			return err
		}
	}
	return nil
}

// failOver has the primary hand its role over to the other node, and returns when it
// has.
func (p *pair) failOver(ctx context.Context) error {
	from, to := p.primary, 1-p.primary
	target := p.addr(to)
	words := []string{"FAILOVER", "TO", target.Addr().String(), strconv.Itoa(int(target.Port()))}
	if p.forced {
		words = append(words, "TIMEOUT", "1", "FORCE")
	}
	p.tell("operator", fmt.Sprintf("%v: %s", p.addr(from), strings.Join(words, " ")))
	if _, err := p.do(ctx, from, words...); err != nil {
		return err
	}
	p.primary = to
	return p.await(ctx, from, "connected")
}

// close ends the nodes and all connections.
func (p *pair) close() error {
	p.stop()
	err := <-p.ran
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, p.world.Close(), p.tape.Flush())
}

// pauseFor waits for d or the end of ctx.
func pauseFor(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
