package listen

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the sandbox wrote down completes what was given, and its token goes to
// no other server.
func TestTarget(t *testing.T) {
	sandbox, empty, broken := t.TempDir(), t.TempDir(), t.TempDir()
	for folder, text := range map[string]string{sandbox: `{"baseURL":"http://127.0.0.1:8080","appToken":"AT_sandbox"}`, broken: `{"baseURL":`} {
		if err := os.WriteFile(filepath.Join(folder, "sandbox.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		folder, server, token string
		wantServer, wantToken string
		refusal               string
	}{
		{sandbox, "", "", "http://127.0.0.1:8080", "AT_sandbox", ""},
		{sandbox, "http://127.0.0.1:8080/", "", "http://127.0.0.1:8080", "AT_sandbox", ""},
		{sandbox, "", "AT_mine", "http://127.0.0.1:8080", "AT_mine", ""},
		{sandbox, "https://push.example.com", "", "", "", "--token is missing"},
		{empty, "https://push.example.com/", "AT_mine", "https://push.example.com", "AT_mine", ""},
		{empty, "", "AT_mine", "", "", "--server is missing"},
		{broken, "", "", "", "", "--server is missing"},
		{empty, "push.example.com", "AT_mine", "", "", "--server"},
		{empty, "https://u:secret@push.example.com", "AT_mine", "", "", "--server"},
	} {
		server, token, err := target(c.folder, c.server, c.token)
		if server != c.wantServer || token != c.wantToken || (err == nil) != (c.refusal == "") ||
			err != nil && (!strings.Contains(err.Error(), c.refusal) || strings.Contains(err.Error(), "secret@")) {
			t.Errorf("target(%q, %q): %q, %q, %v", c.server, c.token, server, token, err)
		}
	}
}
