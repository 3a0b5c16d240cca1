package pipeline_test

import (
	"fmt"
	"slices"

	"ricochet/internal/report"
)

// contradictions says what in a report contradicts itself, or is claimed without
// a packet to show for it.
func contradictions(r *report.Report) []error {
	var out []error
	complain := func(format string, args ...any) { out = append(out, fmt.Errorf(format, args...)) }
	var bounced int64
	for _, f := range r.Findings {
		if f.Rule == "bounce" || f.Rule == "self-redirect" || f.Rule == "unreachable-target" {
			bounced += f.Commands
		}
		if !slices.Contains(knownRules(), f.Rule) || !slices.Contains(knownCauses(), f.Cause.ID) && f.Cause.ID != "" {
			complain("%s: rule %s, cause %s", f.ID, f.Rule, f.Cause.ID)
		}
		if f.Cause.Confidence == "certain" && !shown(f.Cause.Evidence) {
			complain("%s: cause %s is certain without a packet that shows it", f.ID, f.Cause.ID)
		}
		if f.Partial && f.Cause.Confidence == "certain" && len(r.Captures) == 1 {
			complain("%s: cause %s is certain though half of it was not seen", f.ID, f.Cause.ID)
		}
	}
	if bounced != r.Totals.BouncedCommands {
		complain("findings have %d commands, %d bounced", bounced, r.Totals.BouncedCommands)
	}
	for _, f := range r.Failovers {
		if !shown(f.Evidence) {
			complain("%s: no packet shows it", f.ID)
		}
		if len(f.Conformance) != len(knownChecks()) {
			complain("%s: %d checks", f.ID, len(f.Conformance))
		}
		for _, c := range f.Conformance {
			if c.Result == "violated" && (c.Count == 0 || !shown(c.Evidence)) {
				complain("%s: %s is violated without a packet that shows it", f.ID, c.Check)
			}
		}
	}
	return out
}

// shown reports whether some evidence names a packet.
func shown(evidence []report.Evidence) bool {
	return slices.ContainsFunc(evidence, func(e report.Evidence) bool { return e.Packet > 0 })
}
