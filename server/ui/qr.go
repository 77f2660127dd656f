package ui

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/jpeg"

	"rsc.io/qr"
)

// quietModules is the white around a code that ISO/IEC 18004 asks for.
const quietModules = 4

// QR draws text as a QR code of at least the given width in pixels, as a JPEG
// that cameras read. Text beyond what a code holds (2,331 bytes) is an error.
func QR(text string, pixels int) ([]byte, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, fmt.Errorf("encode qr code: %w", err)
	}
	modules := code.Size + 2*quietModules
	scale := (pixels + modules - 1) / modules
	side := modules * scale
	picture := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			shade := color.Gray{Y: 255}
			if code.Black(x/scale-quietModules, y/scale-quietModules) {
				shade.Y = 0
			}
			picture.SetGray(x, y, shade)
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 92}); err != nil {
		return nil, fmt.Errorf("encode qr code as jpeg: %w", err)
	}
	return out.Bytes(), nil
}

// QRPicture draws text as a QR code that stands within a page, as the address
// of a picture of a few hundred bytes. Errors as for QR.
func QRPicture(text string) (template.URL, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("encode qr code: %w", err)
	}
	code.Scale = 8
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG())), nil
}
