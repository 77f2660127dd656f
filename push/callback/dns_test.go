package callback

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// names is a DNS server of our own. Each look-up of a name takes the next of
// its answers; the last one stays.
type names struct {
	conn net.PacketConn

	mu      sync.Mutex
	answers map[string][]string
	asked   map[string]int
}

func newNames(t *testing.T, answers map[string][]string) *names {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &names{conn: conn, answers: answers, asked: map[string]int{}}
	done := make(chan struct{})
	go func() { defer close(done); n.serve() }()
	t.Cleanup(func() { conn.Close(); <-done })
	return n
}

// resolver asks n, whatever server the system is configured to ask.
func (n *names) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", n.conn.LocalAddr().String())
	}}
}

func (n *names) serve() {
	buf := make([]byte, 1500)
	for {
		size, from, err := n.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:size]) != nil || len(m.Questions) != 1 {
			continue
		}
		m.Response, m.Authoritative, m.Additionals = true, true, nil
		n.answer(&m)
		if reply, err := m.Pack(); err == nil {
			n.conn.WriteTo(reply, from)
		}
	}
}

// answer fills in the address if it is of the kind asked for. The questions
// for IPv4 and IPv6 come in any order and are counted apart.
func (n *names) answer(m *dnsmessage.Message) {
	n.mu.Lock()
	defer n.mu.Unlock()
	q := m.Questions[0]
	name := q.Name.String()
	list, ok := n.answers[name]
	if !ok {
		list, ok = n.answers["*"]
	}
	if !ok {
		m.RCode = dnsmessage.RCodeNameError
		return
	}
	look := name + q.Type.String()
	a := netip.MustParseAddr(list[min(n.asked[look], len(list)-1)])
	n.asked[look]++
	head := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, Type: q.Type}
	switch {
	case q.Type == dnsmessage.TypeA && a.Is4():
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: a.As4()}})
	case q.Type == dnsmessage.TypeAAAA && !a.Is4():
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
	}
}
