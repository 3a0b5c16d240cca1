package client

import (
	"fmt"
	"math/rand/v2"
)

// Work thinks of things to do: given how many there were before and the client's
// chance, it returns one command as its words, or several that are to be sent as a
// transaction. An empty slice says that there is nothing more to do.
type Work func(n int, r *rand.Rand) [][]string

// Keys thinks of keys.
type Keys func(n int, r *rand.Rand) string

// Unique has keys that no other client has, and none twice.
func Unique(client string) Keys {
	return func(n int, _ *rand.Rand) string { return fmt.Sprintf("key:%s:%d", client, n) }
}

// Hot has one of a few keys that all clients use.
func Hot(few int) Keys {
	return func(_ int, r *rand.Rand) string { return fmt.Sprintf("hot:%d", r.IntN(few)) }
}

// Tagged puts a hash tag before keys, so that they are all in one slot of a cluster.
func Tagged(tag string, k Keys) Keys {
	return func(n int, r *rand.Rand) string { return "{" + tag + "}" + k(n, r) }
}

// Reads has GET commands.
func Reads(k Keys) Work { return Mix(k, 1) }

// Writes has SET commands. The value is always the same, so that commands of the same
// key look the same.
func Writes(k Keys) Work { return Mix(k, 0) }

// Mix has GET and SET commands, of which reads is the share of GET.
func Mix(k Keys, reads float64) Work {
	return func(n int, r *rand.Rand) [][]string {
		if key := k(n, r); r.Float64() < reads {
			return [][]string{{"GET", key}}
		} else {
			return [][]string{{"SET", key, "value"}}
		}
	}
}

// Blocking waits for an element of a list, without end.
func Blocking(list string) Work {
	return func(int, *rand.Rand) [][]string { return [][]string{{"BLPOP", list, "0"}} }
}

// Transactions has transactions of two or three different commands of one key.
func Transactions(k Keys) Work {
	return func(n int, r *rand.Rand) [][]string {
		key := k(n, r)
		t := [][]string{{"SET", key, "value"}, {"GET", key}}
		if r.IntN(2) == 0 {
			t = append(t, []string{"EXISTS", key})
		}
		return t
	}
}
