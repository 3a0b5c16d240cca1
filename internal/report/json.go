package report

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
)

// WriteJSON writes the report as one JSON object, indented by two spaces and
// followed by a newline. Lists and maps that are nil are written as [] and {},
// so that a reader never meets null. The report is not changed.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := newEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r.whole()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// whole returns a copy of the report with its timeline and no nil list or map.
func (r *Report) whole() Report {
	w := withoutNil(*r)
	w.Timeline = r.Moments()
	w.TimelineOmitted = int64(max(0, len(w.Timeline)-maxMoments))
	w.Timeline = w.Timeline[:min(len(w.Timeline), maxMoments)]
	return w
}

// newEncoder returns an encoder that leaves <, > and & alone: "a -> b" is to
// stay readable, and the output goes to programs and terminals, not into HTML.
func newEncoder(w io.Writer) *json.Encoder {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc
}

// withoutNil returns a copy of v in which every nil slice and nil map, however
// deep, is an empty one. It goes by reflection so that a field added to Report
// cannot be forgotten here.
func withoutNil[T any](v T) T {
	out := reflect.New(reflect.TypeFor[T]()).Elem()
	fillNil(out, reflect.ValueOf(v))
	return out.Interface().(T)
}

func fillNil(dst, src reflect.Value) {
	switch src.Kind() {
	case reflect.Struct:
		for i := range src.NumField() {
			fillNil(dst.Field(i), src.Field(i))
		}
	case reflect.Slice:
		dst.Set(reflect.MakeSlice(src.Type(), src.Len(), src.Len()))
		for i := range src.Len() {
			fillNil(dst.Index(i), src.Index(i))
		}
	case reflect.Map:
		if src.IsNil() {
			src = reflect.MakeMap(src.Type())
		}
		dst.Set(src)
	default:
		dst.Set(src)
	}
}
