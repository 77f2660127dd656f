package ui_test

import (
	"bytes"
	"image/jpeg"
	"testing"

	"rsc.io/qr"

	"hongyan/server/ui"
)

// TestQR_EveryModuleSurvivesTheJPEG decodes the picture and compares the
// middle of every module with the code.
func TestQR_EveryModuleSurvivesTheJPEG(t *testing.T) {
	const text = "http://weixin.qq.com/q/02鸿雁"
	raw, err := ui.QR(text, 430)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := jpeg.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	width := picture.Bounds().Dx()
	if width < 430 {
		t.Errorf("%d pixels wide, want at least 430", width)
	}
	modules := code.Size + 8
	scale := width / modules
	for y := range modules {
		for x := range modules {
			grey, _, _, _ := picture.At(x*scale+scale/2, y*scale+scale/2).RGBA()
			if dark := grey < 1<<15; dark != code.Black(x-4, y-4) {
				t.Fatalf("module %d,%d is dark: %v", x, y, dark)
			}
		}
	}
}

func TestQR_RefusesWhatNoCodeHolds(t *testing.T) {
	if _, err := ui.QR(string(make([]byte, 3000)), 430); err == nil {
		t.Error("3,000 bytes were drawn")
	}
}
