//go:build linux

package bpf

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// told is the longest string that is kept whole for what it says of roles, TOLD of
// told.h.
const told = 16 << 10

// Texts of n bytes as servers answer INFO and CLUSTER NODES with.
func infoText(n int) string {
	return ("# Server\r\nvalkey_version:8.0.1\r\n" + strings.Repeat("# Replication\r\nrole:master\r\n", n/28+1))[:n]
}

func nodesText(n int) string {
	line := "07c37dfeb235213a872192d90877d0cd55635b91 127.0.0.1:30004@31004 slave - 0 1426238317239 4 connected\n"
	return strings.Repeat(line, n/len(line)+1)[:n]
}

func asBulk(text string) string     { return fmt.Sprintf("$%d\r\n%s\r\n", len(text), text) }
func asVerbatim(text string) string { return fmt.Sprintf("=%d\r\ntxt:%s\r\n", len(text)+4, text) }

// What says who is primary and who is replica is kept whole, however long it is
// for a value.
func TestTextsAboutRoles(t *testing.T) {
	l := newLoopback(t, Options{Ports: []PortRange{{6379, 6379}}})
	cut := func(text string) []stretch {
		h := strings.IndexByte(text, '\n') + 1
		return []stretch{{h + valueHead, len(text)}}
	}
	for i, c := range []struct {
		name string
		send []string
		want []stretch
	}{
		{"INFO", []string{asBulk(infoText(6000))}, nil},
		{"INFO as a verbatim string", []string{asVerbatim(infoText(6000))}, nil},
		{"CLUSTER NODES", []string{asBulk(nodesText(6000))}, nil},
		{"CLUSTER NODES as a verbatim string", []string{asVerbatim(nodesText(6000))}, nil},
		{"INFO over segments", []string{asBulk(infoText(6000))[:1448], asBulk(infoText(6000))[1448:2896], asBulk(infoText(6000))[2896:]}, nil},
		{"CLUSTER NODES over segments", []string{asBulk(nodesText(9000))[:1448], asBulk(nodesText(9000))[1448:2896], asBulk(nodesText(9000))[2896:]}, nil},
		{"a length by itself, then INFO", []string{"$6000\r\n", infoText(6000)[:3000], infoText(6000)[3000:] + "\r\n"}, nil},
		{"INFO between values", []string{bulk(3000) + asBulk(infoText(3000)) + bulk(3000)},
			[]stretch{{71, 3007}, {3009 + 3009 + 71, 3 * 3009}}},
		{"INFO, then a value", []string{asBulk(infoText(3000)) + bulk(9000)[:1000], bulk(9000)[1000:]},
			[]stretch{{3009 + 71, 3009 + 1000}, {3009 + 1000, 3009 + 9009}}},
		{"INFO over segments, then a value in one of its own", []string{asBulk(infoText(3000))[:2000], asBulk(infoText(3000))[2000:], bulk(9000)},
			[]stretch{{3009 + 71, 3009 + 9009}}},
		{"as long as may be", []string{asBulk(infoText(told))}, nil},
		{"too long", []string{asBulk(infoText(told + 1))}, cut(asBulk(infoText(told + 1)))},
		{"a length by itself, then too much", []string{"$16385\r\n", infoText(told+1) + "\r\n"}, []stretch{{8 + valueHead, 8 + told + 3}}},

		{"a number sign alone", []string{asBulk("#" + strings.Repeat("S", 5000))}, []stretch{{71, 5010}}},
		{"a number sign, and no letter", []string{asBulk("# 1" + strings.Repeat("S", 5000))}, []stretch{{71, 5012}}},
		{"39 digits", []string{asBulk(strings.Repeat("a", 39) + " " + strings.Repeat("S", 5000))}, []stretch{{71, 5049}}},
		{"41 digits", []string{asBulk(strings.Repeat("9", 41) + " " + strings.Repeat("S", 5000))}, []stretch{{71, 5051}}},
		{"40 digits, one in capitals", []string{asBulk(strings.Repeat("a", 39) + "A " + strings.Repeat("S", 5000))}, []stretch{{71, 5050}}},
		{"another kind of verbatim string", []string{strings.Replace(asVerbatim(infoText(5000)), "txt:", "mkd:", 1)}, []stretch{{71, 5013}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, start := range []uint32{1, 0xffffffff - 3000} {
				s := newSender(l, start)
				s.segment.from += 3*i + int(start%3)
				at := 0
				var got []stretch
				for _, payload := range c.send {
					got = append(got, s.send(t, at, payload)...)
					at += len(payload)
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("from %d on, left out %v, want %v", start, got, c.want)
				}
			}
		})
	}
}
