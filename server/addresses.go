package main

import (
	"net"
	"net/netip"
	"net/url"
)

// reachedAt is how others reach a server that listens on addr, and how its own
// process does. The first begins every link; the second works even where the
// configured name leads elsewhere, as inside a container.
func reachedAt(c *Config, addr net.Addr) (base, inside string) {
	inside = "http://" + loopbackOf(addr.String())
	if c.BaseURL != "" {
		return c.BaseURL, inside
	}
	return inside, inside
}

// loopbackOf turns an address that means "every interface" into one that can
// be dialled.
func loopbackOf(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

// hostOf is the host:port of an address.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
