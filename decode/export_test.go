package decode

// Held returns what a Table holds, in bytes for reassembly and for replies that are
// heard, and in slots for commands that wait. After Flush both are 0.
func (t *Table) Held() (bytes, slots int64) { return t.budget.Held + t.views.held, t.slots }
