package api

import (
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"hongyan/push"
	"hongyan/server/ui"
)

// Limits of a parametric QR code.
const (
	maxExtra     = 64 // code points
	defaultValid = 1800 * time.Second
	maxValid     = 2592000 * time.Second // WeChat's own limit for temporary codes
)

// codePixels is the least width of a picture, as that of WeChat's own.
const codePixels = 430

type codeBody struct {
	AppToken  text   `json:"appToken"`
	Extra     text   `json:"extra"`
	ValidTime number `json:"validTime"`
}

type codeAnswer struct {
	Expires  int64  `json:"expires"` // Unix milliseconds
	Code     string `json:"code"`
	ShortURL string `json:"shortUrl"`
	URL      string `json:"url"`
	Extra    string `json:"extra"`
}

// createCode makes a QR code that carries extra to the developer when it is
// scanned.
func (a *API) createCode(q *request) (any, error) {
	var body codeBody
	if err := decode(q, &body); err != nil {
		return nil, err
	}
	extra := string(body.Extra)
	if n := utf8.RuneCountInString(extra); n < 1 || n > maxExtra {
		return nil, refuse(fmt.Sprintf(textExtra, maxExtra, n))
	}
	valid := defaultValid
	if body.ValidTime.given {
		if body.ValidTime.value < 1 || body.ValidTime.value > int64(maxValid/time.Second) {
			return nil, refuse(fmt.Sprintf(textValidTime, int64(maxValid/time.Second), body.ValidTime.value))
		}
		valid = time.Duration(body.ValidTime.value) * time.Second
	}
	scene, err := a.o.Push.NewScene(q.Context(), string(body.AppToken), push.NewScene{Extra: extra, Valid: valid})
	if err != nil {
		return nil, err
	}
	code, err := a.o.WeChat.CreateQR(q.Context(), scene.Handle, valid)
	if err != nil {
		return nil, err
	}
	if err := a.o.Push.SceneLink(q.Context(), scene.Handle, code.URL); err != nil {
		return nil, err
	}
	link := a.o.BaseURL + "/api/qrcode/" + scene.Handle + ".jpg"
	return codeAnswer{
		Expires:  scene.Expires.UnixMilli(),
		Code:     scene.Handle,
		ShortURL: link,
		URL:      link,
		Extra:    extra,
	}, nil
}

// lastScanner answers the UID of the last user who scanned a code. Pollers
// compare the texts, so every answer but success is 暂无用户扫描二维码.
func (a *API) lastScanner(q *request) (any, error) {
	uid, scanned, err := a.o.Push.LastScanner(q.Context(), q.query["code"])
	if err != nil {
		return nil, err
	}
	if !scanned {
		return nil, refuse(textNoScan)
	}
	return uid, nil
}

// codeImage draws a code as a JPEG that cameras read.
func (a *API) codeImage(w http.ResponseWriter, q *request) {
	handle, isJPEG := strings.CutSuffix(q.args[0], ".jpg")
	scene, err := a.sceneOf(q.Context(), handle)
	if err != nil || !isJPEG || scene.Link == "" || scene.Expired {
		http.Error(w, textNoCode, http.StatusNotFound)
		return
	}
	picture, err := ui.QR(scene.Link, codePixels)
	if err != nil {
		a.o.Log.Error("qr code not drawn", "err", err)
		http.Error(w, textNoCode, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(picture)
}
