package server

import (
	"math/rand/v2"
	"strconv"
	"testing"
)

func TestScanSeesWhatIsThereAllTheTime(t *testing.T) {
	for seed := range uint64(50) {
		chance := rand.New(rand.NewPCG(seed, 1))
		d := newDataset()
		for i := range 200 {
			d.set("stays:"+strconv.Itoa(i), &entry{})
			d.set("goes:"+strconv.Itoa(i), &entry{})
		}
		seen := map[string]bool{}
		cursor := uint64(0)
		for steps := 0; ; steps++ {
			cursor = d.scan(cursor, 1+chance.Int64N(7), func(e *entry) { seen[e.key] = true })
			if cursor == 0 {
				break
			}
			if steps > 10*400 {
				t.Fatalf("seed %d: no end", seed)
			}
			for range chance.IntN(6) {
				name := strconv.Itoa(chance.IntN(200))
				switch chance.IntN(3) {
				case 0:
					d.set("goes:"+name, &entry{})
				case 1:
					d.set("stays:"+name, &entry{})
				default:
					d.remove("goes:" + name)
				}
			}
		}
		for i := range 200 {
			if key := "stays:" + strconv.Itoa(i); !seen[key] {
				t.Fatalf("seed %d: %s was not seen", seed, key)
			}
		}
	}
}

func TestScanOfNothingAndOfCursorsThatWereNeverGiven(t *testing.T) {
	d := newDataset()
	if got := d.scan(0, 10, nil); got != 0 {
		t.Errorf("nothing: cursor %d", got)
	}
	d.set("a", &entry{})
	d.set("b", &entry{})
	count := 0
	if got := d.scan(1<<63, 10, func(*entry) { count++ }); got != 0 || count != 2 {
		t.Errorf("a cursor behind the end: cursor %d, %d seen", got, count)
	}
}

func TestDatasetKnowsTheirPlaces(t *testing.T) {
	d := newDataset()
	for _, key := range []string{"a", "b", "c", "d"} {
		d.set(key, &entry{text: []byte(key)})
	}
	d.set("b", &entry{text: []byte("other")})
	for _, key := range []string{"a", "d", "d"} {
		if got, want := d.remove(key), d.get(key) != nil; got && want {
			t.Errorf("%s is still there", key)
		}
	}
	for i, e := range d.order {
		if e.place != i || d.get(e.key) != e {
			t.Errorf("place %d holds %s of place %d", i, e.key, e.place)
		}
	}
	if d.len() != 2 || string(d.get("b").text) != "other" {
		t.Errorf("%d are left, b is %q", d.len(), d.get("b").text)
	}
}
