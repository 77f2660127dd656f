package page

import (
	_ "embed"
	"image"
	"image/png"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// The corpus tells in its head what stands for what.
//
//go:embed testdata/hostile.txt
var hostile string

// An attack is one line of the corpus, made to call for the outside.
type attack struct {
	n    int
	line string // as it stands in the corpus
	text string
}

var numbered = regexp.MustCompile(`\{U\+([0-9A-F]{4})\}`)

// attacks reads the corpus. Every attack has addresses of its own, so that a
// call to one of them says which it was.
func attacks(o *outside) (all []attack) {
	for line := range strings.Lines(hostile) {
		line = strings.TrimSuffix(line, "\n")
		if line == "#" || strings.HasPrefix(line, "# ") {
			continue
		}
		n := len(all) + 1
		number := strconv.Itoa(n)
		text := strings.NewReplacer("{n}", number, "{sink}", o.sink+"/sink/"+number, "{away}", o.pictures+"/away/"+number,
			"{seen}", o.pictures+"/seen/"+number, "{picture}", o.pictures+"/picture/"+number).Replace(line)
		text = numbered.ReplaceAllStringFunc(text, func(s string) string {
			r, _ := strconv.ParseInt(s[3:7], 16, 32) // the expression lets only hexadecimal digits through
			return string(rune(r))
		})
		all = append(all, attack{n: n, line: line, text: text})
	}
	return all
}

// outside is what the attacks call for: a host of pictures, and a sink that
// nobody may speak to.
type outside struct {
	sink, pictures string
	connections    atomic.Int64 // to the sink

	mu     sync.Mutex
	called map[string]int // by the first part of the path and its number
	leaked []string       // addresses of pages that a host of pictures was told
}

func newOutside(t *testing.T) *outside {
	t.Helper()
	o := &outside{called: make(map[string]int)}
	sink := httptest.NewUnstartedServer(o)
	sink.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			o.connections.Add(1)
		}
	}
	sink.Start()
	pictures := httptest.NewServer(o)
	t.Cleanup(sink.Close)
	t.Cleanup(pictures.Close)
	o.sink, o.pictures = sink.URL, pictures.URL
	return o
}

// ServeHTTP counts a call and answers with a picture of one pixel.
func (o *outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind, number, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	digits := len(number) - len(strings.TrimLeft(number, "0123456789"))
	o.mu.Lock()
	o.called[kind+" "+number[:digits]]++
	if strings.Contains(r.Referer(), Prefix) {
		o.leaked = append(o.leaked, r.Referer())
	}
	o.mu.Unlock()
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Content-Type", "image/png")
	png.Encode(w, image.NewGray(image.Rect(0, 0, 1, 1)))
}

// calls counts the calls of an attack for a kind of address.
func (o *outside) calls(kind string, a attack) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.called[kind+" "+strconv.Itoa(a.n)]
}

// TestF35_TheCorpusIsWide: an attack that stands there twice proves nothing.
func TestF35_TheCorpusIsWide(t *testing.T) {
	seen := make(map[string]int)
	all := attacks(&outside{})
	for _, a := range all {
		key := strings.ToLower(strings.Join(strings.Fields(a.line), " "))
		if first := seen[key]; first > 0 {
			t.Errorf("attack %d is attack %d: %s", a.n, first, a.line)
		}
		seen[key] = a.n
	}
	if got, least := len(all), 600; got < least {
		t.Errorf("%d attacks, want at least %d", got, least)
	}
}
