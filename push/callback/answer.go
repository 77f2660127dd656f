package callback

import (
	"io"
	"net/http"
	"strings"
	"unicode/utf8"
)

// maxAnswer bounds what is read of an answer's body, in bytes.
const maxAnswer = 64 << 10

// answer is what came back: the head, and as much of the body as was taken.
type answer struct {
	status     int
	retryAfter string
	packed     bool // the body came compressed, unasked
	body       []byte
	long       bool  // the body went on after maxAnswer
	err        error // the body broke off
}

// readAnswer takes the answer and closes its body. An answer that goes on and
// on costs the connection, nothing else.
func readAnswer(res *http.Response) answer {
	defer res.Body.Close()
	a := answer{
		status:     res.StatusCode,
		retryAfter: res.Header.Get("Retry-After"),
		packed:     res.Header.Get("Content-Encoding") != "",
	}
	if a.status == http.StatusSwitchingProtocols {
		return a // the body is the bare connection and ends with nobody's deadline
	}
	a.body, a.err = io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if len(a.body) > maxAnswer {
		a.body, a.long = a.body[:maxAnswer], true
	}
	return a
}

// clean makes foreign bytes fit for a log and any database: valid UTF-8, no
// NUL, at most maxAnswer bytes.
func clean(b []byte) string {
	s := strings.ToValidUTF8(string(b), "\uFFFD")
	s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	return cutBytes(s, maxAnswer)
}

// cutBytes returns the longest beginning of s that has at most max bytes and
// ends with a whole character.
func cutBytes(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max]
}
