package push

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
)

const keySize = 32

// keys are what an installation keeps secret. The server key seals what must
// be shown again; the id key permutes public ids and handles. Both are used
// only through keys derived from them, one for each use.
type keys struct {
	aead   cipher.AEAD  // sealing
	ids    cipher.Block // public ids of messages and records
	pages  cipher.Block // handles of deliveries
	scenes []byte       // handles of permanent codes
	// browsers is what the keys of Sealers come from; see Sealer.
	browsers []byte
	id       []byte // the id key itself, to be kept sealed
}

func newKeys(server, id []byte) (keys, error) {
	var k keys
	sealing, err := derivedBlock(server, "hongyan seal")
	if err != nil {
		return k, err
	}
	if k.aead, err = cipher.NewGCMWithRandomNonce(sealing); err != nil {
		return k, err
	}
	if k.browsers, err = hkdf.Key(sha256.New, server, nil, "hongyan browsers", keySize); err != nil {
		return k, err
	}
	if k.ids, err = derivedBlock(id, "hongyan public id"); err != nil {
		return k, err
	}
	if k.pages, err = derivedBlock(id, "hongyan delivery handle"); err != nil {
		return k, err
	}
	k.scenes, err = hkdf.Key(sha256.New, id, nil, "hongyan permanent scene", keySize)
	k.id = id
	return k, err
}

// openKeys is newKeys with an id key that is still sealed.
func openKeys(server, sealedID []byte) (keys, error) {
	k, err := newKeys(server, nil)
	if err != nil {
		return k, err
	}
	id, err := k.open(sealedID)
	if err != nil {
		return k, fmt.Errorf("open the id key: %w", ErrOtherKey)
	}
	return newKeys(server, id)
}

func derivedBlock(key []byte, use string) (cipher.Block, error) {
	derived, err := hkdf.Key(sha256.New, key, nil, use, keySize)
	if err != nil {
		return nil, err
	}
	return aes.NewCipher(derived)
}

func (k keys) sealedID() []byte { return k.seal(k.id) }

func (k keys) seal(plain []byte) []byte { return k.aead.Seal(nil, nil, plain, nil) }

func (k keys) open(sealed []byte) ([]byte, error) { return k.aead.Open(nil, nil, sealed, nil) }

// seal encrypts a secret that must be shown or used again; two sealings of one
// secret differ. It is AES-256-GCM under the server key.
func (s *Service) seal(plain []byte) []byte { return s.keys.seal(plain) }

// open reads what seal wrote.
func (s *Service) open(sealed []byte) ([]byte, error) {
	plain, err := s.keys.open(sealed)
	if err != nil {
		return nil, fmt.Errorf("open a sealed secret of %d bytes: %w", len(sealed), err)
	}
	return plain, nil
}

// newSecret is prefix and 32 random characters of 5 bits.
func newSecret(prefix string) string {
	return prefix + (rand.Text() + rand.Text())[:32]
}

// hashSecret is how a secret stands in the database to be found by.
func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
