package docs

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ricochet/detect"
	"ricochet/detect/cause"
	"ricochet/detect/failover"
)

// contract is what the output names, by kind.
var contract = map[Kind][]string{
	Cause: {"redirect-during-failover", "circular-replication", "slot-ownership-conflict", "missing-asking",
		"stale-announcement", "dead-primary", "self-replication", "unknown"},
	Rule: {"bounce", "self-redirect", "unreachable-target", "long-chain", "dual-primary", "failover-violation", "readonly-loop"},
	Check: {"no-redirect-while-in-progress", "writes-parked-while-waiting", "parked-clients-redirected", "blocked-clients-redirected",
		"redirect-target-is-primary", "single-primary", "abort-restores-roles"},
}

func TestEveryNameOfTheContractHasAPage(t *testing.T) {
	have := map[Kind][]string{}
	for _, p := range Pages() {
		have[p.Kind] = append(have[p.Kind], p.Name)
	}
	for kind, want := range contract {
		slices.Sort(have[kind])
		if !slices.Equal(have[kind], slices.Sorted(slices.Values(want))) {
			t.Errorf("%ss: %q, want %q", kind, have[kind], want)
		}
	}
}

func TestEveryNameOfTheDetectorsHasAPage(t *testing.T) {
	names := map[Kind][]string{}
	for _, c := range cause.IDs() {
		names[Cause] = append(names[Cause], string(c))
	}
	for _, r := range detect.Rules() {
		names[Rule] = append(names[Rule], string(r))
	}
	for c := range failover.Checks {
		names[Check] = append(names[Check], c.String())
	}
	for kind, all := range names {
		for _, n := range all {
			if !slices.ContainsFunc(Pages(), func(p Page) bool { return p.Kind == kind && p.Name == n }) {
				t.Errorf("no page about the %s %q", kind, n)
			}
		}
	}
}

// headings is which headings a page of a kind has; those in must, all of them.
var headings = map[Kind]struct{ must, may []string }{
	Cause: {[]string{"What happens", "Why", "To settle it", "Remedy"},
		[]string{"Certain", "Likely", "Possible", "Confused with", "Clients", "Sources"}},
	Rule:  {[]string{"Fires", "Silent", "Severity", "Cannot be known", "What next"}, nil},
	Check: {[]string{"Held and violated", "Not observed", "Promised", "What next"}, nil},
}

func TestPagesAreWhole(t *testing.T) {
	for _, p := range Pages() {
		var have []string
		for title := range sections(p.Text, "#### ") {
			have = append(have, title)
		}
		want := headings[p.Kind]
		must := want.must
		if p.Kind == Cause && p.Name != "unknown" {
			must = slices.Concat(must, want.may)
		}
		for _, m := range must {
			if !slices.Contains(have, m) {
				t.Errorf("%s: nothing under %q", p.Name, m)
			}
		}
		for _, h := range have {
			if !slices.Contains(slices.Concat(want.must, want.may), h) {
				t.Errorf("%s: heading %q", p.Name, h)
			}
		}
		if p.Summary == "" || strings.Contains(p.Summary, "\n") || !strings.HasSuffix(p.Summary, ".") || len(p.Summary) > 90 {
			t.Errorf("%s: the summary is no short sentence: %q", p.Name, p.Summary)
		}
	}
}

// programs says of each program in commands which options it has, with the
// number of values that follow.
var programs = map[string]map[string]int{
	"valkey-cli": {"-h": 1, "-p": 1, "--cluster": 2},
	"tcpdump":    {"-i": 1, "-s": 1, "-w": 1},
	"ricochet":   {},
}

// subjects are the commands that pages may tell people to give to a server.
var subjects = []string{"BUMPEPOCH", "CLIENT", "CLUSTER", "CONFIG", "COUNTKEYSINSLOT", "FAILOVER", "FORCE", "GET-MASTER-ADDR-BY-NAME",
	"INFO", "LIST", "MYID", "NO", "NODES", "NODE", "ONE", "PAUSE", "PING", "REPLICAOF", "REWRITE", "ROLE", "SENTINEL", "SET", "SETSLOT", "UNPAUSE", "WRITE"}

