// Package archtest holds the rules of the code base that a compiler does not:
// who may import whom, that the core knows neither clock nor file nor goroutine,
// that no package keeps state of its own, and that files stay short. It is a test
// and nothing else; rules_test.go lists the rules.
package archtest
