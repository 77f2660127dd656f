package push

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// Sealer keeps what a browser carries for us from being read or changed there:
// AES-256-GCM under a key of its own for each use, so that a text sealed for
// one use is none for another. Every node of a platform has the same keys.
type Sealer struct{ aead cipher.AEAD }

// ErrSeal: the text was not sealed here for this use.
var ErrSeal = errors.New("not sealed here")

// Sealer returns the sealer for a use.
func (s *Service) Sealer(use string) (Sealer, error) {
	key, err := hkdf.Expand(sha256.New, s.keys.browsers, use, keySize)
	if err != nil {
		return Sealer{}, fmt.Errorf("sealer for %s: %w", use, err)
	}
	block, err := derivedBlock(key, "hongyan browser seal")
	if err != nil {
		return Sealer{}, fmt.Errorf("sealer for %s: %w", use, err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return Sealer{}, fmt.Errorf("sealer for %s: %w", use, err)
	}
	return Sealer{aead}, nil
}

// Seal returns letters, digits, "-" and "_" that Open reads.
func (k Sealer) Seal(plain []byte) string {
	return base64.RawURLEncoding.EncodeToString(k.aead.Seal(nil, nil, plain, nil))
}

// Open reads what Seal wrote, or gives ErrSeal.
func (k Sealer) Open(text string) ([]byte, error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, ErrSeal
	}
	plain, err := k.aead.Open(nil, nil, sealed, nil)
	if err != nil {
		return nil, ErrSeal
	}
	return plain, nil
}
