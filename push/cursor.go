package push

import (
	"encoding/base64"
	"encoding/binary"
)

// A cursor is the place where a list goes on, as callers carry it from page to
// page: the keys of the last row, sealed, so that it tells nothing about how
// many rows there are and cannot be made up. It names no app: whoever brings
// it sees their own rows only.

// cursorOf is which list a cursor belongs to.
type cursorOf int64

const (
	cursorMessages cursorOf = iota + 1
	cursorRecipients
	cursorCallbacks
	cursorReplays
	cursorAudit
	cursorFollowers
	cursorCodes
	cursorScans
	cursorUsers
	cursorApps
	cursorComplaints
	cursorRuns
	cursorWaiting
	cursorPast
)

// maxCursor is well above the length of any cursor.
const maxCursor = 200

// cursor makes the cursor of a place.
func (s *Service) cursor(of cursorOf, place ...int64) string {
	plain := binary.AppendVarint(nil, int64(of))
	for _, v := range place {
		plain = binary.AppendVarint(plain, v)
	}
	return base64.RawURLEncoding.EncodeToString(s.seal(plain))
}

// readCursor reads what cursor made for the same list. An empty cursor leaves
// place as it is; anything else that is not one gives an *Invalid.
func (s *Service) readCursor(of cursorOf, after string, place ...*int64) error {
	if after == "" {
		return nil
	}
	invalid := &Invalid{"after", textCursor}
	if len(after) > maxCursor {
		return invalid
	}
	sealed, err := base64.RawURLEncoding.DecodeString(after)
	if err != nil {
		return invalid
	}
	plain, err := s.open(sealed)
	if err != nil {
		return invalid
	}
	var list int64
	for _, v := range append([]*int64{&list}, place...) {
		n := 0
		if *v, n = binary.Varint(plain); n <= 0 {
			return invalid
		}
		plain = plain[n:]
	}
	if cursorOf(list) != of || len(plain) > 0 {
		return invalid
	}
	return nil
}

// The rows of one page.
const (
	defaultPage = 20
	maxPage     = 100
)

func pageSize(limit int) int {
	if limit <= 0 {
		return defaultPage
	}
	return min(limit, maxPage)
}
