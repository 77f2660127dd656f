package push

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// A handle is 128 bits as 22 characters that are safe in a URL, a file name
// and WeChat's scene_str.
var handleText = base64.RawURLEncoding.Strict()

// handleLen is the length of every handle.
const handleLen = 22

// The handle of a delivery is one AES block over the message (48 bits), the
// user (40 bits) and 40 zero bits, which a made-up handle does not decrypt to.
const (
	handleMessageBits = 48
	handleUserBits    = 40
)

// Handle names the page of one message for one user. It takes no room in the
// database and cannot be guessed: it is a keyed permutation of the row's key.
func (s *Service) Handle(msg int64, u UserID) string {
	var block [16]byte
	binary.BigEndian.PutUint64(block[:8], uint64(msg)<<(64-handleMessageBits))
	binary.BigEndian.PutUint64(block[6:14], uint64(u)<<(64-handleUserBits))
	s.keys.pages.Encrypt(block[:], block[:])
	return handleText.EncodeToString(block[:])
}

// parseHandle is the reverse of Handle. For anything that is not a handle it
// returns zeros, under which no row stands.
func (s *Service) parseHandle(handle string) (msg int64, u UserID) {
	var block [16]byte
	if len(handle) != handleLen {
		return 0, 0
	}
	if _, err := handleText.Decode(block[:], []byte(handle)); err != nil {
		return 0, 0
	}
	s.keys.pages.Decrypt(block[:], block[:])
	if block[11]|block[12]|block[13]|block[14]|block[15] != 0 {
		return 0, 0
	}
	msg = int64(binary.BigEndian.Uint64(block[:8]) >> (64 - handleMessageBits))
	u = UserID(binary.BigEndian.Uint64(block[6:14]) >> (64 - handleUserBits))
	return msg, u
}

// isHandle reports whether the text has the form of a handle, so that anything
// else is answered without a look into the database.
func isHandle(text string) bool {
	var block [16]byte
	if len(text) != handleLen {
		return false
	}
	_, err := handleText.Decode(block[:], []byte(text))
	return err == nil
}

// randomHandle is the handle of a code: nothing but chance.
func randomHandle() string {
	var block [16]byte
	rand.Read(block[:])
	return handleText.EncodeToString(block[:])
}

// permanentHandle is the handle of the one permanent code for a purpose, so
// that any node makes the same one.
func (s *Service) permanentHandle(purpose string, app AppID, topic TopicID) string {
	mac := hmac.New(sha256.New, s.keys.scenes)
	fmt.Fprintf(mac, "%s %d %d", purpose, app, topic)
	return handleText.EncodeToString(mac.Sum(nil)[:16])
}

// handleNumber is a part of a handle as a number, which puts codes of one
// moment into an order that both databases agree on.
func handleNumber(handle string) int64 {
	var block [16]byte
	handleText.Decode(block[:], []byte(handle)) // anything else is a number too
	return int64(binary.BigEndian.Uint64(block[:8]) >> 1)
}
