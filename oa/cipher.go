package oa

import (
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/silenceper/wechat/v2/util"
)

// ErrSealed says that a ciphertext is not one of ours: damaged, made with
// another key, or meant for another account. It says no more than that.
var ErrSealed = errors.New("ciphertext cannot be opened with this key and appid")

// aesKeyLen is the length of an EncodingAESKey: 32 bytes of key in base64
// without the padding.
const aesKeyLen = 43

// Cipher seals and opens the documents of one account: AES-256-CBC over
// random(16) ‖ length(4, big endian) ‖ document ‖ appid, PKCS#7 to 32 bytes,
// in base64. It is safe for concurrent use.
type Cipher struct {
	aesKey string
	appID  string
}

// NewCipher checks the EncodingAESKey. Its last character carries two bits
// that mean nothing, so the key is decoded without strictness.
func NewCipher(encodingAESKey, appID string) (*Cipher, error) {
	if len(encodingAESKey) != aesKeyLen {
		return nil, fmt.Errorf("EncodingAESKey has %d characters, want %d", len(encodingAESKey), aesKeyLen)
	}
	if appID == "" {
		return nil, errors.New("a cipher needs the appid")
	}
	c := &Cipher{aesKey: encodingAESKey, appID: appID}
	if _, err := c.Seal(nil); err != nil {
		return nil, errors.New("EncodingAESKey is not base64 of 32 bytes")
	}
	return c, nil
}

// Seal encrypts plain with fresh randomness.
func (c *Cipher) Seal(plain []byte) (string, error) {
	var random [16]byte
	rand.Read(random[:])
	sealed, err := util.EncryptMsg(random[:], plain, c.appID, c.aesKey)
	if err != nil {
		return "", errors.New("document cannot be sealed")
	}
	return string(sealed), nil
}

// Open decrypts b64 and checks that it was meant for our appid. Every failure
// is [ErrSealed], whatever its cause, so that an answer never tells which.
func (c *Cipher) Open(b64 string) (plain []byte, err error) {
	_, plain, err = util.DecryptMsg(c.appID, b64, c.aesKey)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}
