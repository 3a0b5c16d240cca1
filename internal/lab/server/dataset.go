package server

// dataset is all values by their keys. It also has them in an order that depends on
// nothing but what was done to it, for SCAN and for the data that replicas get: Go
// iterates over maps by chance, and the lab has no chance but its seed.
type dataset struct {
	byKey map[string]*entry
	order []*entry
}

// entry is the value of a key: a string, or a list if items is not nil. A list has an
// element at least.
type entry struct {
	text  []byte
	items *list

	key   string
	place int // in the order of the dataset
}

func newDataset() *dataset { return &dataset{byKey: map[string]*entry{}} }

func (d *dataset) len() int { return len(d.order) }

// get returns the value of a key; nil: there is none.
func (d *dataset) get(key string) *entry { return d.byKey[key] }

// set gives a key a value, in place of the one that it has.
func (d *dataset) set(key string, e *entry) {
	e.key = key
	if old := d.byKey[key]; old != nil {
		e.place = old.place
		d.order[e.place] = e
	} else {
		e.place = len(d.order)
		d.order = append(d.order, e)
	}
	d.byKey[key] = e
}

// remove takes a key away, and tells whether it was there. The last of the order moves
// to its place.
func (d *dataset) remove(key string) bool {
	e := d.byKey[key]
	if e == nil {
		return false
	}
	delete(d.byKey, key)
	last := len(d.order) - 1
	d.order[e.place] = d.order[last]
	d.order[e.place].place = e.place
	d.order[last] = nil
	d.order = d.order[:last]
	return true
}

// scan passes over count values and hands them to visit. The cursor says how many are
// left: 0 begins, and 0 is returned at the end. Values only ever move to an earlier
// place, and scan goes from the last to the first: so what is there all the time is
// seen, though what moved may be seen twice.
func (d *dataset) scan(cursor uint64, count int64, visit func(*entry)) uint64 {
	left := uint64(len(d.order))
	if cursor != 0 {
		left = min(left, cursor)
	}
	for ; left > 0 && count > 0; count-- {
		left--
		visit(d.order[left])
	}
	return left
}
