package sandbox

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

var (
	jsonType  = []string{"application/json; encoding=utf-8"}
	imageType = []string{"image/jpg"}
	htmlType  = []string{"text/html; charset=utf-8"}
)

const proxyPage = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n" +
	"<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"

// write sends the answer, or does to it what the fault or doom says. Ending
// by http.ErrAbortHandler is how a handler cuts its connection.
func (s *Sandbox) write(w http.ResponseWriter, c *call, fault *Fault) {
	if c.doom != nil && (c.doom.cut || c.doom.hang) {
		end(c, c.doom.hang)
	}
	if fault == nil {
		w.Header()["Content-Type"] = c.contentType()
		if c.miss {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write(c.out)
		return
	}
	if fault.Cut || fault.Hang {
		end(c, fault.Hang)
	}
	s.writeSpoiled(w, c, fault)
}

// end closes the connection without an answer, at once or when the caller
// gives up.
func end(c *call, hang bool) {
	if hang {
		<-c.r.Context().Done()
	}
	panic(http.ErrAbortHandler)
}

func (c *call) contentType() []string {
	if c.image {
		return imageType
	}
	return jsonType
}

func (s *Sandbox) writeSpoiled(w http.ResponseWriter, c *call, fault *Fault) {
	body, kind, status := c.out, c.contentType(), fault.Status
	switch {
	case fault.Body != "":
		body = []byte(fault.Body)
	case fault.HTML:
		body, kind = []byte(proxyPage), htmlType
	case fault.Huge:
		body = []byte(`{"errcode":0,"errmsg":"` + strings.Repeat("ok ", 4<<20/3) + `"}`)
	}
	if status == 0 && c.pay != nil {
		status = c.pay.status
	}
	if status == 0 {
		status = http.StatusOK
		if c.miss {
			status = http.StatusNotFound
		}
	}
	if c.pay == nil || fault.HTML {
		w.Header()["Content-Type"] = kind
	}
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	if fault.Truncate {
		body = body[:len(body)/2]
	}
	s.drip(w, c, body, time.Duration(fault.SlowMs)*time.Millisecond)
	if fault.Truncate {
		panic(http.ErrAbortHandler)
	}
}

// drip writes the body at once, or byte by byte.
func (s *Sandbox) drip(w http.ResponseWriter, c *call, body []byte, gap time.Duration) {
	if gap == 0 {
		_, _ = w.Write(body)
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		return
	}
	for i := range body {
		if _, err := w.Write(body[i : i+1]); err != nil {
			return
		}
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		if !pause(c.r.Context(), gap) {
			panic(http.ErrAbortHandler)
		}
	}
}
