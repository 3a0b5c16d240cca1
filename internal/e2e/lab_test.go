//go:build linux

package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"os/exec"
	"syscall"
	"testing"

	lab "ricochet/internal/lab/play"
	"ricochet/internal/report"
)

// labSeeds is how many times each scenario of the lab is watched.
var labSeeds = flag.Uint64("e2e.labseeds", 2, "watch each scenario of the lab with so many `seeds`")

// labCommand is a way to play a scenario.
type labCommand struct {
	name string
	args []string
}

func labCommands() []labCommand {
	var all []labCommand
	for _, sc := range lab.Scenarios() {
		if !sc.Orders {
			all = append(all, labCommand{sc.Name, []string{sc.Name}})
			continue
		}
		for _, order := range []string{"--bug", "--fixed"} {
			all = append(all, labCommand{sc.Name + order, []string{sc.Name, order}})
		}
	}
	return all
}

// What watch finds out from packets on loopback is what the lab's clients counted.
func TestWatchAgreesWithTheLab(t *testing.T) {
	for _, command := range labCommands() {
		t.Run(command.name, func(t *testing.T) {
			for seed := range *labSeeds {
				t.Run(fmt.Sprint(seed), func(t *testing.T) { watchLab(t, command, seed) })
			}
		})
	}
}

func watchLab(t *testing.T, command labCommand, seed uint64) {
	n := newNamespace(t, "lab")
	w := startWatch(t, n, "--interface", "lo", "--port", "7001-7003")
	args := append([]string{"lab"}, command.args...)
	args = append(args, "--seed", fmt.Sprint(seed), "--output", "json")
	out := n.run(t, "lab", exec.Command(program(t), args...))
	r := w.stop(syscall.SIGINT)

	var said struct {
		Runs []struct {
			Tallies []lab.Tally
		}
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil {
		t.Fatal(err)
	}
	if len(said.Runs) != 1 || len(said.Runs[0].Tallies) == 0 {
		t.Fatalf("the lab tells of %d runs", len(said.Runs))
	}
	seen := map[string]int64{}
	for what, count := range labTotals(r) {
		seen[what] = count
	}
	for _, tally := range said.Runs[0].Tallies {
		if got, ok := seen[tally.What]; ok && got != int64(tally.Clients) {
			t.Errorf("%s: watch counted %d, the clients %d", tally.What, got, tally.Clients)
		}
	}
}

// labTotals are the totals of a report by the names that the lab has for them.
func labTotals(r *report.Report) map[string]int64 {
	n := r.Totals
	return map[string]int64{
		lab.RedirectReplies:    n.RedirectReplies.Redirect,
		lab.MovedReplies:       n.RedirectReplies.Moved,
		lab.AskReplies:         n.RedirectReplies.Ask,
		lab.RedirectedCommands: n.RedirectedCommands,
		lab.ReturnedCommands:   n.ReturnedCommands,
		lab.BouncedCommands:    n.BouncedCommands,
		lab.BouncedReplies:     n.BouncedRedirectReplies,
		lab.MostHops:           n.MaxHops,
	}
}
