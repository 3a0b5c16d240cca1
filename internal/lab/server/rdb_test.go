package server

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"ricochet/internal/lab/world"
	"ricochet/internal/testenv"
)

// sample is data with what a file has forms for: lengths of all sizes, bytes of all
// values, numbers, a list that went around its ring.
func sample() *keyspace {
	k := newKeyspace()
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	k.entries.set("", &entry{text: []byte("no name")})
	k.entries.set("empty", &entry{text: []byte{}})
	k.entries.set("number", &entry{text: []byte("-12345")})
	k.entries.set(string(all), &entry{text: all})
	k.entries.set("long", &entry{text: bytes.Repeat([]byte("0123456789"), 2000)})
	l := &list{}
	for i := range 300 {
		l.push(i%3 == 0, []byte(strconv.Itoa(i)))
	}
	l.push(false, nil)
	k.entries.set("list", &entry{items: l})
	return k
}

// sameData compares two sets of data and their orders.
func sameData(t *testing.T, got, want *dataset) {
	t.Helper()
	if got.len() != want.len() {
		t.Fatalf("%d keys, want %d", got.len(), want.len())
	}
	for i, w := range want.order {
		g := got.order[i]
		if g.key != w.key || g.typeName() != w.typeName() || !bytes.Equal(g.text, w.text) {
			t.Fatalf("place %d: %.50q is %s %.50q, want %.50q, %s %.50q", i, g.key, g.typeName(), g.text, w.key, w.typeName(), w.text)
		}
		if w.items == nil {
			continue
		}
		if g.items.len() != w.items.len() {
			t.Fatalf("%q has %d elements, want %d", g.key, g.items.len(), w.items.len())
		}
		for j := range w.items.len() {
			if !bytes.Equal(g.items.at(j), w.items.at(j)) {
				t.Fatalf("%q: element %d is %q, want %q", g.key, j, g.items.at(j), w.items.at(j))
			}
		}
	}
}

func TestLoadReadsWhatDumpWrites(t *testing.T) {
	for _, k := range []*keyspace{newKeyspace(), sample()} {
		got, err := load(dump(k))
		if err != nil {
			t.Fatal(err)
		}
		sameData(t, got, k.entries)
	}
}

// rdbFile is a file of the parts, with an end and a checksum.
func rdbFile(parts ...string) []byte {
	b := []byte(strings.Join(parts, "") + "\xff")
	return binary.LittleEndian.AppendUint64(b, crcOfPayload(b))
}

