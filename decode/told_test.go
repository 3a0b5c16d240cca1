package decode_test

import (
	"fmt"
	"reflect"
	"strings"

	"ricochet/decode"
)

// describeTold writes down what was told, one server after the other, without what
// was not said.
func describeTold(x *decode.Told) string {
	var b strings.Builder
	b.WriteString("told")
	if x.FromClient {
		b.WriteString(" by the client")
	}
	if x.Asked.Packet != 0 {
		fmt.Fprintf(&b, " asked in %d", x.Asked.Packet)
	}
	if x.Bus != "" {
		b.WriteString(" bus " + x.Bus)
	}
	switch {
	case x.Order != nil:
		b.WriteString(" order" + fieldsOf(*x.Order))
	case x.Sync != nil:
		b.WriteString(" sync" + fieldsOf(*x.Sync))
	}
	for _, n := range x.Nodes {
		b.WriteString(" node" + fieldsOf(n))
	}
	return b.String()
}

// fieldsOf writes the fields of a struct that are not zero: {name:value ...}.
func fieldsOf(x any) string {
	v := reflect.ValueOf(x)
	var parts []string
	for i := range v.NumField() {
		if f := v.Field(i); !f.IsZero() {
			name := strings.ToLower(v.Type().Field(i).Name)
			if f.Kind() == reflect.Bool {
				parts = append(parts, name)
			} else {
				parts = append(parts, fmt.Sprintf("%s:%v", name, f))
			}
		}
	}
	return "{" + strings.Join(parts, " ") + "}"
}
