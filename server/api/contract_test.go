package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"hongyan/store"
)

// The tests named TestContract_… are the wire contract to be read: raw
// requests, and the bytes that answer them. In requests and answers TOKEN, SPT,
// UID1, UID2, APP and TOPIC stand for the values of the world, and in an answer
// # stands for a positive whole number that is not known beforehand.

// call is one request and its whole answer.
type call struct{ name, method, target, body, want string }

// wire is the API behind a real socket, and a client that knows nothing of it.
type wire struct {
	*world
	address string
	fill    *strings.Replacer
}

func newWire(t testing.TB, db *store.DB) *wire {
	t.Helper()
	w := newWorld(t, db)
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	return &wire{world: w, address: server.Listener.Addr().String(), fill: strings.NewReplacer(
		"TOKEN", w.token, "SPT0", string(w.spt), "UID1", string(w.uids[0]), "UID2", string(w.uids[1]),
		"APP", fmt.Sprint(w.app.ID), "TOPIC", fmt.Sprint(w.topic.ID))}
}

// raw sends the bytes of a request and returns the answer and its body.
func (w *wire) raw(t testing.TB, method, target, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body = w.fill.Replace(body)
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: client.example\r\nConnection: close\r\n", method, w.fill.Replace(target))
	for _, header := range headers {
		fmt.Fprintf(conn, "%s\r\n", header)
	}
	if body != "" {
		fmt.Fprintf(conn, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	fmt.Fprintf(conn, "\r\n%s", body)
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(got)
}

// says sends a request and wants HTTP 200 with exactly these bytes.
func (w *wire) says(t testing.TB, c call) string {
	t.Helper()
	resp, got := w.raw(t, c.method, c.target, c.body)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/json;charset=utf-8" ||
		resp.Header.Get("Location") != "" || resp.Header.Get("Content-Encoding") != "" {
		t.Errorf("%s: HTTP %d, %v", c.name, resp.StatusCode, resp.Header)
	}
	want := strings.ReplaceAll(regexp.QuoteMeta(w.fill.Replace(c.want)), `#`, `([1-9][0-9]*)`)
	if !regexp.MustCompile("^" + want + "$").MatchString(got) {
		t.Errorf("%s: %s %s answered\n%s\nwant\n%s", c.name, c.method, c.target, got, w.fill.Replace(c.want))
	}
	return got
}

func (w *wire) all(t *testing.T, calls []call) {
	t.Helper()
	for _, c := range calls {
		t.Run(c.name, func(t *testing.T) { w.says(t, c) })
	}
}

// exec changes the database as another part of the platform would.
func (w *wire) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	err := w.db.Update(context.Background(), func(tx *store.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ok and refused are the two kinds of answers.
func ok(data string) string {
	return `{"code":1000,"msg":"处理成功","data":` + data + `,"success":true}`
}

func refused(msg string) string {
	return `{"code":1001,"msg":"` + msg + `","data":null,"success":false}`
}

// sent, sentTo and failed are items of a send answer.
func sent(uid, topic string) string {
	return `{"uid":` + uid + `,"topicId":` + topic + `,"messageId":#,"messageContentId":#,"sendRecordId":#,"code":1000,"status":"创建发送任务成功"}`
}

func failed(uid, topic, status string) string {
	return `{"uid":` + uid + `,"topicId":` + topic + `,"messageId":0,"messageContentId":0,"sendRecordId":0,"code":1001,"status":"` + status + `"}`
}
