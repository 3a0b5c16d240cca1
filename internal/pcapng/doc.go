// Package pcapng writes capture files in the format of draft-ietf-opsawg-pcapng:
// sections, interfaces with a name and a description, and packets with a comment.
// Section numbers in comments are those of the draft.
//
// The Append functions make blocks of bytes, for those who keep account of what is in
// a file. A [Writer] puts them into an io.Writer.
//
// All that is written is little endian and has time stamps in nanoseconds. Text that
// is too long is cut, and what is not UTF-8 in it is replaced.
package pcapng
