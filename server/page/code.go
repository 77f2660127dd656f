package page

import (
	"context"
	"html/template"
	"net/http"

	"hongyan/push"
	"hongyan/server/ui"
)

// codeView is a page around a QR code.
type codeView struct {
	Name    string // of what is followed; empty on other pages
	Kind    string
	Title   string
	Text    string
	Picture template.URL // empty when there is none
	Alt     string
	Steps   []string
	Back    *ui.Link
}

// code is the address of the picture of the one permanent code for a purpose.
// WeChat is asked for it the first time; when it cannot answer, there is no
// picture and no error: the page says what else works.
func (h *handler) code(ctx context.Context, purpose string, app push.AppID, topic push.TopicID) (template.URL, error) {
	scene, err := h.Push.PermanentScene(ctx, purpose, app, topic)
	if err != nil {
		return "", err
	}
	if scene.Link == "" {
		made, err := h.WeChat.CreateQR(ctx, scene.Handle, 0)
		if err != nil {
			h.Log.Warn("no code for a page", "purpose", purpose, "error", err)
			return "", nil
		}
		if err := h.Push.SceneLink(ctx, scene.Handle, made.URL); err != nil {
			return "", err
		}
	}
	return template.URL("/api/qrcode/" + scene.Handle + ".jpg"), nil
}

// followFirst asks somebody who does not follow the official account to.
func (h *handler) followFirst(ctx context.Context) (reply, error) {
	picture, err := h.code(ctx, push.SceneAccount, 0, 0)
	if err != nil {
		return reply{}, err
	}
	v := wordsFollowFirst
	v.Picture = picture
	a := shown("code", v.Title, v)
	a.status = http.StatusForbidden
	return a, nil
}

// outsidePage shows how to open a page of ours in WeChat. An address too long
// for a code is shown without one.
func (h *handler) outsidePage(path string) (reply, error) {
	v := wordsOutside
	v.Picture, _ = ui.QRPicture(h.BaseURL + path)
	return shown("code", v.Title, v), nil
}
