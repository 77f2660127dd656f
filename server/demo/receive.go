package demo

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// maxCallback is the largest callback read, in bytes: what a follower can say
// is at most a thirtieth of it.
const maxCallback = 64 << 10

// trusted is the secret that callbacks are verified with.
type trusted struct {
	secret string
	verify *standardwebhooks.Webhook
}

// Trust sets the secret (whsec_…) that callbacks are verified with.
func (d *Demo) Trust(secret string) error {
	verify, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return errors.New("the secret of callbacks is not whsec_ and base64") // the error may quote it
	}
	d.trusted.Store(&trusted{secret, verify})
	return nil
}

// receive takes one callback. A repeat of a webhook-id is answered like the
// first and kept once. Of what is not signed only the attempt is kept: its
// body is nobody's word.
func (d *Demo) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCallback))
	if err != nil {
		http.Error(w, "body unreadable", http.StatusBadRequest)
		return
	}
	t := d.trusted.Load()
	if t == nil {
		http.Error(w, "signature cannot be checked yet", http.StatusForbidden)
		return
	}
	if err := t.verify.Verify(body, r.Header); err != nil {
		d.diary.refuse(Received{At: d.o.Now(), ID: printable(r.Header.Get("webhook-id"), 64), refused: whyRefused(err)})
		http.Error(w, "signature does not match", http.StatusForbidden)
		return
	}
	reply := replyTo(body)
	d.diary.take(Received{At: d.o.Now(), ID: r.Header.Get("webhook-id"), Body: body, Reply: reply})
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"reply": reply})
}

// whyRefused says what is wrong with a signature.
func whyRefused(err error) string {
	switch {
	case errors.Is(err, standardwebhooks.ErrRequiredHeaders), errors.Is(err, standardwebhooks.ErrInvalidHeaders):
		return wordsNoSignature
	case errors.Is(err, standardwebhooks.ErrMessageTooOld), errors.Is(err, standardwebhooks.ErrMessageTooNew):
		return wordsOldSignature
	}
	return wordsWrongSignature
}

// replyTo is all the demo app can do.
func replyTo(body []byte) string {
	var call struct {
		Action string `json:"action"`
		Data   struct {
			Content string `json:"content"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &call) != nil || call.Action != actionCommand {
		return ""
	}
	if what, restart := strings.CutPrefix(call.Data.Content, "重启"); restart {
		return wordsRestarting + what
	}
	return wordsReceived + call.Data.Content
}

// list answers what was taken as JSON, oldest first.
func (d *Demo) list(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false) // bodies are shown as they came
	_ = enc.Encode(d.diary.all())
}

// printable is at most n bytes of a header, fit to be shown.
func printable(header string, n int) string {
	return strings.ToValidUTF8(header[:min(len(header), n)], "")
}
