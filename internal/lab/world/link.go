package world

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// ErrOverrun is what a handler gets when the other end has read so little of what was
// sent that the connection was reset.
var ErrOverrun = errors.New("connection overrun")

const (
	// maxUnsent is how many bytes a connection keeps for another end that does not
	// read.
	maxUnsent = 64 << 20
	// maxQueued is how many bytes of a connection are kept, with what keeping them
	// takes, while they are under way or their host is deaf: like the buffer of a
	// socket. Beyond it they stay in the kernel's.
	maxQueued = 256 << 10
	// queueCost is what it takes to keep some bytes.
	queueCost = 256
	// maxRead is how many bytes are read at a time.
	maxRead = 16 << 10
	// maxWrite is how many bytes are written at a time.
	maxWrite = 64 << 10
	// linger is how long the other end may go on after this one has closed the
	// connection, to read the rest and to close, too.
	linger = 5 * time.Second
)

// link is a socket of Live with two goroutines: one reads and enters the world with
// what came, one writes.
type link struct {
	world  *World
	conn   *Conn
	socket *net.TCPConn
	peer   *Host         // at the other end; nil: none of the world's, as far as is known
	last   time.Duration // when the latest bytes arrive: none overtake others
	queued int           // cost of the events that have not been played

	mu        sync.Mutex
	work      sync.Cond // for the writer
	out       []byte    // what it has to write
	writing   int       // bytes that it is about to
	overrun   bool      // more than it could take: the rest is lost
	finishing bool      // a FIN comes after out
	gone      bool      // the socket is closed, or as good as that
	ended     chan struct{}

	taken    atomic.Uint64 // bytes that the kernel was given
	finished atomic.Bool   // and the FIN
}

// link makes a socket the wire of a connection.
func (v *live) link(c *Conn, s *net.TCPConn) *link {
	k := &link{world: v.world, conn: c, socket: s, ended: make(chan struct{})}
	k.work.L = &k.mu
	c.wire, c.link = k, k
	c.host.adopt(c)
	v.links[k] = struct{}{}
	v.tasks.Go(k.read)
	v.tasks.Go(k.write)
	return k
}

// read is the goroutine that reads. It is also the one that tidies up.
func (k *link) read() {
	buf := make([]byte, maxRead)
	for {
		n, err := k.socket.Read(buf)
		if n > 0 && !k.deliver(buf[:n], nil) {
			break
		}
		if err == io.EOF {
			k.deliver(nil, io.EOF)
			break
		}
		if err != nil {
			k.abandon()
			if !errors.Is(err, net.ErrClosed) && !errors.Is(err, os.ErrDeadlineExceeded) {
				k.deliver(nil, ErrReset)
			}
			break
		}
	}
	<-k.ended
	k.socket.Close()
	w := k.world
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.live.links, k)
	if !k.conn.server {
		delete(w.live.dialled, k.conn.local)
	}
}

// deliver enters the world with what came, and tells whether there is still a world.
func (k *link) deliver(data []byte, end error) bool {
	w, c := k.world, k.conn
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.live.enter(k.room) {
		return false
	}
	d := k.latency()
	if d > 0 || k.last > w.now || k.queued > 0 || c.host.deaf {
		e := w.arrival(c, end)
		e.data = append(e.data, data...)
		e.cost = len(data) + queueCost
		k.queued += e.cost
		k.last = max(k.last, w.now+d)
		w.push(k.last, e)
		return true
	}
	if end == nil {
		c.receive(data)
		c.arrive(data)
	} else {
		c.hangUp(end)
		c.over(end)
	}
	w.flush()
	return true
}

// room tells whether there is room in the queue.
func (k *link) room() bool { return k.queued <= maxQueued || k.conn.closed }

// played makes room in the queue.
func (k *link) played(cost int) {
	k.queued -= cost
	k.world.live.stir()
}

// latency is how long bytes take from the other end, apart from what they took.
func (k *link) latency() time.Duration {
	v := k.world.live
	if k.peer == nil && k.conn.server {
		k.peer = v.dialled[k.conn.remote] // there before its host could send
	}
	if k.peer == nil {
		return 0
	}
	return v.world.latency(k.peer, k.conn.host)
}

// write is the goroutine that writes.
func (k *link) write() {
	defer close(k.ended)
	var batch []byte
	for {
		k.mu.Lock()
		k.writing = 0
		for len(k.out) == 0 && !k.finishing && !k.gone {
			k.work.Wait()
		}
		if cap(batch) > 4*maxSegment {
			batch = nil
		}
		batch, k.out = k.out, batch[:0]
		k.writing = len(batch)
		gone := k.gone
		k.mu.Unlock()
		if gone {
			return
		}
		if len(batch) == 0 {
			k.finished.Store(true)
			k.socket.CloseWrite() // if it fails, the reader sees why
			return
		}
		for rest := batch; len(rest) > 0; {
			n := min(len(rest), maxWrite)
			// Before the other end can answer, not after.
			k.taken.Add(uint64(n))
			if _, err := k.socket.Write(rest[:n]); err != nil {
				k.abandon() // the reader sees why
				return
			}
			rest = rest[n:]
		}
	}
}

// delivered is what has reached the kernel of the other end, on loopback: how many
// bytes, and whether the FIN has.
func (k *link) delivered() (uint64, bool) { return k.taken.Load(), k.finished.Load() }

func (k *link) send(data []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.overrun || k.gone:
	case len(k.out)+k.writing+len(data) > maxUnsent:
		k.overrun = true
		k.world.live.stats.Overruns++
		k.world.push(0, k.world.arrival(k.conn, ErrOverrun))
	default:
		k.out = append(k.out, data...)
		k.work.Signal()
	}
}

func (k *link) finish() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.finishing = true
	k.work.Signal()
	k.socket.SetDeadline(time.Now().Add(linger)) // if it fails, it is closed already
	k.world.live.stir()
}

func (k *link) reset() {
	k.abandon()
	k.socket.SetLinger(0) // if it fails, it is closed already
	k.socket.Close()
	k.world.live.stir()
}

// abandon has the writer give up, if it does not write.
func (k *link) abandon() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gone = true
	k.work.Signal()
}
