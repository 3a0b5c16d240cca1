//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"ricochet/capture"
	"ricochet/capture/live"
)

// probeTime is how long a probe waits for its packet, which is there at once
// but for an emulated processor's slowness.
const probeTime = 20 * time.Second

// probe captures live with the privileges it has, by whatever mechanism that
// allows, and prints what came of it: "error:" and why there is no capture, or
// "mechanism:", "warning:" and, once a packet came through, "captured".
func probe() int {
	if err := capturePayload([]byte("*1\r\n$4\r\nPING\r\n")); err != nil {
		fmt.Println("error:", err)
		return 1
	}
	fmt.Println("captured")
	return 0
}

// capturePayload sends the payload over loopback and waits until it is captured.
func capturePayload(payload []byte) (err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer listener.Close()
	addr := listener.Addr().(*net.TCPAddr)
	port := uint16(addr.Port)

	source, err := live.Open(live.Options{Ports: []live.PortRange{{From: port, To: port}}, Mechanism: "auto"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	fmt.Println("mechanism:", source.Mechanism())
	fmt.Println("warning:", source.Warning())

	conn, err := net.Dial("tcp", addr.String())
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	if _, err := conn.Write(payload); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	for deadline := time.Now().Add(probeTime); time.Now().Before(deadline); {
		var p capture.Packet
		switch err := source.Next(&p); {
		case errors.Is(err, capture.ErrIdle):
		case err != nil:
			return fmt.Errorf("capture: %w", err)
		case bytes.HasSuffix(p.Data, payload):
			return nil
		}
	}
	return fmt.Errorf("capture: %w", os.ErrDeadlineExceeded)
}
