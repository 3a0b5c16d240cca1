package topology
import ("testing";"os";"strings";"fmt";"strconv")
func TestDbg(t *testing.T){
if os.Getenv("DBG")=="" { t.Skip() }
 d,_:=os.ReadFile(os.Getenv("DBG"))
 l:=strings.Split(string(d),"\n")[1]
 s,_:=strconv.Unquote(strings.TrimSuffix(strings.TrimPrefix(l,"[]byte("),")"))
 m:=New()
 for _,x:=range scriptOf([]byte(s)) { play(t,m,x); fmt.Println(">",x); fmt.Print(describe(m)); fmt.Println(m.names) }
}
