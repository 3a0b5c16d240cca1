package keep

import (
	"crypto/rand"
	"crypto/sha256"
)

// blank stands for bytes that are not to be seen.
const blank = 'x'

// headLen is how many bytes of an argument tell it from another one: as many as
// package decode folds into the fingerprint of a command.
const headLen = 64

// unique is how many bytes of a filler depend on what it replaces, six bits each.
const unique = 20

// alphabet is what fillers consist of: 64 bytes that may be part of the name of
// a command and need no quotes in an inline command. No command begins with one.
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

// filler replaces values such that equal ones stay equal and others differ, as
// far as their length allows. It depends on a key that is drawn for each run and
// never written, so that guesses at a value cannot be tried on the file.
type filler struct {
	input [keyLen + headLen]byte // the key, then the value
	out   [headLen]byte
}

// keyLen is the length of the key in bytes. With it a value of up to 39 bytes
// takes one block of SHA-256.
const keyLen = 16

func newFiller() *filler {
	f := &filler{}
	rand.Read(f.input[:keyLen]) // never fails (crypto/rand)
	return f
}

// of returns filler for a value that starts with head, of which up to headLen
// bytes count. It is as long as those and valid until the next call.
func (f *filler) of(head []byte) []byte {
	n := copy(f.input[keyLen:], head)
	sum := sha256.Sum256(f.input[:keyLen+n])
	for i := range min(n, unique) {
		f.out[i] = alphabet[sum[i]%uint8(len(alphabet))]
	}
	for i := unique; i < n; i++ {
		f.out[i] = blank
	}
	return f.out[:n]
}

// ofName is of for the name of a command, of which the case does not matter.
func (f *filler) ofName(name []byte) []byte {
	var upper [headLen]byte
	n := copy(upper[:], name)
	for i := range upper[:n] {
		upper[i] = capital(upper[i])
	}
	return f.of(upper[:n])
}

func capital(b byte) byte {
	if b >= 'a' && b <= 'z' {
		return b - ('a' - 'A')
	}
	return b
}
