package logo

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// drawing is a picture with a red middle square and blue sides.
func drawing(w, h int) *image.NRGBA {
	p := image.NewNRGBA(image.Rect(0, 0, w, h))
	n := min(w, h)
	middle := image.Rect((w-n)/2, (h-n)/2, (w+n)/2, (h+n)/2)
	for y := range h {
		for x := range w {
			c := color.NRGBA{0, 0, 255, 255}
			if (image.Point{x, y}).In(middle) {
				c = color.NRGBA{255, 0, 0, 255}
			}
			p.SetNRGBA(x, y, c)
		}
	}
	return p
}

func noise(side int, opaque bool) *image.NRGBA {
	r := rand.New(rand.NewPCG(1, 2))
	p := image.NewNRGBA(image.Rect(0, 0, side, side))
	for i := range p.Pix {
		p.Pix[i] = byte(r.UintN(256))
		if opaque && i%4 == 3 {
			p.Pix[i] = 255
		}
	}
	return p
}

func asPNG(t testing.TB, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t testing.TB, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asGIF(t testing.TB, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, p, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// aWebP is a lossless picture of one red pixel.
func aWebP(t testing.TB) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString("UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAfQ//73v/+BiOh/AAA=")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMake_EveryFormatBecomesASquare(t *testing.T) {
	for name, file := range map[string][]byte{
		"png": asPNG(t, drawing(300, 200)), "jpeg": asJPEG(t, drawing(200, 400)), "gif": asGIF(t, drawing(90, 30)), "webp": aWebP(t),
		"one pixel": asPNG(t, drawing(1, 1)), "as wide as may be": asPNG(t, drawing(4096, 2)),
	} {
		p, err := New().Make(t.Context(), file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, format, err := image.Decode(bytes.NewReader(p.Body))
		if err != nil || p.Kind != "image/"+format || got.Bounds() != image.Rect(0, 0, Side, Side) {
			t.Errorf("%s: %s %v, %v", name, p.Kind, got.Bounds(), err)
		}
		if len(p.Body) > mostBytes {
			t.Errorf("%s: %d bytes", name, len(p.Body))
		}
		if name == "webp" || name == "as wide as may be" {
			continue
		}
		for _, at := range []image.Point{{8, 8}, {128, 128}, {247, 247}} { // the sides were cut off
			if r, _, b, _ := got.At(at.X, at.Y).RGBA(); r < 0xe000 || b > 0x2000 {
				t.Errorf("%s: %v at %v, want red", name, got.At(at.X, at.Y), at)
			}
		}
	}
}

// TestMake_HeavyPicturesGetLighter: noise packs badly.
func TestMake_HeavyPicturesGetLighter(t *testing.T) {
	for name, c := range map[string]struct {
		opaque bool
		kind   string
	}{"opaque": {true, "image/jpeg"}, "seen through": {false, "image/png"}} {
		p, err := New().Make(t.Context(), asPNG(t, noise(400, c.opaque)))
		if err != nil || p.Kind != c.kind || len(p.Body) > mostBytes {
			t.Errorf("%s: %s of %d bytes, %v", name, p.Kind, len(p.Body), err)
		}
	}
}

// TestF35_NothingOfTheFileIsLeft: what hid in the file is not in the logo.
func TestF35_NothingOfTheFileIsLeft(t *testing.T) {
	const hidden = "<script>alert(1)</script>"
	file := asPNG(t, drawing(64, 64))
	var text bytes.Buffer
	body := append([]byte("tEXtComment\x00"), hidden...)
	binary.Write(&text, binary.BigEndian, uint32(len(body)-4))
	text.Write(body)
	binary.Write(&text, binary.BigEndian, crc32.ChecksumIEEE(body))
	for name, polyglot := range map[string][]byte{
		"behind":  append(bytes.Clone(file), hidden...),
		"comment": append(append(bytes.Clone(file[:33]), text.Bytes()...), file[33:]...),
		"gif":     append(asGIF(t, drawing(64, 64)), hidden...),
		"jpeg":    append(asJPEG(t, drawing(64, 64)), hidden...),
	} {
		p, err := New().Make(t.Context(), polyglot)
		if err != nil || bytes.Contains(p.Body, []byte("script")) {
			t.Errorf("%s: %v, or it is still there", name, err)
		}
	}
}

// claims is a PNG that says it has these measures and holds nothing.
func claims(w, h uint32) []byte {
	b := bytes.NewBufferString("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, body []byte) {
		binary.Write(b, binary.BigEndian, uint32(len(body)))
		all := append([]byte(kind), body...)
		b.Write(all)
		binary.Write(b, binary.BigEndian, crc32.ChecksumIEEE(all))
	}
	head := binary.BigEndian.AppendUint32(nil, w)
	head = binary.BigEndian.AppendUint32(head, h)
	chunk("IHDR", append(head, 8, 6, 0, 0, 0))
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	z.Write(make([]byte, 1<<20))
	z.Close()
	chunk("IDAT", packed.Bytes())
	chunk("IEND", nil)
	return b.Bytes()
}

// TestF35_HostileFilesAreRefused with words, before much is spent on them.
func TestF35_HostileFilesAreRefused(t *testing.T) {
	scans := asJPEG(t, drawing(64, 64))
	scans = append(scans[:len(scans)-2], bytes.Repeat([]byte{0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0}, 1000)...)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"nothing":          {nil, "没有收到"},
		"text":             {[]byte("hello"), "看不出"},
		"svg":              {[]byte(`<?xml version="1.0"?><SVG onload="alert(1)">`), "SVG"},
		"html":             {[]byte("<html><script>1</script>"), "看不出"},
		"svg named gif":    {[]byte("GIF89<svg>"), "SVG"},
		"bomb":             {claims(100_000, 100_000), "4096×4096"},
		"wide":             {claims(4097, 1), "4096×4096"},
		"high":             {claims(1, 4097), "4096×4096"},
		"no width":         {claims(0, 10), "损坏"},
		"half":             {asPNG(t, noise(64, true))[:2000], "损坏"},
		"only a head":      {[]byte("\x89PNG\r\n\x1a\n"), "损坏"},
		"empty jpeg":       {[]byte("\xff\xd8\xff"), "损坏"},
		"empty webp":       {[]byte("RIFF\x00\x00\x00\x00WEBPVP8 "), "损坏"},
		"a thousand scans": {scans, "损坏"},
		"heavy":            {append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, MaxFile)...), "1 MiB"},
	} {
		start := time.Now()
		_, err := New().Make(t.Context(), c.file)
		var refused *Refused
		if !errors.As(err, &refused) || !strings.Contains(refused.Text, c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

// TestMake_OneAtATime: whoever waits can leave.
func TestMake_OneAtATime(t *testing.T) {
	m := New()
	m.turn <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Make(ctx, asPNG(t, drawing(8, 8))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func FuzzMake(f *testing.F) {
	f.Add(asPNG(f, drawing(8, 8)))
	f.Add(asGIF(f, drawing(8, 8)))
	f.Add(asJPEG(f, drawing(8, 8)))
	f.Add(aWebP(f))
	f.Add([]byte("<svg>图</svg>"))
	m := New()
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := m.Make(context.Background(), file)
		var refused *Refused
		if err != nil && !errors.As(err, &refused) {
			t.Fatal(err)
		}
		if err == nil && (len(p.Body) == 0 || len(p.Body) > mostBytes) {
			t.Fatalf("%d bytes", len(p.Body))
		}
	})
}
