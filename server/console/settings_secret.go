package console

import (
	"crypto/rand"
	"encoding/base64"

	"hongyan/push"
)

// secretView shows something this once.
type secretView struct {
	Text  words
	Label string
	Value string
	Curl  bool // with a line that sends a message by it
}

// Said is the text in a language.
func (v secretView) Said(lang string) string { return v.Text.in(lang) }

func (c *Console) resetToken(r *request) (reply, error) {
	token, err := c.o.Push.ResetToken(r.Context(), r.app.ID)
	if err != nil {
		return reply{}, err
	}
	return shown("secret", wordsNewToken, secretView{Text: wordsTokenOnce, Label: "AppToken", Value: token, Curl: true}), nil
}

// rotateSecret makes the secret that signs callbacks; the one before signs too
// for a day.
func (c *Console) rotateSecret(r *request) (reply, error) {
	before, err := c.o.Push.SecretState(r.Context(), r.app.ID)
	if err != nil {
		return reply{}, err
	}
	secret, err := c.o.Push.RotateSecret(r.Context(), r.app.ID)
	if err != nil {
		return reply{}, err
	}
	text := wordsFirstSecret
	if before.Made {
		text = wordsNextSecret
	}
	return shown("secret", wordsNewSecret, secretView{Text: text, Label: "whsec", Value: secret}), nil
}

// newLinkKey makes the key that signs links to the developer's own page, or
// ends signing.
func (c *Console) newLinkKey(r *request) (reply, error) {
	key := ""
	if r.value("remove") == "" {
		random := make([]byte, 32)
		rand.Read(random)
		key = base64.RawURLEncoding.EncodeToString(random)
	}
	_, err := c.o.Push.EditApp(r.Context(), r.app.ID, push.AppEdit{SettingKey: &key})
	if err != nil {
		return reply{}, err
	}
	if key == "" {
		return sentTo(appPath(r.app.ID, "settings")).saying("跳转链接不再签名"), nil
	}
	return shown("secret", wordsNewLinkKey, secretView{Text: wordsLinkKeyOnce, Label: "settingKey", Value: key}), nil
}
