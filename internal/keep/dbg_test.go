package keep_test
import ("testing";"fmt";"ricochet/internal/keep";"ricochet/capture")
func dbg(t *testing.T, packets []capture.Packet){
	w,_,_ := kept(t, keep.Options{}, packets)
	a,b := payloads(packets), payloads(w)
	for i := range a { 
		n:=0
		for k := range b[i].data { if b[i].data[k]==a[i].data[k] {n++} }
		fmt.Printf("%d %v seq %d len %d of %d, same %d: %q -> %q\n", i+1, a[i].flow[0].Port, a[i].seq, len(b[i].data), len(a[i].data), n, a[i].data[:min(40,len(a[i].data))], b[i].data[:min(40,len(b[i].data))]) }
}
