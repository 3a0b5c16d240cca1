package archtest

// A pattern names folders by their path below the root: "detect" is that folder
// alone, "detect/..." the folder and all below it, "..." the whole tree.

// layer says what of this module the packages of a folder may import, apart
// from the standard library. It binds what is built, not tests.
type layer struct {
	packages string
	may      []string
}

// layers is the direction of imports. Of the rows that match, the first counts;
// folders that match none may import anything of this module.
func layers() []layer {
	return []layer{
		{"bpf/...", nil},
		{"capture", nil},
		{"capture/pcapfile", []string{"capture"}},
		{"capture/live", []string{"capture", "bpf"}},
		{"decode/resp", nil},
		{"decode/stream", nil},
		{"decode/frame", []string{"capture"}},
		{"decode/...", []string{"capture", "decode/..."}},
		{"detect/...", []string{"detect/..."}},
		{"internal/align", []string{"capture", "decode/frame"}},
		{"internal/confine", nil},
		{"internal/keep", []string{"capture", "decode", "decode/...", "internal/pcapng"}},
		// The lab is a source of truth of its own: what plays it may ask the
		// analyzer, but nothing that clients and servers are made of.
		{"internal/lab/world", nil},
		{"internal/lab/protocol", nil},
		{"internal/lab/tape", []string{"internal/lab/world", "internal/pcapng"}},
		{"internal/lab/server", []string{"internal/lab/world", "internal/lab/protocol"}},
		{"internal/lab/client", []string{"internal/lab/world", "internal/lab/protocol"}},
		{"internal/lab/conform", []string{"internal/lab/..."}},
		{"internal/lab/...", []string{"internal/lab/...", "internal/pipeline", "internal/report"}},
		{"internal/pcapng", nil},
		{"internal/replay", []string{"capture"}},
		{"internal/report/...", []string{"internal/report", "decode", "detect"}}, // the names of causes and rules
		{"internal/wiretest", []string{"capture"}},
	}
}

// dependency says where a module, or a package of this one, may be imported:
// anywhere in the folders of in, and in the tests of those of tests.
type dependency struct {
	path  string
	in    []string
	tests []string
}

// dependencies lists every module there is. One that is not listed may not be
// imported at all: a new one is a decision, and its place belongs to it.
func dependencies() []dependency {
	return []dependency{
		{"github.com/cilium/ebpf", []string{"bpf/...", "capture/live"}, []string{"internal/confine", "internal/e2e"}},
		{"golang.org/x/sys", []string{"bpf/...", "capture/live", "internal/confine", "internal/vmtest/..."}, []string{"internal/e2e"}},
		{"golang.org/x/net", []string{"capture/live"}, nil},
		{"github.com/vishvananda/netlink", []string{"capture/live"}, []string{"internal/e2e"}},
		{"github.com/vishvananda/netns", nil, []string{"capture/live", "internal/e2e"}},
		{"kernel.org/pub/linux/libs/security/libcap/cap", []string{"internal/confine"}, nil},
		{"github.com/landlock-lsm/go-landlock", []string{"internal/confine"}, nil},
		{"github.com/prometheus/client_golang", []string{"internal/report/metrics"}, []string{"cmd/...", "internal/e2e"}},
		{"github.com/klauspost/compress", []string{"capture/pcapfile", "internal/wiretest"}, []string{"..."}},
		{"github.com/google/gopacket", []string{"capture/pcapfile", "internal/wiretest", "internal/lab/tape"}, []string{"decode/frame", "internal/pipeline", "internal/pcapng"}},
		{"github.com/spf13/cobra", []string{"cmd/..."}, nil},
		{"github.com/spf13/pflag", []string{"cmd/..."}, nil},
		{"golang.org/x/term", []string{"cmd/..."}, nil},
		{"github.com/rogpeppe/go-internal", nil, []string{"..."}},
		{"github.com/tidwall/resp", []string{"internal/lab/protocol"}, []string{"decode/resp", "internal/wiretest", "internal/pipeline"}},
		{"github.com/valkey-io/valkey-go", nil, []string{"internal/lab/judge"}},
		{"github.com/redis/go-redis/v9", nil, []string{"internal/lab/judge"}},
		{"go.uber.org/goleak", nil, []string{"..."}},
		{"github.com/google/renameio/v2", []string{"cmd/..."}, nil},
		{"charm.land/bubbletea/v2", []string{"internal/tui"}, nil},
		{"charm.land/bubbles/v2", []string{"internal/tui"}, nil},
		{"charm.land/lipgloss/v2", []string{"internal/tui"}, nil},
		{"go.opentelemetry.io/otel", []string{"internal/tracing"}, []string{"cmd/..."}},
		{"go.opentelemetry.io/contrib", []string{"internal/tracing"}, nil},
		{"go.opentelemetry.io/proto/otlp", nil, []string{"internal/tracing"}},
		{"google.golang.org/grpc", nil, []string{"internal/tracing"}},
		{"google.golang.org/protobuf", nil, []string{"internal/tracing"}},
		{"github.com/chromedp/chromedp", nil, []string{"internal/report/html"}},
		{"github.com/chromedp/cdproto", nil, []string{"internal/report/html"}},
		{"go.yaml.in/yaml/v3", nil, []string{"deploy"}},
		{"ricochet/internal/testenv", nil, []string{"..."}},
		{"ricochet/internal/wiretest", []string{"internal/wiretest/..."}, []string{"..."}},
	}
}

// deterministic lists the folders whose output depends on their input alone.
func deterministic() []string { return []string{"decode/...", "detect/..."} }

// outside lists what deterministic code may not import: files, the network,
// chance, and the log. Of package time it may use all but the functions of clock.
func outside() []string {
	return []string{
		"crypto/rand", "hash/maphash", "io/fs", "io/ioutil", "log", "log/slog",
		"math/rand", "math/rand/v2", "net", "net/http", "os", "os/exec",
		"os/signal", "os/user", "path/filepath", "syscall",
	}
}

// clock lists the functions of package time that look at a clock or wait for it.
func clock() []string {
	return []string{
		"After", "AfterFunc", "NewTicker", "NewTimer", "Now", "Since", "Sleep",
		"Tick", "Until",
	}
}

// maxLines is the length of the longest file that needs no reason.
const maxLines = 400

// longFiles gives the reason of each file that is longer.
func longFiles() map[string]string {
	return map[string]string{
		"decode/commands.go": "a table: one case a command",
	}
}

// homes lists where a machine keeps what is its own: paths there are wrong elsewhere.
func homes() []string { return []string{"/home/", "/root/", "/Users/", "/work/"} }

// registries lists the hosts that packages come from, which are for the settings
// of each system to name. They are taken apart so that this file names none.
func registries() []string {
	var hosts []string
	for domain, names := range map[string][]string{
		"golang.org":       {"proxy.", "sum."},
		"debian.org":       {"archive.", "deb.", "ftp.", "security.", "snapshot."},
		"ubuntu.com":       {"archive.", "ports.", "security."},
		"npmjs.org":        {"registry."},
		"yarnpkg.com":      {"registry."},
		"pythonhosted.org": {"files."},
		"maven.org":        {"repo1."},
		"maven.apache.org": {"repo."},
		"io":               {"crates.", "docker.", "gcr.", "ghcr.", "goproxy.", "quay."},
		"org":              {"pypi.", "rubygems."},
	} {
		for _, name := range names {
			hosts = append(hosts, name+domain)
		}
	}
	return hosts
}
