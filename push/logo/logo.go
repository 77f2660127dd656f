// Package logo makes the picture of an app from what somebody uploads: a
// square of 256 pixels, encoded anew, so that nothing of the file that came is
// in it but what could be seen.
//
// What a file is, its bytes decide, never its name or what a browser says of
// it. Its measures are read before it is decoded, and one picture is decoded
// at a time, so that a small file that unfolds into a large picture costs a
// bounded amount of memory and nobody else's time.
//
// It knows neither the database nor HTTP.
package logo

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"

	scale "golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

const (
	// MaxFile is the most bytes of a file.
	MaxFile = 1 << 20
	// Side is the length of a logo's side in pixels.
	Side = 256

	mostSide  = 4096
	mostScans = 64       // of a JPEG: each costs a pass over the whole picture
	mostBytes = 40 << 10 // of a logo, so that a follower's page stays light
)

// Refused says in a Chinese sentence why a file makes no logo.
type Refused struct{ Text string }

func (e *Refused) Error() string { return e.Text }

// Picture is a logo as browsers get it.
type Picture struct {
	Kind string // image/png or image/jpeg
	Body []byte
}

// Maker makes logos, one at a time. It is safe for concurrent use.
type Maker struct{ turn chan struct{} }

// New returns a maker.
func New() *Maker { return &Maker{turn: make(chan struct{}, 1)} }

// Make makes a logo of a PNG, JPEG, GIF (its first picture) or WebP file. The
// error is a *Refused, or that ctx ended before its turn came.
func (m *Maker) Make(ctx context.Context, file []byte) (Picture, error) {
	format, err := sniff(file)
	if err != nil {
		return Picture{}, err
	}
	if err := measured(format, file); err != nil {
		return Picture{}, err
	}
	select {
	case m.turn <- struct{}{}:
		defer func() { <-m.turn }()
	case <-ctx.Done():
		return Picture{}, fmt.Errorf("make a logo: %w", ctx.Err())
	}
	from, err := format.decode(bytes.NewReader(file))
	if err != nil {
		return Picture{}, &Refused{wordBroken}
	}
	return encode(squared(from, Side))
}

// measured refuses a picture that would be too large, or too slow, to decode.
func measured(f *format, file []byte) error {
	c, err := f.measure(bytes.NewReader(file))
	switch {
	case err != nil:
		return &Refused{wordBroken}
	case c.Width < 1 || c.Height < 1:
		return &Refused{wordBroken}
	case c.Width > mostSide || c.Height > mostSide:
		return &Refused{fmt.Sprintf(wordLarge, mostSide, mostSide, c.Width, c.Height)}
	case f.name == "jpeg" && bytes.Count(file, []byte{0xff, 0xda}) > mostScans:
		return &Refused{wordBroken}
	}
	return nil
}

// squared is the middle of a picture as a square of this side.
func squared(from image.Image, side int) *image.NRGBA {
	b := from.Bounds()
	n := min(b.Dx(), b.Dy())
	at := image.Pt(b.Min.X+(b.Dx()-n)/2, b.Min.Y+(b.Dy()-n)/2)
	to := image.NewNRGBA(image.Rect(0, 0, side, side))
	scale.CatmullRom.Scale(to, to.Bounds(), from, image.Rectangle{Min: at, Max: at.Add(image.Pt(n, n))}, draw.Src, nil)
	return to
}

// encode writes a PNG, or what is lighter where that is too heavy: a JPEG of a
// picture that one cannot see through, else a smaller PNG.
func encode(p *image.NRGBA) (Picture, error) {
	for side := Side; ; side /= 2 {
		var b bytes.Buffer
		one := p
		if side < Side {
			one = squared(p, side)
		}
		best := png.Encoder{CompressionLevel: png.BestCompression}
		if err := best.Encode(&b, one); err != nil {
			return Picture{}, fmt.Errorf("encode a logo: %w", err)
		}
		if b.Len() <= mostBytes {
			return Picture{"image/png", b.Bytes()}, nil
		}
		if !p.Opaque() {
			continue // 64 pixels always fit
		}
		for _, quality := range []int{90, 75, 50} {
			b.Reset()
			if err := jpeg.Encode(&b, one, &jpeg.Options{Quality: quality}); err != nil {
				return Picture{}, fmt.Errorf("encode a logo: %w", err)
			}
			if b.Len() <= mostBytes {
				return Picture{"image/jpeg", b.Bytes()}, nil
			}
		}
	}
}

// format is a kind of file that is understood.
type format struct {
	name    string
	begins  []string // with one of these; "?" is any byte
	measure func(*bytes.Reader) (image.Config, error)
	decode  func(*bytes.Reader) (image.Image, error)
}

var formats = []format{
	{"png", []string{"\x89PNG\r\n\x1a\n"},
		func(r *bytes.Reader) (image.Config, error) { return png.DecodeConfig(r) },
		func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) }},
	{"jpeg", []string{"\xff\xd8\xff"},
		func(r *bytes.Reader) (image.Config, error) { return jpeg.DecodeConfig(r) },
		func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) }},
	{"gif", []string{"GIF87a", "GIF89a"},
		func(r *bytes.Reader) (image.Config, error) { return gif.DecodeConfig(r) },
		func(r *bytes.Reader) (image.Image, error) { return gif.Decode(r) }},
	{"webp", []string{"RIFF????WEBPVP8"},
		func(r *bytes.Reader) (image.Config, error) { return webp.DecodeConfig(r) },
		func(r *bytes.Reader) (image.Image, error) { return webp.Decode(r) }},
}
