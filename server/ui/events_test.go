package ui_test

import (
	"net/http/httptest"
	"testing"

	"hongyan/server/ui"
)

func TestEvent_DataBeginsNoEvent(t *testing.T) {
	got := string(ui.Event("rows", "7", "a\nevent: x\r\n\r\ndata: y\rz"))
	want := "event: rows\nid: 7\ndata: a\ndata: event: x\ndata: \ndata: data: y\ndata: z\n\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := string(ui.Event("rows", "", "")), "event: rows\ndata: \n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOpenEvents_TellsProxiesToKeepNothingBack(t *testing.T) {
	w := httptest.NewRecorder()
	e := ui.OpenEvents(w)
	if err := e.Write(ui.Event("now", "", "x")); err != nil {
		t.Fatal(err)
	}
	if err := e.Beat(); err != nil {
		t.Fatal(err)
	}
	if !w.Flushed || w.Header().Get("Content-Type") != "text/event-stream" || w.Header().Get("X-Accel-Buffering") != "no" || w.Body.String() != "event: now\ndata: x\n\n:\n\n" {
		t.Errorf("%v %q", w.Header(), w.Body)
	}
}
