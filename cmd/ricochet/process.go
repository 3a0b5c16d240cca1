package main

import (
	"os"
	"strconv"
	"strings"

	"ricochet/internal/report"
)

// process says what the process costs. Its file is opened once, before the
// process gives up the right to open files.
type process struct {
	statm *os.File // nil where there is none
}

func openProcess() *process {
	f, err := os.Open("/proc/self/statm")
	if err != nil {
		f = nil
	}
	return &process{statm: f}
}

// cost returns what the process has used so far; what is not known is 0.
func (p *process) cost() report.Process {
	return report.Process{CPUSeconds: cpuSeconds(), MemoryBytes: p.resident()}
}

// resident returns the resident memory in bytes: the second field of statm, in
// pages (proc_pid_statm(5)).
func (p *process) resident() int64 {
	if p.statm == nil {
		return 0
	}
	var buf [128]byte
	n, _ := p.statm.ReadAt(buf[:], 0)
	fields := strings.Fields(string(buf[:n]))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

func (p *process) close() {
	if p != nil && p.statm != nil {
		p.statm.Close()
	}
}
