package api

import (
	"net/http"
	"strings"
)

// route is one line of the contract. A path segment {} matches one segment,
// {...} at the end matches the rest of the raw path, slashes and all.
type route struct {
	method    string
	path      string
	call      func(*request) (any, error)
	image     func(http.ResponseWriter, *request)
	anyOrigin bool
}

// request is a call as a handler sees it.
type request struct {
	*http.Request
	path  string   // raw path behind /api/, still percent-encoded
	args  []string // what {} and {...} matched, decoded
	query values

	token    string // of the app, once admitted
	admitted bool
}

// values are query parameters; of a repeated name the first counts.
type values map[string]string

// split takes the request line apart without http.ServeMux and net/url: the
// one redirects paths with // and .., the other silently drops a query value
// with a bare % or a semicolon.
func split(r *http.Request) request {
	line := r.RequestURI
	if line == "" { // a request made in the process, not read from a socket
		line = r.URL.RequestURI()
	}
	if i := strings.Index(line, "://"); i >= 0 && !strings.HasPrefix(line, "/") {
		line = line[i+3:] // absolute form, as sent to a proxy
		if slash := strings.IndexByte(line, '/'); slash >= 0 {
			line = line[slash:]
		}
	}
	path, query, _ := strings.Cut(line, "?")
	path = strings.TrimLeft(path, "/")
	path = strings.TrimLeft(strings.TrimPrefix(path, "api"), "/")
	return request{Request: r, path: path, query: parseQuery(query)}
}

// find returns the first route of the request's method that matches, or nil.
// OPTIONS finds the routes that answer a preflight.
func (a *API) find(q *request) *route {
	for i := range a.routes {
		rt := &a.routes[i]
		preflight := rt.anyOrigin && q.Method == http.MethodOptions
		head := rt.image != nil && q.Method == http.MethodHead
		if rt.method != q.Method && !preflight && !head {
			continue
		}
		if args, ok := match(rt.path, q.path); ok {
			q.args = args
			return rt
		}
	}
	return nil
}

// match compares a raw path with a pattern. Empty segments and a trailing
// slash do not count, except inside what {...} takes.
func match(pattern, path string) (args []string, ok bool) {
	for pattern != "" {
		var want, got string
		want, pattern, _ = strings.Cut(pattern, "/")
		path = strings.TrimLeft(path, "/")
		if want == "{...}" {
			return append(args, unescape(path, false)), path != ""
		}
		got, path, _ = strings.Cut(path, "/")
		got = unescape(got, false)
		switch {
		case got == "":
			return nil, false
		case want == "{}":
			args = append(args, got)
		case want != got:
			return nil, false
		}
	}
	return args, strings.Trim(path, "/") == ""
}

// parseQuery reads name=value pairs joined by & and nothing else.
func parseQuery(raw string) values {
	v := values{}
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		name, value, _ := strings.Cut(pair, "=")
		name = unescape(name, true)
		if _, seen := v[name]; !seen && name != "" {
			v[name] = unescape(value, true)
		}
	}
	return v
}

// unescape decodes %XX and leaves a broken escape as it stands. In a query a
// plus is a space.
func unescape(s string, query bool) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			out = append(out, fromHex(s[i+1])<<4|fromHex(s[i+2]))
			i += 2
		case s[i] == '+' && query:
			out = append(out, ' ')
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func fromHex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}
