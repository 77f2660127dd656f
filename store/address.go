package store

import (
	"errors"
	"net/url"
	"strings"
)

// address is where a store is.
type address struct {
	postgres bool
	target   string // PostgreSQL URL or path of the SQLite file
}

var errAddress = errors.New("want postgres://…, sqlite:/path/file.db or a path")

func parseAddress(s string) (address, error) {
	switch {
	case strings.HasPrefix(s, "postgres://"), strings.HasPrefix(s, "postgresql://"):
		return address{postgres: true, target: s}, nil
	case strings.Contains(s, "://"), s == "", strings.Contains(s, ":memory:"):
		return address{}, errAddress
	}
	path := strings.TrimPrefix(s, "sqlite:")
	if path == "" {
		return address{}, errAddress
	}
	return address{target: path}, nil
}

// redacted is the address without password, for error messages.
func (a address) redacted() string {
	if !a.postgres {
		return a.target
	}
	u, err := url.Parse(a.target)
	if err != nil {
		return "postgres://…"
	}
	u.RawQuery = ""
	return u.Redacted()
}
