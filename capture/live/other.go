//go:build !linux

package live

import "errors"

// open has nothing to capture with.
func open(*Options) (*Source, error) {
	return nil, errors.New("live capture needs Linux")
}

// follower follows the interfaces, on Linux.
type follower struct{}

func (*follower) close() {}
