package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	for _, c := range []struct {
		name string
		r    *Report
	}{{"bounced", bouncing()}, {"inconclusive", encrypted()}} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := c.r.WriteJSON(&b); err != nil {
				t.Fatal(err)
			}
			golden(t, "json-"+c.name+".txt", b.Bytes())
		})
	}
}

// oneOfEach makes every slice below v one element long, so that every list of
// the contract is there, and leaves the innermost ones nil.
func oneOfEach(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			oneOfEach(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		if v.Type().Elem().Kind() == reflect.Struct {
			for i := range v.Index(0).NumField() {
				if f := v.Index(0).Field(i); f.Kind() == reflect.Struct {
					oneOfEach(f)
				}
			}
		}
	}
}

func TestJSONHasNoNull(t *testing.T) {
	deep := &Report{}
	oneOfEach(reflect.ValueOf(deep).Elem())
	for name, r := range map[string]*Report{"empty": {}, "one of each": deep, "several": several()} {
		before := *r
		var b bytes.Buffer
		if err := r.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "null") {
			t.Errorf("%s: null in\n%s", name, b.String())
		}
		if !reflect.DeepEqual(*r, before) {
			t.Errorf("%s: the report was changed", name)
		}
	}
}

func TestJSONReadsBackAsItWas(t *testing.T) {
	want := several()
	var b bytes.Buffer
	if err := want.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(b.String(), "}\n") || strings.Count(b.String(), "\n}") != 1 {
		t.Error("not one indented object and a newline")
	}
	var got Report
	dec := json.NewDecoder(&b)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want.whole()) {
		t.Errorf("got %+v", got)
	}
}
