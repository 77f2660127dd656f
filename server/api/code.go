package api

import (
	"net/http"
	"strings"
	"time"

	"hongyan/push"
	"hongyan/server/ui"
)

// defaultValid is how long a code is good for when nobody says.
const defaultValid = 1800 * time.Second

// maxCode is longer than any code.
const maxCode = 64

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
	if err := a.admit(q, body.AppToken); err != nil {
		return nil, err
	}
	ask := push.NewScene{Extra: string(body.Extra), Valid: defaultValid}
	if body.ValidTime.given {
		var err error
		if ask.Valid, err = push.ValidFor(body.ValidTime.value); err != nil {
			return nil, err
		}
	}
	scene, err := a.o.Push.NewScene(q.Context(), q.token, ask)
	if err != nil {
		return nil, err
	}
	code, err := a.o.WeChat.CreateQR(q.Context(), scene.Handle, ask.Valid)
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
		Extra:    ask.Extra,
	}, nil
}

// lastScanner answers the UID of the last user who scanned a code. Pollers
// compare the texts, so every answer but success is 暂无用户扫描二维码, also for
// one that asks too often; what that one is told may be ten seconds old.
func (a *API) lastScanner(q *request) (any, error) {
	code := q.query["code"]
	var uid push.UID
	if a.mayLook(q, 1) != nil {
		if len(code) < maxCode && a.scans.Get(q.Context(), code, &uid) {
			return uid, nil
		}
		return nil, refuse(textNoScan)
	}
	uid, scanned, err := a.o.Push.LastScanner(q.Context(), code)
	if err != nil {
		return nil, err
	}
	if !scanned {
		return nil, refuse(textNoScan)
	}
	a.scans.Set(q.Context(), code, uid, rememberScan)
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
