package live

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// open starts the mechanism that was asked for, or the best one there is.
func open(o *Options) (*Source, error) {
	// The news of interfaces begin before the list of them is made, and the
	// list before the capture: so none is missed.
	news, err := subscribe()
	if err != nil {
		return nil, err
	}
	s, err := start(o)
	if err != nil {
		news.end()
		return nil, err
	}
	s.follower = follow(news, s.apply, s.relist)
	return s, nil
}

// start captures with eBPF if it can, else with AF_PACKET, unless told otherwise.
func start(o *Options) (*Source, error) {
	if o.Mechanism == MechanismPacket {
		return startWith(MechanismPacket, "", o, newPacketEngine)
	}
	s, err := startWith(MechanismEBPF, "", o, newEBPFEngine)
	var refused *refusal
	if o.Mechanism == MechanismEBPF || !errors.As(err, &refused) || refused.mechanism != MechanismEBPF {
		return s, err
	}
	return startWith(MechanismPacket, refused.warning(), o, newPacketEngine)
}

// startWith makes an engine, tells it of the interfaces there are, and starts it.
func startWith[E starter](mechanism, warning string, o *Options, make func(socket int, o *Options) (E, error)) (*Source, error) {
	socket, err := packetSocket()
	if err != nil {
		return nil, err
	}
	there, err := present(func(index int) (linkState, bool) { return resolveLink(socket, index) })
	if err == nil {
		err = missing(o.Interfaces, there)
	}
	if err != nil {
		return nil, errors.Join(err, unix.Close(socket))
	}
	e, err := make(socket, o)
	if err != nil {
		return nil, err
	}
	s := newSource(mechanism, warning, e, newLinks(mechanism, o.Interfaces))
	for _, l := range there {
		if err := s.apply(l); err != nil {
			return nil, errors.Join(fmt.Errorf("add interface %s: %w", l.name, err), s.Close())
		}
	}
	if err := e.start(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// starter is an engine that is set up by its interfaces before it starts.
type starter interface {
	engine
	start() error
}

// packetSocket returns a packet socket that sees nothing yet: its protocol is 0
// until listen.
func packetSocket() (int, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, &refusal{mechanism: MechanismPacket, err: fmt.Errorf("open packet socket: %w", err), facts: collectFacts()}
	}
	return fd, nil
}

// listen lets a packet socket see every packet of all interfaces, those that
// come later included, packet(7). None of them is made promiscuous.
func listen(socket int) error {
	// The protocol is in network byte order, whatever that of the host is.
	all := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL))
	if err := unix.Bind(socket, &unix.SockaddrLinklayer{Protocol: all}); err != nil {
		return fmt.Errorf("bind packet socket: %w", err)
	}
	return nil
}
