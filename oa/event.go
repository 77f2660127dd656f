package oa

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// Event is a message of a follower or something that happened to one. The
// concrete types are this package's structs; everything WeChat invents beside
// them is an [Unknown].
type Event interface {
	Head() *Head
}

// Head is what every document begins with. Each event embeds it, so its
// fields are read as the event's own.
type Head struct {
	To       string    // gh_…, the account addressed
	OpenID   string    // FromUserName: the follower, or a helper of the platform
	At       time.Time // CreateTime, to the second
	Type     string    // MsgType
	Event    string    // as WeChat wrote it; its case varies
	EventKey string
	// MsgID is MsgId of a message or MsgID of a report, 0 when there is none.
	MsgID int64
	// MsgDataID and Idx name the article a message was sent from.
	MsgDataID, Idx string
	// Raw is the clear document.
	Raw []byte
}

// head is embedded under this name because a field called Head would hide the
// method.
type head = Head

// Head returns h, and so makes every struct that embeds it an [Event].
func (h *Head) Head() *Head { return h }

// maxKey bounds [Head.Key] in bytes.
const maxKey = 200

// Key is equal for the attempts of one event and different for different
// events. WeChat names MsgId for messages and FromUserName with CreateTime
// for events; both collide in practice, so the key has all of them, and the
// event's name, key and MsgID as well. It is at most 200 bytes.
func (h *Head) Key() string {
	var b strings.Builder
	b.Grow(96)
	var number [20]byte
	b.WriteString(h.OpenID)
	b.WriteByte(' ')
	b.Write(strconv.AppendInt(number[:0], h.At.Unix(), 10))
	b.WriteByte(' ')
	if h.MsgID != 0 {
		b.Write(strconv.AppendInt(number[:0], h.MsgID, 10))
	}
	b.WriteByte(' ')
	switch {
	case h.Type == "event":
		b.WriteString(strings.ToLower(h.Event))
		b.WriteByte(' ')
		if h.EventKey != "" {
			b.WriteString(digest(h.EventKey)[:24])
		}
	case h.MsgID == 0:
		b.WriteString(digest(string(h.Raw))[:32])
	}
	if b.Len() > maxKey {
		return digest(b.String())
	}
	return b.String()
}

// digest is the hex SHA-256 of s.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Unknown is a document of a kind this package has no type for. Fields has
// its top-level nodes that hold text.
type Unknown struct {
	head
	Fields map[string]string
}
