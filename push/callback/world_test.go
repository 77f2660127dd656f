package callback

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"hongyan/push"
)

const secretOne = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
const secretTwo = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

// job is a callback to url with a Chinese command in it.
func job(url string) push.Job {
	return push.Job{Attempt: 1, FirstAt: time.Now(), Call: &push.Call{
		ID: "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", App: 97, URL: url, Secrets: []string{secretOne},
		Body: []byte(`{"action":"send_up_cmd","data":{"content":"重启服务器"}}`),
	}}
}

// wire is a network of pipes: it works inside a synctest bubble, where a
// minute takes no time.
type wire struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newWire() *wire { return &wire{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (w *wire) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case w.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-w.closed:
		return nil, errors.New("wire is closed")
	}
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error {
	w.once.Do(func() { close(w.closed) })
	return nil
}

func (w *wire) Addr() net.Addr { return &net.TCPAddr{} }

// developer is a developer's server on a wire, and the channel that calls it.
func developer(t *testing.T, h http.HandlerFunc) *Channel {
	t.Helper()
	w := newWire()
	server := &http.Server{Handler: h}
	done := make(chan struct{})
	go func() { defer close(done); server.Serve(w) }()
	c := New(Options{})
	c.transport = newTransport(w.dial)
	t.Cleanup(func() { c.Close(); server.Close(); <-done })
	return c
}

// rawDeveloper is a server that breaks HTTP: speak writes what it likes after
// each request.
func rawDeveloper(t *testing.T, speak func(net.Conn)) *Channel {
	t.Helper()
	w := newWire()
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := w.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer conn.Close()
				req, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				io.Copy(io.Discard, req.Body)
				speak(conn)
			})
		}
	})
	c := New(Options{})
	c.transport = newTransport(w.dial)
	t.Cleanup(func() { c.Close(); w.Close(); open.Wait() })
	return c
}
