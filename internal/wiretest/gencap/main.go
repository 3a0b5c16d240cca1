// Gencap writes a capture of made-up traffic, for benchmarks:
//
//	go run ./internal/wiretest/gencap -kind small -commands 1000000 FILE
//
// The same arguments give the same file.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"ricochet/internal/wiretest"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "gencap:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("gencap", flag.ContinueOnError)
	name := flags.String("kind", wiretest.Small.String(), fmt.Sprintf("kind of traffic, one of %v", wiretest.Kinds()))
	commands := flags.Int("commands", 100000, "number of commands")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("want the name of the one file to write")
	}
	kind, err := wiretest.ParseKind(*name)
	if err != nil {
		return err
	}
	f, err := os.Create(flags.Arg(0))
	if err != nil {
		return err
	}
	return errors.Join(wiretest.Generate(f, kind, *commands), f.Close())
}
