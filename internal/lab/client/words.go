package client

import "strings"

// keys returns the keys that a command names.
func keys(words []string) []string {
	args := words[1:]
	switch strings.ToUpper(words[0]) {
	case "PING", "ECHO", "INFO", "ROLE", "SCAN", "DBSIZE", "WAIT", "EXEC", "PUBLISH", "UNWATCH",
		"CLIENT", "CLUSTER", "CONFIG", "COMMAND", "FLUSHALL", "FLUSHDB", "KEYS", "SELECT":
		return nil
	case "DEL", "UNLINK", "EXISTS", "MGET", "WATCH":
		return args
	case "BLPOP", "BRPOP":
		return args[:max(len(args)-1, 0)]
	case "MSET":
		var odd []string
		for i := 0; i < len(args); i += 2 {
			odd = append(odd, args[i])
		}
		return odd
	}
	return args[:min(len(args), 1)]
}

// text is a command as the log shows it: its name and keys.
func text(words []string) string {
	return strings.Join(append([]string{strings.ToUpper(words[0])}, keys(words)...), " ")
}

// waits tells whether a command is one that the server may keep waiting at will.
func waits(words []string) bool {
	switch strings.ToUpper(words[0]) {
	case "BLPOP", "BRPOP", "BLMOVE", "BLMPOP", "WAIT":
		return true
	}
	return false
}
