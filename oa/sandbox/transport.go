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
	out := &answerRecorder{header: http.Header{}}
	cut := out.run(t.handler, served(r))
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return out.end(r, cut)
}

// Local carries requests to a handler of this process, each on a goroutine of
// its own: a caller who gives up does not wait for a handler that goes on, as
// with a server behind a socket. It is what SetCallback takes to post events
// without one.
func Local(h http.Handler) http.RoundTripper { return localTransport{h} }

type localTransport struct{ handler http.Handler }

// RoundTrip waits for the handler or for the end of the request's context.
func (t localTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	out := &answerRecorder{header: http.Header{}}
	done := make(chan bool, 1)
	go func() { done <- out.run(t.handler, served(r)) }()
	select {
	case cut := <-done:
		return out.end(r, cut)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// served is r as a server reads it.
func served(r *http.Request) *http.Request {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	in.RemoteAddr = "127.0.0.1:0"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	return in
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

// end is what the client gets of an answer, whole or cut.
func (a *answerRecorder) end(r *http.Request, cut bool) (*http.Response, error) {
	if cut && a.status == 0 {
		return nil, errCut
	}
	return a.response(r, cut), nil
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
