package keep_test
import ("testing";"fmt";"ricochet/internal/keep";"ricochet/capture")
func dbg(t *testing.T, packets []capture.Packet){
	w,_,_ := kept(t, keep.Options{}, packets)
	a,b := payloads(packets), payloads(w)
	for i := range a { 
		fmt.Printf("%d %v seq %d len %d of %d,  %q -> %q\n", i+1, a[i].flow[0].Port, a[i].seq, len(b[i].data), len(a[i].data),  a[i].data[:min(90,len(a[i].data))], b[i].data[:min(90,len(b[i].data))]) }
}
