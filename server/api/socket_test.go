package api_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"hongyan/store/storetest"
)

// endless is n bytes of a JSON string that never ends.
func endless(n int64) io.Reader {
	return io.MultiReader(strings.NewReader(`{"content":"`), io.LimitReader(as{}, n))
}

type as struct{}

func (as) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

// readEnvelope reads one whole answer.
func readEnvelope(t *testing.T, resp *http.Response) answer {
	t.Helper()
	defer resp.Body.Close()
	var a answer
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("HTTP %d, %v", resp.StatusCode, err)
	}
	return a
}

func TestContract_AChunkedBodyWorks(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	server := httptest.NewServer(w)
	defer server.Close()
	body := fmt.Sprintf(`{"appToken":%q,"content":"好","uids":[%q]}`, w.token, w.uids[0])
	r, err := http.NewRequest("POST", server.URL+"/api/send/message", io.MultiReader(strings.NewReader(body[:7]), strings.NewReader(body[7:])))
	if err != nil {
		t.Fatal(err)
	}
	if r.ContentLength != 0 {
		t.Fatalf("the body is not chunked: length %d", r.ContentLength)
	}
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if a := readEnvelope(t, resp); a.Code != 1000 {
		t.Errorf("answered %d %s", a.Code, a.Msg)
	}
}

// TestF28_AClientThatSendsEverythingFirstReadsTheAnswer: many clients write the
// whole body before they read, so a body within the bound has to be taken.
func TestF28_AClientThatSendsEverythingFirstReadsTheAnswer(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	server := httptest.NewServer(w)
	defer server.Close()
	for _, path := range []string{"/api/send/message", "/api/nothing"} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		const size = 30 << 20
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", path, size)
		if n, err := io.Copy(conn, io.LimitReader(endless(size), size)); err != nil {
			t.Fatalf("%s: the server stopped reading after %d bytes: %v", path, n, err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: no answer: %v", path, err)
		}
		if a := readEnvelope(t, resp); a.Code != 1001 && a.Code != 1004 {
			t.Errorf("%s: answered %d %s", path, a.Code, a.Msg)
		}
	}
}

// TestF28_HundredMegabytesAreAnsweredAndNotKept: beyond the bound the server
// stops reading, and the answer still comes through to a client that reads
// while it sends.
func TestF28_HundredMegabytesAreAnsweredAndNotKept(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	server := httptest.NewServer(w)
	defer server.Close()
	const size = 100 << 20
	for name, length := range map[string]int64{"with its length": size, "chunked": -1} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r, err := http.NewRequest("POST", server.URL+"/api/send/message", io.LimitReader(endless(size), size))
			if err != nil {
				t.Fatal(err)
			}
			r.ContentLength = length
			began := time.Now()
			resp, err := server.Client().Do(r)
			if err != nil {
				t.Fatalf("no answer: %v", err)
			}
			a := readEnvelope(t, resp)
			if a.Code != 1001 || !strings.Contains(a.Msg, "1 MiB") {
				t.Errorf("answered %d %s", a.Code, a.Msg)
			}
			if took := time.Since(began); took > 6*time.Second {
				t.Errorf("answered after %s", took)
			}
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > 32<<20 {
				t.Errorf("%d MiB were allocated for a body that is refused", got>>20)
			}
		})
	}
	if n := w.rows(t, "message"); n != 0 {
		t.Errorf("%d messages were stored", n)
	}
}

// TestF28_ABodyThatStallsIsNotWaitedForLongerThanFiveSeconds: a client that
// promises more than it sends is answered all the same.
func TestF28_ABodyThatStallsIsNotWaitedForLongerThanFiveSeconds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	server := httptest.NewServer(w)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	began := time.Now()
	fmt.Fprint(conn, "POST /api/send/message HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\n")
	if _, err := io.Copy(conn, io.LimitReader(endless(2<<20), 2<<20)); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	if a := readEnvelope(t, resp); a.Code != 1001 {
		t.Errorf("answered %d %s", a.Code, a.Msg)
	}
	if took := time.Since(began); took > 7*time.Second {
		t.Errorf("answered after %s", took)
	}
}

// TestContract_AnyMethodAndPathIsAnsweredWithoutRedirect over a real
// connection, where net/http has its own ideas.
func TestContract_AnyMethodAndPathIsAnsweredWithoutRedirect(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	server := httptest.NewServer(w)
	defer server.Close()
	for _, line := range []string{
		"GET //api/send/message/SPT_x/a//b/../c", "GET /api/send/message/SPT_x/%E9%B8%BF%2F雁",
		"PATCH /api/send/message", "PROPFIND /api/x", "GET /api/./../api/send", "GET http://other.example/api/nothing",
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", line)
		raw, err := io.ReadAll(conn)
		conn.Close()
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(raw, []byte("HTTP/1.1 200 ")) || !bytes.Contains(raw, []byte(`{"code":100`)) || bytes.Contains(raw, []byte("Location:")) {
			t.Errorf("%s was answered\n%s", line, raw)
		}
	}
}
