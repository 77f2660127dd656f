package main

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
)

// sources finds out who a request comes from, once for all faces: it leaves the
// client's address in RemoteAddr, an IPv6 one as its /64, since that is what
// one customer has. X-Forwarded-For counts only as far as trusted proxies wrote
// it; every other header that claims an address is ignored.
type sources struct {
	trusted []netip.Prefix
	warn    func(proxy string) // called once for a proxy nobody told us of
	once    sync.Once
}

// trustedProxies reads addresses and networks in CIDR notation.
func trustedProxies(list []string) (trusted []netip.Prefix, err error) {
	for _, one := range list {
		one = strings.TrimSpace(one)
		if prefix, err := netip.ParsePrefix(one); err == nil {
			trusted = append(trusted, prefix.Masked())
			continue
		}
		addr, err := netip.ParseAddr(one)
		if err != nil {
			return nil, fmt.Errorf("--trusted-proxies %q: give addresses or networks, such as 127.0.0.1 or 10.0.0.0/8", one)
		}
		addr = addr.Unmap().WithZone("")
		trusted = append(trusted, netip.PrefixFrom(addr, addr.BitLen()))
	}
	return trusted, nil
}

func (s *sources) trust(addr netip.Addr) bool {
	for _, prefix := range s.trusted {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// mostHops is how many proxies in a row are followed.
const mostHops = 16

// client is the right-most address that no trusted proxy has. What stands left
// of it, or left of something that is no address, anybody can have written.
func (s *sources) client(peer netip.Addr, forwarded []string) netip.Addr {
	rest := strings.Join(forwarded, ",")
	at := peer
	for range mostHops {
		if !s.trust(at) || rest == "" {
			break
		}
		cut := strings.LastIndexByte(rest, ',')
		next, ok := address(rest[cut+1:])
		if !ok {
			break
		}
		at, rest = next, rest[:max(cut, 0)]
	}
	return at
}

// address reads an address with or without a port, brackets or a zone.
func address(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		with, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}, false
		}
		addr = with.Addr()
	}
	return addr.Unmap().WithZone(""), true
}

// asSource is how an address is counted.
func asSource(addr netip.Addr) string {
	if addr.Is6() {
		if prefix, err := addr.Prefix(64); err == nil {
			addr = prefix.Addr()
		}
	}
	return net.JoinHostPort(addr.String(), "0")
}

// handler hands requests on with the client's address. A connection that
// carried a chunked body is closed after the answer: net/http hides whether the
// request had a Content-Length too, and what a proxy in front took for the rest
// of that body must not be read as a request.
func (s *sources) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		peer, ok := address(r.RemoteAddr)
		if !ok { // a request made in the process
			next.ServeHTTP(w, r)
			return
		}
		forwarded := r.Header.Values("X-Forwarded-For")
		if len(forwarded) > 0 && !s.trust(peer) && (peer.IsLoopback() || peer.IsPrivate()) && s.warn != nil {
			s.once.Do(func() { s.warn(peer.String()) })
		}
		in := *r // shallow: only RemoteAddr differs
		in.RemoteAddr = asSource(s.client(peer, forwarded))
		next.ServeHTTP(w, &in)
	})
}