// placeholders are the words that the reader replaces.
var placeholders = []string{"NODE", "PORT", "PRIMARY", "SLOT", "ID", "NAME"}

func TestCommandsParse(t *testing.T) {
	used := map[string]bool{}
	for _, p := range Pages() {
		for _, line := range strings.Split(p.Text, "\n") {
			command, isCode := strings.CutPrefix(line, "    ")
			if !isCode {
				continue
			}
			for _, w := range checkCommand(t, p.Name, command) {
				used[w] = true
			}
		}
	}
	for _, w := range placeholders {
		if !used[w] {
			t.Errorf("no command uses the placeholder %s", w)
		}
		if !strings.Contains(Words(), w) {
			t.Errorf("Words does not say what %s is", w)
		}
	}
}

var capitals = regexp.MustCompile(`[A-Z][A-Z-]+`)

// checkCommand checks one command and returns the placeholders in it.
func checkCommand(t *testing.T, page, command string) []string {
	t.Helper()
	words := shellWords(t, command)
	if len(words) < 2 {
		t.Errorf("%s: no command: %s", page, command)
		return nil
	}
	options, ok := programs[words[0]]
	if !ok {
		t.Errorf("%s: %q is none of %q", page, words[0], slices.Collect(maps.Keys(programs)))
		return nil
	}
	rest := words[1:]
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") {
		n, ok := options[rest[0]]
		if !ok || n >= len(rest) {
			t.Errorf("%s: option %s in %s", page, rest[0], command)
			return nil
		}
		rest = rest[1+n:]
	}
	switch words[0] {
	case "valkey-cli":
		if words[1] != "--cluster" && (len(rest) == 0 || words[1] != "-h" || words[3] != "-p") {
			t.Errorf("%s: host, port and a command are wanted: %s", page, command)
		}
	case "ricochet":
		if name := rest[len(rest)-1]; rest[0] == "explain" && !slices.ContainsFunc(Pages(), func(p Page) bool { return p.Name == name }) {
			t.Errorf("%s: there is no page about %s", page, name)
		} else if rest[0] != "explain" && rest[0] != "analyze" {
			t.Errorf("%s: %s", page, command)
		}
	}
	var used []string
	for _, w := range capitals.FindAllString(strings.Join(words, " "), -1) {
		if slices.Contains(placeholders, w) {
			used = append(used, w)
		} else if !slices.Contains(subjects, w) {
			t.Errorf("%s: %s is neither a placeholder nor a known command: %s", page, w, command)
		}
	}
	return used
}

// shellWords splits a command line at blanks outside single quotes. There is
// nothing in it that a shell would replace, and no remark.
func shellWords(t *testing.T, line string) []string {
	t.Helper()
	if strings.ContainsAny(line, "\"\\$`;|&<>*?~#") || strings.Count(line, "'")%2 != 0 {
		t.Errorf("a shell would not take this as it is: %s", line)
	}
	var words []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

// TestMarkdownIsWhatTheProgramCanShow holds pages to the few forms that the
// program turns into text.
func TestMarkdownIsWhatTheProgramCanShow(t *testing.T) {
	for i, line := range strings.Split(causes, "\n") {
		bad := ""
		switch {
		case len(line) > 100:
			bad = "longer than 100 bytes"
		case strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }):
			bad = "not printable ASCII"
		case strings.HasPrefix(line, "    "):
		case strings.HasPrefix(line, "```") || strings.HasPrefix(line, "|") || strings.HasPrefix(line, ">") || strings.HasPrefix(line, "* ") || strings.HasPrefix(line, "  -"):
			bad = "a form that is not known"
		case strings.Contains(line, "**") || strings.Contains(line, "](") || strings.Count(line, "`")%2 != 0:
			bad = "markup that would show"
		}
		if bad != "" {
			t.Errorf("causes.md:%d: %s: %s", i+1, bad, line)
		}
	}
}
