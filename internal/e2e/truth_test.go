//go:build linux

package e2e

import (
	"bufio"
	"encoding/json"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// keep is where the captures of the scenarios stay, each scenario's in a folder
// of its name beside the truth about it, in the form of the labelled captures.
var keep = flag.String("e2e.keep", "", "keep the captures of scenarios in `DIR`, and record further variants")

// folder is where the captures of a scenario go.
func folder(t testing.TB, name string) string {
	t.Helper()
	if *keep == "" {
		return t.ArtifactDir()
	}
	dir, err := filepath.Abs(filepath.Join(*keep, name))
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		t.Fatalf("keep captures: %v", err)
	}
	return dir
}

// truth is what was done in a scenario and what the clients met.
type truth struct {
	Scenario               string            `json:"scenario"`
	About                  string            `json:"about"`
	Kind                   string            `json:"kind"`
	IP                     map[string]string `json:"ip"`
	IP6                    map[string]string `json:"ip6"`
	Port                   uint16            `json:"port"`
	Events                 [][2]any          `json:"events"` // Unix seconds and text
	ClientCommands         int64             `json:"client_commands"`
	ClientErrors           map[string]int64  `json:"client_errors"`
	RedirectedCommands     int64             `json:"redirected_commands"`
	RedirectReplies        int64             `json:"redirect_replies"`
	BouncedCommands        int64             `json:"bounced_commands"`
	ReturnedCommands       int64             `json:"returned_commands"`
	BouncedRedirectReplies int64             `json:"bounced_redirect_replies"`
	MaxHops                int64             `json:"max_hops"`
	BouncingClients        []string          `json:"bouncing_clients"`
	FirstBounce            float64           `json:"first_bounce"`
	LastBounce             float64           `json:"last_bounce"`
}

// chain is a redirected command, a line of chains.ndjson.
type chain struct {
	Client      string   `json:"client"`
	Command     string   `json:"cmd"`
	Sent        float64  `json:"t0"`
	Got         float64  `json:"t1"`
	Hops        [][4]any `json:"hops"` // Unix seconds, the client's end, node, reply
	FinalServer string   `json:"final_server"`
	Final       string   `json:"final"`
}

// writeTruth writes a scenario's truth beside its captures.
func (s *scene) writeTruth() {
	s.t.Helper()
	n := s.ledger.totals()
	v := truth{
		Scenario: s.name, About: s.about, Kind: s.kind, Port: s.lan.port,
		IP: s.lan.addrs(ipv4), IP6: s.lan.addrs(ipv6), Events: s.events,
		ClientCommands: n.Commands, ClientErrors: s.ledger.mishaps(),
		RedirectedCommands: n.RedirectedCommands, RedirectReplies: n.RedirectReplies.Sum(),
		BouncedCommands: n.BouncedCommands, ReturnedCommands: n.ReturnedCommands,
		BouncedRedirectReplies: n.BouncedRedirectReplies, MaxHops: n.MaxHops,
		BouncingClients: []string{},
	}
	if v.Events == nil {
		v.Events = [][2]any{} // not null
	}
	for _, b := range s.ledger.stories {
		if !b.bounced() {
			continue
		}
		v.BouncingClients = append(v.BouncingClients, b.client)
		first, last := seconds(b.seen[0].at), seconds(b.seen[len(b.seen)-1].at)
		if v.FirstBounce == 0 || first < v.FirstBounce {
			v.FirstBounce = first
		}
		v.LastBounce = max(v.LastBounce, last)
	}
	slices.Sort(v.BouncingClients)
	v.BouncingClients = slices.Compact(v.BouncingClients)
	text, err := json.MarshalIndent(v, "", " ")
	if err == nil {
		err = os.WriteFile(filepath.Join(s.folder, "truth.json"), append(text, '\n'), 0o644)
	}
	if err == nil {
		err = s.writeChains(filepath.Join(s.folder, "chains.ndjson"))
	}
	if err != nil {
		s.t.Fatalf("write the truth: %v", err)
	}
}

func (s *scene) writeChains(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	out := bufio.NewWriter(f)
	lines := json.NewEncoder(out)
	for _, b := range s.ledger.stories {
		c := chain{Client: b.client, Command: b.command, Sent: seconds(b.sent), Got: seconds(b.got), Final: b.answer}
		if b.end == givenUp {
			c.Final = "gave up"
		} else {
			c.FinalServer = bare(b.final.node)
		}
		for _, h := range b.seen {
			c.Hops = append(c.Hops, [4]any{seconds(h.at), h.local, bare(h.node), h.reply})
		}
		if err := lines.Encode(c); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// bare is an address without brackets.
func bare(a netip.AddrPort) string { return strings.NewReplacer("[", "", "]", "").Replace(a.String()) }

func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
