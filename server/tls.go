package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
)

// checkTLS refuses HTTPS that lacks a part.
func (c *Config) checkTLS() error {
	if given := c.TLSListen + c.TLSCert + c.TLSKey; given == "" || c.TLSListen != "" && c.TLSCert != "" && c.TLSKey != "" {
		return nil
	}
	return errors.New("HTTPS needs all three of --tls-listen, --tls-cert and --tls-key; leave all away when a proxy in front speaks HTTPS")
}

// listenTLS opens the address for HTTPS, or returns nil when there is none.
// The certificate is read once: a renewed one needs a restart. HTTP/1.1 only,
// which every client in the wild speaks.
func (c *Config) listenTLS() (net.Listener, error) {
	if c.TLSListen == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert and --tls-key: %w", err)
	}
	l, err := net.Listen("tcp", c.TLSListen)
	if err != nil {
		return nil, fmt.Errorf("--tls-listen %s: %w", c.TLSListen, err)
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}), nil
}
