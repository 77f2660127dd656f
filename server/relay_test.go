package main

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// relay is the network between a laptop and the servers: it hands each
// connection to one of them, can be cut, and can fall silent.
type relay struct {
	address string
	servers []string

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
	silent   bool
}

func startRelay(t testing.TB, servers ...string) *relay {
	t.Helper()
	r := &relay{address: freeAddress(t), servers: servers, conns: map[net.Conn]bool{}}
	r.mend(t)
	t.Cleanup(r.cut)
	return r
}

// mend lets connections through again.
func (r *relay) mend(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.listener, r.silent = l, false
	r.mu.Unlock()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go r.carry(conn)
		}
	}()
}

// cut ends all connections and lets no new one through.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.listener.Close()
	for conn := range r.conns {
		_ = conn.Close()
	}
}

// hush lets bytes go nowhere while the connections stand.
func (r *relay) hush(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.silent = on
}

func (r *relay) carry(conn net.Conn) {
	defer conn.Close()
	server, err := net.DialTimeout("tcp", r.servers[rand.IntN(len(r.servers))], time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	r.mu.Lock()
	r.conns[conn], r.conns[server] = true, true
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.conns, conn)
		delete(r.conns, server)
		r.mu.Unlock()
	}()
	var both sync.WaitGroup
	both.Go(func() { r.pump(server, conn) })
	both.Go(func() { r.pump(conn, server) })
	both.Wait()
}

func (r *relay) pump(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		r.mu.Lock()
		silent := r.silent
		r.mu.Unlock()
		if n > 0 && !silent {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if err != io.EOF || !silent {
				return
			}
			<-time.After(10 * time.Millisecond)
		}
	}
}
