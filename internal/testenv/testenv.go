// Package testenv says what a test needs of the machine it runs on, and skips
// the test where the machine lacks it. Only tests import it.
//
// A test that always skips looks like one that passes. Where everything is
// there, REQUIRE_ROOT_TESTS=1 turns each of these skips into a failure.
package testenv

import (
	"os"
	"os/exec"
	"testing"
)

// requireAll is the environment variable that turns skips into failures when
// it is 1.
const requireAll = "REQUIRE_ROOT_TESTS"

// RequireRoot skips the test unless its effective user is root.
func RequireRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		Skip(t, "needs root")
	}
}

// RequireCommand skips the test unless the program name is found in PATH, and
// returns the path of it.
func RequireCommand(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Skip(t, "needs the program "+name)
	}
	return path
}

// Skip skips the test for a reason that lies in the machine, or fails it when
// REQUIRE_ROOT_TESTS=1. It does not return.
func Skip(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv(requireAll) == "1" {
		t.Fatalf("%s, and %s=1 forbids skipping", reason, requireAll)
	}
	t.Skip(reason)
}
