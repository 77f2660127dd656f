package callback

import (
	"bytes"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzURL holds that a URL which passes names no address that is not public,
// and that net/http takes it.
func FuzzURL(f *testing.F) {
	f.Add("http://127.0.0.1:8080/")
	f.Add("https://例子.中国/回调")
	f.Fuzz(func(t *testing.T, raw string) {
		err := ValidateURL(raw, Options{})
		var invalid *URLError
		if err != nil {
			if !errors.As(err, &invalid) || invalid.Text == "" || !utf8.ValidString(invalid.Text) {
				t.Fatalf("%q: %#v", raw, err)
			}
			return
		}
		req, err := http.NewRequest(http.MethodPost, raw, nil)
		if err != nil {
			t.Fatalf("%q passed, net/http refuses it: %v", raw, err)
		}
		u, _ := url.Parse(raw)
		if u.User != nil || u.Scheme != "http" && u.Scheme != "https" || utf8.RuneCountInString(raw) > MaxURL {
			t.Fatalf("%q passed", raw)
		}
		if a, err := netip.ParseAddr(strings.TrimSuffix(req.URL.Hostname(), ".")); err == nil {
			a = a.Unmap()
			if a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || !a.IsGlobalUnicast() {
				t.Fatalf("%q passed, it names %s", raw, a)
			}
		}
	})
}

// FuzzReply holds that whatever a developer answers, the reply fits WeChat's
// passive text and any database.
func FuzzReply(f *testing.F) {
	f.Add([]byte(`{"reply":"已重启"}`), false)
	f.Add([]byte(`{"reply":["好"]}`), true)
	f.Fuzz(func(t *testing.T, body []byte, packed bool) {
		a := answer{status: 200, body: body[:min(len(body), maxAnswer)], long: len(body) > maxAnswer, packed: packed}
		text, note := reply(a)
		if text != "" && note != "" {
			t.Fatalf("reply %q and note %q", text, note)
		}
		if !utf8.ValidString(text) || len(text) > maxReplyBytes || utf8.RuneCountInString(text) > maxReplyRunes {
			t.Fatalf("reply of %d bytes: %q", len(text), text)
		}
		if strings.ContainsAny(text, "\x00\r\x07\x1b") || strings.TrimSpace(text) != text {
			t.Fatalf("reply %q", text)
		}
		if text != "" && (packed || !bytes.Contains(body, []byte("{"))) {
			t.Fatalf("reply %q out of %q", text, body)
		}
		if logged := clean(body); !utf8.ValidString(logged) || len(logged) > maxAnswer || strings.Contains(logged, "\x00") {
			t.Fatalf("logged %d bytes", len(logged))
		}
	})
}
