package ui

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// worthPacking is the size of a page that fits in one packet anyway.
const worthPacking = 1400

// WritePacked answers with a body, packed where that is worth it and the client
// takes it. The headers that tell what it is are the caller's.
func WritePacked(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	if len(body) > worthPacking && Packs(r) {
		h.Set("Content-Encoding", "gzip")
		body = pack(body)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

// compressors keeps gzip writers, each of which is almost a megabyte.
var compressors sync.Pool

func pack(body []byte) []byte {
	var b bytes.Buffer
	z, ok := compressors.Get().(*gzip.Writer)
	if !ok {
		z = gzip.NewWriter(&b)
	}
	z.Reset(&b)
	z.Write(body) // to memory: it does not fail
	z.Close()
	compressors.Put(z)
	return b.Bytes()
}

// Packs reports whether the client of a request takes gzip.
func Packs(r *http.Request) bool {
	encodings := strings.ReplaceAll(strings.ToLower(r.Header.Get("Accept-Encoding")), " ", "")
	for e := range strings.SplitSeq(encodings, ",") {
		name, weight, weighted := strings.Cut(e, ";q=")
		if name != "gzip" {
			continue
		}
		q, err := strconv.ParseFloat(weight, 64)
		return !weighted || err == nil && q > 0
	}
	return false
}
