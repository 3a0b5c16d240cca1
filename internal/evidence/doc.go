// Package evidence writes the packets that prove the findings of a report, and says
// of each what it is in the story.
//
// It reads a capture that was analysed once more: a Story is told each chain while
// the analysis runs; with the report it makes a Plan, which says what connections
// matter when, and which packets get a comment; Write goes through the packets again
// and hands on those of the plan.
//
//	analysis ──► Story ──► Plan ──► Write ──► keep.Writer
//	                ▲                 ▲
//	             report         the same packets again
package evidence
