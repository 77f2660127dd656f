package sandbox

import (
	"fmt"
	"net/url"
	"strconv"

	"hongyan/oa"
)

// An envelope is a document ready to be posted: its bytes never change
// between attempts, only the query does.
type envelope struct {
	openid  string
	kind    string // for the log
	body    []byte
	encrypt string // base64 text that msg_signature covers
	json    bool
	mode    oa.Mode
}

// seal writes d as the account's mode and format ask.
func (s *Sandbox) seal(openid, kind string, d *document, r *ruleSet) (*envelope, error) {
	if s.dice.Chance(r.Noise) {
		d.roughen()
	}
	e := &envelope{openid: openid, kind: kind, json: r.CallbackJSON, mode: r.CallbackMode}
	if e.mode == oa.ModePlain {
		e.body = d.write(e.json)
		return e, nil
	}
	if s.caller.cipher == nil {
		return nil, fmt.Errorf("%w: mode %s needs an EncodingAESKey", ErrSetting, e.mode)
	}
	var err error
	if e.encrypt, err = s.caller.cipher.Seal(d.write(e.json)); err != nil {
		return nil, fmt.Errorf("seal %s for %s: %w", kind, openid, err)
	}
	if e.mode == oa.ModeSafe {
		d = &document{nodes: []node{{name: "ToUserName", text: s.o.OriginalID}}}
	}
	d.text("Encrypt", e.encrypt)
	e.body = d.write(e.json)
	return e, nil
}

func (d *document) write(asJSON bool) []byte {
	if asJSON {
		return d.json()
	}
	return d.xml()
}

// query signs one attempt.
func (s *Sandbox) query(e *envelope) string {
	stamp := strconv.FormatInt(s.clock.Now().Unix(), 10)
	nonce := s.dice.Nonce()
	out := make([]byte, 0, 256)
	out = append(out, "signature="...)
	out = append(out, oa.Signature(s.o.Token, stamp, nonce)...)
	out = append(append(out, "&timestamp="...), stamp...)
	out = append(append(out, "&nonce="...), nonce...)
	out = append(append(out, "&openid="...), url.QueryEscape(e.openid)...)
	if e.encrypt != "" {
		out = append(out, "&encrypt_type=aes&msg_signature="...)
		out = append(out, oa.Signature(s.o.Token, stamp, nonce, e.encrypt)...)
	}
	return string(out)
}
