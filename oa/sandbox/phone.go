package sandbox

import "net/http"

// servePhone is the page with the phone.
func (s *Sandbox) servePhone(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte("<!doctype html><html lang=zh-CN><meta charset=utf-8><title>" + wordsPhone +
		"</title><p>" + wordsPhoneHere + "</p></html>"))
}
