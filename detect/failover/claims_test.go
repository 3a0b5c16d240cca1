package failover

import (
	"net/netip"
	"strings"

	"ricochet/detect"
)

func (s *script) claimed(e *detect.Evidence, verb string, f []string) {
	e.Kind, e.Detail = detect.Claimed, &detect.Detail{}
	if k := len(f) - 1; strings.HasPrefix(f[k], "in=") {
		e.Capture = int32(s.number(f[k][3:]))
		e.SentIn, f = e.Capture, f[:k]
	}
	a := node(f[0])
	e.Conn = &detect.Conn{ID: connID(a, a, 4), Server: a, Client: netip.MustParseAddrPort("10.1.0.98:40000")}
	switch verb {
	case "says":
		e.Detail.Claims = s.claims(f[1], f[2:])
		return
	case "tells":
		b := node(f[1])
		e.Conn = &detect.Conn{ID: connID(a, b, 3), Server: b, Client: netip.AddrPortFrom(a.Addr(), 40000)}
		e.Detail.FromClient = true
		e.Detail.Claims = s.claims(f[2], f[3:])
		return
	}
	b := node(f[1])
	e.Conn = &detect.Conn{ID: connID(a, b, 5), Server: netip.AddrPortFrom(b.Addr(), b.Port()+10000), Client: netip.AddrPortFrom(a.Addr(), 40000)}
	e.Detail.FromClient, e.Detail.Bus, e.Since = true, f[2], 0
	e.Detail.Claims = s.claims("cluster-bus", f[3:])
	e.Detail.Claims[0].Port = a.Port()
}

func (s *script) claims(source string, words []string) []detect.Claim {
	var out []detect.Claim
	for entry := range strings.SplitSeq(strings.Join(words, " "), ";") {
		f := strings.Fields(entry)
		c := detect.Claim{Source: source}
		if a := node(f[0]); a.IsValid() {
			c.Host, c.Port = a.Addr().String(), a.Port()
		} else if f[0] == "-" {
			c.Host = "?"
		} else {
			c.Self = true
		}
		for _, w := range f[1:] {
			k, v, _ := strings.Cut(w, "=")
			s.claim(&c, k, v)
		}
		out = append(out, c)
	}
	return out
}

func (s *script) claim(c *detect.Claim, k, v string) {
	switch k {
	case "primary", "replica", "sentinel":
		c.Role = k
	case "of":
		c.PrimaryHost, c.PrimaryPort = node(v).Addr().String(), node(v).Port()
	case "ofid":
		c.PrimaryID = v
	case "id":
		c.ID = v
	case "epoch":
		c.Epoch = uint64(s.number(v))
	case "slots":
		lo, hi, _ := strings.Cut(v, "-")
		c.Slots = [][2]uint16{{uint16(s.number(lo)), uint16(s.number(hi))}}
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
	case "failover":
		c.Failover = v
	default:
		s.t.Fatalf("%q: nothing that is said of a node", k)
	}
}
