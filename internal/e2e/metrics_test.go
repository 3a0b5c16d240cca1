//go:build linux

package e2e

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
)

// metrics reads what a ricochet serves to Prometheus on the loopback interface
// of a namespace.
type metrics struct {
	t      testing.TB
	addr   netip.AddrPort
	client http.Client
}

func newMetrics(t testing.TB, n *namespace) *metrics {
	t.Helper()
	m := &metrics{t: t, addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), n.freePort(t))}
	m.client.Transport = &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			return n.dial(m.addr)
		},
	}
	return m
}

// flag is how ricochet is told to serve them.
func (m *metrics) flag() string { return "--metrics=" + m.addr.String() }

// get fetches a page.
func (m *metrics) get(path string) (status int, body string, err error) {
	r, err := m.client.Get("http://" + m.addr.String() + path)
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	var b strings.Builder
	lines := bufio.NewScanner(r.Body)
	for lines.Scan() {
		fmt.Fprintln(&b, lines.Text())
	}
	return r.StatusCode, b.String(), lines.Err()
}

// sum adds up the samples of a metric over all labels.
func (m *metrics) sum(name string) (float64, error) {
	status, body, err := m.get("/metrics")
	if err != nil {
		return 0, err
	}
	if status != http.StatusOK {
		return 0, fmt.Errorf("status %d: %s", status, body)
	}
	sum, found := 0.0, false
	for line := range strings.Lines(body) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest[0] != '{' && rest[0] != ' ' {
			continue
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.LastIndexByte(rest, ' '):]), 64)
		if err != nil {
			return 0, fmt.Errorf("metric %q: %w", line, err)
		}
		sum += value
		found = true
	}
	if !found {
		return 0, fmt.Errorf("no metric %s", name)
	}
	return sum, nil
}

// await waits until the sum of a metric over all labels is a number.
func (m *metrics) await(name string, want float64) {
	m.t.Helper()
	eventually(m.t, name, func() error {
		got, err := m.sum(name)
		if err != nil {
			return err
		}
		return unlike(got, want)
	})
}
