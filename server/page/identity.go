package page

import (
	"net/http"

	"hongyan/push"
)

// identityView shows a name or token of the follower's and how it is used.
type identityView struct {
	Value   string
	Example string // a line for a terminal
	Reset   string // where to get another; empty where there is none
	Words   identityWords
}

// uidPage shows the follower's name toward developers.
func (h *handler) uidPage(_ *http.Request, u push.User) (reply, error) {
	v := identityView{Value: string(u.UID), Words: wordsUID}
	v.Example = "curl '" + h.BaseURL + "/api/send/message' -H 'Content-Type: application/json' \\\n  -d '" +
		`{"appToken":"AT_…","content":"` + wordsHello + `","uids":["` + v.Value + `"]}'`
	return shown("identity", v.Words.Title, v).copying(), nil
}

// sptPage shows the token by which whoever holds it pushes to the follower.
func (h *handler) sptPage(r *http.Request, u push.User) (reply, error) {
	v := identityView{Reset: "/my/spt/reset", Words: wordsSPT}
	err := h.Push.Look(r.Context(), u.ID, func(t *push.Turn) error {
		spt, err := h.Push.SPTOf(t)
		v.Value = string(spt)
		return err
	})
	if err != nil {
		return reply{}, err
	}
	v.Example = "curl '" + h.BaseURL + "/api/send/message/" + v.Value + "/" + wordsHello + "'"
	return shown("identity", v.Words.Title, v).copying(), nil
}

// resetPage asks whether the SPT shall be replaced.
func (h *handler) resetPage(*http.Request, push.User) (reply, error) {
	v := wordsReset
	v.Action, v.Back = "/my/spt/reset", "/my/spt"
	return shown("confirm", v.Title, v), nil
}

// reset replaces the SPT. The old one is dead with the commit.
func (h *handler) reset(r *http.Request, u push.User) (reply, error) {
	err := h.Push.As(r.Context(), u.ID, func(t *push.Turn) error {
		_, err := h.Push.ResetSPT(t)
		return err
	})
	if err != nil {
		return reply{}, err
	}
	return sentTo("/my/spt"), nil
}

// help says what can be done in the chat and on the pages.
func (h *handler) help(*http.Request) (reply, error) {
	return shown("help", wordsHelp.Title, wordsHelp), nil
}
