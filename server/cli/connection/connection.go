// Package connection is how the client commands find the server and the app
// they speak for: what was given by flag or environment, completed by what the
// sandbox in the data folder wrote down. It asks nobody.
package connection

import (
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

var (
	// ErrNoServer: no address was given, and there is no sandbox.
	ErrNoServer = errors.New("no server is named")
	// ErrAddress: the address is none, or carries what does not belong there.
	ErrAddress = errors.New("not the address of a server")
)

// Target is a server and the app to act for.
type Target struct {
	Base  string // without a trailing slash
	Token string // empty: none was given
	Demo  string // UID of the sandbox's demo follower; empty elsewhere
	Clock string // where the sandbox's time is moved; empty elsewhere
}

// Find completes server and token by sandbox.json in the data folder, then by
// otherwise, where a server listens when nobody says. The sandbox's token goes
// to the sandbox only. Errors: ErrNoServer, ErrAddress.
func Find(data, server, token, otherwise string) (Target, error) {
	var sandbox struct {
		BaseURL  string `json:"baseURL"`
		AppToken string `json:"appToken"`
		UID      string `json:"uid"`
		ClockURL string `json:"clockURL"`
	}
	if raw, err := os.ReadFile(filepath.Join(data, "sandbox.json")); err == nil {
		_ = json.Unmarshal(raw, &sandbox) // a broken file is none
	}
	t := Target{Base: strings.TrimRight(server, "/"), Token: strings.TrimSpace(token)}
	for _, base := range []string{sandbox.BaseURL, otherwise} {
		if t.Base == "" {
			t.Base = base
		}
	}
	if t.Base == "" {
		return t, ErrNoServer
	}
	u, err := url.Parse(t.Base)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "http" && u.Scheme != "https" {
		return t, ErrAddress
	}
	if t.Base == sandbox.BaseURL {
		t.Clock = sandbox.ClockURL
	}
	if t.Base == sandbox.BaseURL && (t.Token == "" || t.Token == sandbox.AppToken) {
		t.Token, t.Demo = sandbox.AppToken, sandbox.UID
	}
	return t, nil
}
