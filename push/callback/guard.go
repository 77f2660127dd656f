package callback

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// ErrRefused is wrapped by every error that says an address is not public and
// not allowed by Setting.
var ErrRefused = errors.New("address is not public, allow it by " + Setting)

func refused(err error) bool { return errors.Is(err, ErrRefused) }

// guard knows which addresses may be reached. It is asked after the name was
// resolved, at every dial, so a name that changes its address between two
// look-ups wins nothing.
type guard struct {
	allow []netip.Prefix
	hosts map[string]bool // "host:port", the host as hostKey spells it
	rules *ssrf.Guardian
}

func newGuard(o Options) *guard {
	g := &guard{allow: o.Allow, hosts: map[string]bool{}, rules: ssrf.New(ssrf.WithAnyPort())}
	for _, h := range o.AllowHosts {
		if host, port, err := net.SplitHostPort(h); err == nil {
			g.hosts[hostKey(host, port)] = true
		}
	}
	return g
}

// hostKey spells a target so that equal targets are equal strings: lower
// case, without the dot at the end of a rooted name.
func hostKey(host, port string) string {
	return net.JoinHostPort(strings.TrimSuffix(strings.ToLower(host), "."), port)
}

// allowsHost tells whether the operator listed this very target.
func (g *guard) allowsHost(host, port string) bool { return g.hosts[hostKey(host, port)] }

// check returns nil if a may be reached. An IPv4 address inside an IPv6 one
// is judged as the IPv4 address it is.
func (g *guard) check(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	for _, p := range g.allow {
		if p.Contains(a) {
			return nil
		}
	}
	if err := g.rules.SafeAddr(a); err != nil {
		return fmt.Errorf("%s: %w", a, ErrRefused)
	}
	return nil
}

// control is the dialer's last question before it connects.
func (g *guard) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || (network != "tcp4" && network != "tcp6") {
		return fmt.Errorf("%s %q: %w", network, address, ErrRefused)
	}
	return g.check(at.Addr())
}

// dialer returns a dial function that asks the guard. A nil resolver means
// the system's.
func (g *guard) dialer(r *net.Resolver) func(ctx context.Context, network, addr string) (net.Conn, error) {
	open := &net.Dialer{Timeout: Timeout, KeepAlive: 30 * time.Second, Resolver: r}
	guarded := *open
	guarded.ControlContext = g.control
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		if g.allowsHost(host, port) {
			return open.DialContext(ctx, network, addr)
		}
		return guarded.DialContext(ctx, network, addr)
	}
}

// newTransport returns an HTTP/1.1 transport that never uses a proxy (a proxy
// would dial in our place, past the guard), never unpacks an answer, and keeps
// few idle connections.
func newTransport(dial func(ctx context.Context, network, addr string) (net.Conn, error)) *http.Transport {
	var http1 http.Protocols
	http1.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            dial,
		DisableCompression:     true,
		Protocols:              &http1,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
	}
}
