package sandbox

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
)

// Transport answers the calls of an http.Client in memory: a request to any
// host meets API, on the goroutine that asked. Nothing outlives the request.
func (s *Sandbox) Transport() http.RoundTripper { return handlerTransport{s.API()} }

// handlerTransport lets a handler stand where a network would be.
type handlerTransport struct{ handler http.Handler }

// RoundTrip runs the handler. A handler that ends by http.ErrAbortHandler is
// a connection that was cut, before the header or within the body.
func (t handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	in.RemoteAddr = "127.0.0.1:0"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	out := &answerRecorder{header: http.Header{}}
	cut := out.run(t.handler, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if cut && out.status == 0 {
		return nil, errCut
	}
	return out.response(r, cut), nil
}

// errCut is what a client sees of a connection that ends without an answer.
var errCut = errors.New("connection cut: EOF")

type answerRecorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answerRecorder) Header() http.Header { return a.header }

func (a *answerRecorder) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answerRecorder) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// Flush is there because a real connection has it.
func (a *answerRecorder) Flush() { a.WriteHeader(http.StatusOK) }

// run reports whether the handler cut the connection.
func (a *answerRecorder) run(h http.Handler, r *http.Request) (cut bool) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			cut = true
		default:
			panic(p)
		}
	}()
	h.ServeHTTP(a, r)
	a.WriteHeader(http.StatusOK)
	return false
}

func (a *answerRecorder) response(r *http.Request, cut bool) *http.Response {
	var body io.Reader = &a.body
	length := int64(a.body.Len())
	if cut {
		body = io.MultiReader(body, brokenReader{})
		length = -1
	} else if n, err := strconv.ParseInt(a.header.Get("Content-Length"), 10, 64); err == nil && n > length {
		body, length = io.MultiReader(body, brokenReader{}), n
	}
	return &http.Response{
		Status: strconv.Itoa(a.status) + " " + http.StatusText(a.status), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
