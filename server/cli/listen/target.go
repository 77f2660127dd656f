package listen

import (
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// target completes what was given by what the sandbox in the data folder wrote
// down. Its token goes to no other server.
func target(data, server, token string) (base, with string, err error) {
	var sandbox struct {
		BaseURL  string `json:"baseURL"`
		AppToken string `json:"appToken"`
	}
	if raw, err := os.ReadFile(filepath.Join(data, "sandbox.json")); err == nil {
		_ = json.Unmarshal(raw, &sandbox) // what cannot be read is not there
	}
	if server == "" {
		server = sandbox.BaseURL
	}
	if server == "" {
		return "", "", errors.New("--server is missing: give the address of the platform, or HONGYAN_SERVER in the environment (there is no sandbox in the data folder)")
	}
	server = strings.TrimRight(server, "/")
	if u, err := url.Parse(server); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" {
		return "", "", errors.New("--server: give scheme and host and nothing secret, such as https://push.example.com")
	}
	if token == "" && server == sandbox.BaseURL {
		token = sandbox.AppToken
	}
	if token == "" {
		return "", "", errors.New("--token is missing: give the app's appToken, best as HONGYAN_TOKEN in the environment")
	}
	return server, token, nil
}
