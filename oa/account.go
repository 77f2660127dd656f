package oa

import (
	"errors"
	"fmt"
)

// Mode is how the account's callbacks are protected, as chosen in WeChat's
// console. The configuration decides it, never the request, so that nobody
// can talk us down to plain text.
type Mode string

// The three modes of the console: 明文, 兼容 and 安全.
const (
	ModePlain      Mode = "plain"
	ModeCompatible Mode = "compatible"
	ModeSafe       Mode = "safe"
)

// Account is the identity of an official account and the secrets shared with
// WeChat. The previous token and key are accepted beside the current ones, so
// that they can be rotated without losing an event.
type Account struct {
	AppID, Secret string
	OriginalID    string // gh_…, the account's name in documents
	Token         string
	PreviousToken string
	AESKey        string
	// PreviousAESKey is tried when AESKey does not open a document.
	PreviousAESKey string
	Mode           Mode
	JSON           bool // the console's data format is JSON, not XML
}

// String names the account without its secrets.
func (a Account) String() string { return "account " + a.AppID }

// GoString keeps the secrets out of %#v as well.
func (a Account) GoString() string { return a.String() }

// tokens are the current token and, when there is one, the previous.
func (a Account) tokens() []string {
	if a.PreviousToken == "" {
		return []string{a.Token}
	}
	return []string{a.Token, a.PreviousToken}
}

// ciphers are made of the current key and, when there is one, the previous.
func (a Account) ciphers() ([]*Cipher, error) {
	var all []*Cipher
	for _, key := range []string{a.AESKey, a.PreviousAESKey} {
		if key == "" {
			continue
		}
		c, err := NewCipher(key, a.AppID)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// validate refuses an account that could not tell WeChat from anyone else.
func (a Account) validate() error {
	if a.Token == "" {
		return errors.New("the token is empty: anyone could sign with it")
	}
	switch a.Mode {
	case ModePlain:
		return nil
	case ModeCompatible, ModeSafe:
		if a.AESKey == "" {
			return fmt.Errorf("mode %s needs an EncodingAESKey", a.Mode)
		}
		return nil
	default:
		return fmt.Errorf("unknown mode %q, want plain, compatible or safe", a.Mode)
	}
}
