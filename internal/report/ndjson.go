package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// ndjsonBuffer is the size of the output buffer of an NDJSON in bytes.
const ndjsonBuffer = 64 << 10

// NDJSON writes an analysis as one JSON object a line: the chains as they are
// found, then the findings, the failovers and the rest of the report. Each line
// has a field "type" that says which it is. Nothing is sure to be written before
// Close. It is not for concurrent use.
type NDJSON struct {
	w   *bufio.Writer
	enc *json.Encoder
	err error // the first error; nothing is written after it
}

// NewNDJSON returns an NDJSON that writes to w. It does not close w.
func NewNDJSON(w io.Writer) *NDJSON {
	b := bufio.NewWriterSize(w, ndjsonBuffer)
	return &NDJSON{w: b, enc: newEncoder(b)}
}

// Chain writes a line for c, which is not kept. Its Type is written as "chain"
// whatever it is. The error is the first one of any call, since a writer that
// failed is not tried again.
func (n *NDJSON) Chain(c *Chain) error {
	line := *c
	line.Type = "chain"
	if line.Hops == nil {
		line.Hops = []Hop{}
	}
	return n.line(line)
}

// Close writes the findings, the failovers and then the rest of r, and flushes.
// It reports the first error of any call.
func (n *NDJSON) Close(r *Report) error {
	full := r.whole()
	for _, f := range full.Findings {
		n.line(findingLine{"finding", f})
	}
	for _, f := range full.Failovers {
		n.line(failoverLine{"failover", f})
	}
	n.line(reportLine{Type: "report", Report: full})
	if n.err == nil {
		n.keep(n.w.Flush())
	}
	return n.err
}

func (n *NDJSON) line(v any) error {
	if n.err == nil {
		n.keep(n.enc.Encode(v))
	}
	return n.err
}

func (n *NDJSON) keep(err error) {
	if err != nil {
		n.err = fmt.Errorf("write report: %w", err)
	}
}

type findingLine struct {
	Type string `json:"type"` // "finding"
	Finding
}

type failoverLine struct {
	Type string `json:"type"` // "failover"
	Failover
}

// reportLine is a report without what has lines of its own: its two nil fields
// hide those of the same name in Report, being less deep, and are left out
// themselves.
type reportLine struct {
	Type string `json:"type"` // "report"
	Report
	Findings  *struct{} `json:"findings,omitempty"`
	Failovers *struct{} `json:"failovers,omitempty"`
}
