package keep_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"ricochet/internal/keep"
)

// TestKeysAreThoseOfDecode compares the table of commands with that of package
// decode, as it is written there: what is analysed must have the same keys.
func TestKeysAreThoseOfDecode(t *testing.T) {
	source, err := os.ReadFile("../../decode/commands.go")
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile(`return spec\{name: "([A-Z_-]+)"(.*)\}`).FindAllStringSubmatch(string(source), -1)
	if len(commands) < 200 {
		t.Fatalf("only %d commands were found", len(commands))
	}
	for _, c := range commands {
		field := map[string]int8{}
		for _, f := range strings.Split(c[2], ", ") {
			if name, value, ok := strings.Cut(f, ": "); ok {
				if n, err := strconv.ParseInt(value, 10, 8); err == nil {
					field[name] = int8(n)
				}
			}
		}
		first, last, step, numkeys, known := keep.KeysOf(c[1])
		if !known || first != field["first"] || last != field["last"] || step != field["step"] || numkeys != field["numkeys"] {
			t.Errorf("%s: first %d, last %d, step %d, numkeys %d, known %v; decode has %v", c[1], first, last, step, numkeys, known, field)
		}
	}
	if _, _, _, _, known := keep.KeysOf("FROB"); known {
		t.Error("a command is known that is none")
	}
}
