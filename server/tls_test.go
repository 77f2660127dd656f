package main

import (
	"strings"
	"testing"
)

// TestTLS_IsWholeOrAbsent: half of it would leave an operator believing that
// HTTPS is served. That it works, the guide's test shows.
func TestTLS_IsWholeOrAbsent(t *testing.T) {
	for _, c := range []struct {
		name, want string
		config     Config
	}{
		{"none", "", Config{}},
		{"all", "", Config{TLSListen: "127.0.0.1:443", TLSCert: "c", TLSKey: "k"}},
		{"no key", "all three", Config{TLSListen: "127.0.0.1:443", TLSCert: "c"}},
		{"no address", "all three", Config{TLSCert: "c", TLSKey: "k"}},
		{"the sandbox in public", "loopback only", Config{TLSListen: ":443", TLSCert: "c", TLSKey: "k"}},
	} {
		c.config.Listen = "127.0.0.1:8080"
		err := c.config.check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	c := Config{TLSListen: "127.0.0.1:0", TLSCert: "/nowhere", TLSKey: "/nowhere"}
	if _, err := c.listenTLS(); err == nil || !strings.Contains(err.Error(), "--tls-cert") {
		t.Errorf("a certificate that is not there: %v", err)
	}
}
