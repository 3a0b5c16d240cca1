// Package vmtest runs the tests of live capture on other kernels than the one
// of this machine: it boots each in a virtual machine whose only process is a
// small program, guest, which runs the steps that the test planned and reports
// what came of them. fetch brings the kernels. Outside of tests the package is
// only what the two sides have in common.
package vmtest