func TestLoadReadsWhatServersWrite(t *testing.T) {
	b := rdbFile("REDIS0011", "\xfa\x0avalkey-ver\x058.0.1", "\xfa\x0aredis-bits\xc0\x40",
		"\xfe\x00", "\xf4\x01\x02\x00", "\xfb\x03\x00", "\x00\x01a\xc0\xff", "\xf8\x05\x00\x01b\xc1\x39\x30", "\xf9\x07\x00\x01c\xc2\x00\x00\x00\x80")
	d, err := load(b)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"a": "-1", "b": "12345", "c": "-2147483648"} {
		if got := string(d.get(key).text); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		b    []byte
		want string
	}{
		{"nothing", nil, "not an RDB file"},
		{"something else", []byte("SQLite format 3"), "not an RDB file"},
		{"a later version", rdbFile("REDIS0080"), `version "0080"`},
		{"a version that is none", rdbFile("REDIS+011"), `version "+011"`},
		{"no end", []byte("REDIS0011"), "end is missing"},
		{"no checksum", []byte("REDIS0011\xff"), "end is missing"},
		{"another checksum", append([]byte("REDIS0011\xff"), 1, 2, 3, 4, 5, 6, 7, 8), "checksum is wrong"},
		{"something behind the end", append(rdbFile("REDIS0011"), 0), "end is missing"},
		{"a string that is cut", rdbFile("REDIS0011\x00\x01a\x50"), "a length or a string"},
		{"a string of 4 GiB", rdbFile("REDIS0011\x00\x01a\x81\x00\x00\x00\x01\x00\x00\x00\x00"), "a length or a string"},
		{"a list of nothing", rdbFile("REDIS0011\x01\x01a\x00"), "a length or a string"},
		{"a list of more than there is", rdbFile("REDIS0011\x01\x01a\x80\xff\xff\xff\xff"), "a length or a string"},
		{"another database", rdbFile("REDIS0011\xfe\x01"), "database 1"},
		{"a key that expires", rdbFile("REDIS0011\xfc\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01a\x01b"), "type 252"},
		{"a set", rdbFile("REDIS0011\x02\x01a\x01\x01b"), "type 2 "},
		{"a function", rdbFile("REDIS0011\xf5\x01a"), "type 245"},
		{"a key twice", rdbFile("REDIS0011\x00\x01a\x01b\x00\x01a\x01c"), "twice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := load(tt.b)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// What is loaded from any bytes is written so that it is loaded again.
func FuzzLoad(f *testing.F) {
	f.Add(dump(newKeyspace()))
	f.Add(dump(sample()))
	f.Add(rdbFile("REDIS0011\xfa\x01a\xc0\x40\xfe\x00\xfb\x02\x00\x00\x01a\xc1\x39\x30\x01\x01b\x02\x01x\x01y"))
	f.Add([]byte("REDIS0004\x00\x01a\x01b\xff"))
	f.Add([]byte("REDIS0011\x01\x01a\x80\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		// Few files have their right checksum by chance: with 0 it does not count.
		if n := len(b); n > 8 {
			b = append(b[:n-8:n-8], 0, 0, 0, 0, 0, 0, 0, 0)
		}
		d, err := load(b)
		if err != nil {
			if d != nil {
				t.Fatal("data and an error")
			}
			return
		}
		k := newKeyspace()
		k.entries = d
		again, err := load(dump(k))
		if err != nil {
			t.Fatal(err)
		}
		sameData(t, again, d)
	})
}

// valkey runs a valkey-server that ends with the test, and returns a function that asks
// it, by valkey-cli.
func valkey(t *testing.T, dir string, args ...string) func(words ...string) string {
	t.Helper()
	program, cli := testenv.RequireCommand(t, "valkey-server"), testenv.RequireCommand(t, "valkey-cli")
	port := strconv.Itoa(int(freePort(t)))
	log := filepath.Join(dir, "log")
	cmd := exec.Command(program, append([]string{
		"--port", port, "--bind", "127.0.0.1", "--dir", dir, "--logfile", log, "--save", "", "--repl-diskless-sync-delay", "0",
	}, args...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if text, _ := os.ReadFile(log); t.Failed() {
			t.Logf("%s", text)
		}
	})
	ask := func(words ...string) string {
		out, _ := exec.Command(cli, append([]string{"-p", port}, words...)...).CombinedOutput()
		return strings.TrimSpace(string(out))
	}
	until(t, "valkey-server answers", func() bool { return ask("PING") == "PONG" })
	return ask
}

func freePort(t *testing.T) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort().Port()
}

// until waits for something that is to come true.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

func TestServersReadWhatDumpWrites(t *testing.T) {
	dir := t.TempDir()
	k := sample()
	if err := os.WriteFile(filepath.Join(dir, "lab.rdb"), dump(k), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := valkey(t, dir, "--dbfilename", "lab.rdb")
	sameAsServer(t, k.entries, ask)
}

// sameAsServer asks a server for the values of all keys that have a printable name.
func sameAsServer(t *testing.T, d *dataset, ask func(...string) string) {
	t.Helper()
	if got := ask("DBSIZE"); got != strconv.Itoa(d.len()) {
		t.Errorf("%s keys, want %d", got, d.len())
	}
	for _, e := range d.order {
		if strings.ContainsRune(e.key, 0) {
			continue // no argument of a program
		}
		if e.items == nil {
			if got := ask("GET", e.key); got != string(e.text) {
				t.Errorf("%q is %.50q, want %.50q", e.key, got, e.text)
			}
			continue
		}
		var want []string
		for i := range e.items.len() {
			want = append(want, string(e.items.at(i)))
		}
		if got := ask("LRANGE", e.key, "0", "-1"); got != strings.TrimSpace(strings.Join(want, "\n")) {
			t.Errorf("%q is %.200q, want %.200q", e.key, got, want)
		}
	}
}

// live starts a node that strangers can reach, in a world that goes on until the test
// ends.
func live(t *testing.T) (*world.World, *Node) {
	t.Helper()
	w := world.New(world.Options{Seed: 1, Wire: world.Live})
	var n *Node
	var err error
	port := freePort(t)
	w.Do(func() { n, err = Start(w.Host("a", netip.MustParseAddr("127.0.0.1")), Options{Port: port}) })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- w.Run(ctx, 0) }()
	t.Cleanup(func() {
		cancel()
		<-ended
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w, n
}

func TestServersFollowANode(t *testing.T) {
	w, n := live(t)
	w.Do(func() { n.keys = sample() })
	port := strconv.Itoa(int(n.Addr().Port()))
	ask := valkey(t, t.TempDir(), "--replicaof", "127.0.0.1 "+port)
	until(t, "the server is a replica with data", func() bool {
		return strings.Contains(ask("INFO", "replication"), "master_link_status:up")
	})
	for _, words := range []string{
		"SET fresh 1", "SET fresh 2 XX GET", "INCR fresh", "RPUSH list last", "LPOP list 2", "GETDEL number",
		"GETSET empty full", "BRPOP list 0", "APPEND long x", "MSET m1 1 m2 2", "DEL m1",
	} {
		out, err := exec.Command("valkey-cli", append([]string{"-p", port}, strings.Fields(words)...)...).CombinedOutput()
		if err != nil || strings.HasPrefix(string(out), "ERR") {
			t.Fatalf("%s: %s %v", words, out, err)
		}
	}
	until(t, "the server has all changes", func() bool {
		var offset string
		w.Do(func() { offset = strconv.FormatInt(n.repl.offset, 10) })
		return strings.Contains(ask("INFO", "replication"), "slave_repl_offset:"+offset+"\r")
	})
	var d *dataset
	w.Do(func() { d, _ = load(dump(n.keys)) })
	sameAsServer(t, d, ask)
}

func BenchmarkDumpAndLoad(b *testing.B) {
	k := newKeyspace()
	for i := range 10000 {
		k.entries.set("key:"+strconv.Itoa(i), &entry{text: []byte("a value of 24 characters")})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := load(dump(k)); err != nil {
			b.Fatal(err)
		}
	}
}
