package view

// readHello reads the reply to HELLO: a map of RESP3, or the same as a flat array
// (networking.c, helloCommand). A Sentinel does not say its role.
func readHello(r *Reply) []Node {
	top, ok := r.top()
	if !ok || !top.isList() {
		return nil
	}
	n := Node{Source: SourceHello, Self: true}
	for key, it := range top.pairs {
		switch string(key) {
		case "server":
			n.Software = it.text()
		case "version":
			n.Version = it.text()
		case "mode":
			n.Mode = mode(it.bytes())
		case "role":
			n.Role = role(it.bytes())
		}
	}
	if n.Role == "" && n.Mode == "sentinel" {
		n.Role = Sentinel
	}
	if n.Software == "" && n.Role == "" && n.Mode == "" {
		return nil
	}
	return []Node{n}
}
