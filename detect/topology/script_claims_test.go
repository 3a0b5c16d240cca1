package topology

import (
	"strings"
	"testing"

	"ricochet/detect"
)

func claims(t testing.TB, source string, words []string) []detect.Claim {
	var out []detect.Claim
	for entry := range strings.SplitSeq(strings.Join(words, " "), ";") {
		f := strings.Fields(entry)
		c := detect.Claim{Source: source}
		switch a := node(f[0]); {
		case f[0] == "self":
			c.Self = true
		case a.IsValid():
			c.Host, c.Port = a.Addr().String(), a.Port()
		case f[0] == "-":
			c.Host = "?"
		default:
			i := strings.LastIndexByte(f[0], ':')
			c.Host, c.Port = f[0][:i], uint16(number(t, f[0][i+1:]))
		}
		for _, w := range f[1:] {
			k, v, _ := strings.Cut(w, "=")
			claim(t, &c, k, v)
		}
		out = append(out, c)
	}
	return out
}

func claim(t testing.TB, c *detect.Claim, k, v string) {
	slots := func() (out []uint16) {
		for s := range strings.SplitSeq(v, ",") {
			out = append(out, uint16(number(t, s)))
		}
		return out
	}
	switch k {
	case "primary", "replica", "sentinel":
		c.Role = k
	case "of":
		c.PrimaryHost, c.PrimaryPort = node(v).Addr().String(), node(v).Port()
	case "ofid":
		c.PrimaryID = v
	case "id":
		c.ID = v
	case "as":
		i := strings.LastIndexByte(v, ':')
		c.Host, c.Port = v[:i], uint16(number(t, v[i+1:]))
	case "name":
		c.Hostname = v
	case "epoch":
		c.Epoch = uint64(number(t, v))
	case "slots":
		for s := range strings.SplitSeq(v, ",") {
			lo, hi, two := strings.Cut(s, "-")
			if !two {
				hi = lo
			}
			c.Slots = append(c.Slots, [2]uint16{uint16(number(t, lo)), uint16(number(t, hi))})
		}
	case "flags":
		c.Flags = strings.Split(v, ",")
	case "group":
		c.Group = v
	case "version":
		c.Version = v
	case "software":
		c.Software = v
	case "mode":
		c.Mode = v
	case "shard":
		c.Shard = v
	case "replid":
		c.ReplID = id(v)
	case "replid2":
		c.ReplID2 = id(v)
	case "migrating":
		c.Migrating = slots()
	case "importing":
		c.Importing = slots()
	default:
		t.Fatalf("%q: nothing that is said of a node", k)
	}
}
