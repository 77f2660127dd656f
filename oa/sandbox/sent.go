package sandbox

import "time"

// Sent memory knows the client_msg_id of late sends. It forgets in
// generations, so that forgetting costs nothing a send would feel.
type sentMemory struct {
	now, before map[sentKey]sentCard
	turned      int64 // Unix milliseconds
}

type sentKey struct{ openid, id string }

type sentCard struct {
	msgid int64
	at    int64 // Unix milliseconds
}

// find returns the card sent under key within the last span.
func (m *sentMemory) find(key sentKey, now time.Time, span time.Duration) (sentCard, bool) {
	card, ok := m.now[key]
	if !ok {
		card, ok = m.before[key]
	}
	return card, ok && now.UnixMilli()-card.at < span.Milliseconds()
}

func (m *sentMemory) put(key sentKey, card sentCard, span time.Duration) {
	if m.now == nil || card.at-m.turned >= span.Milliseconds() {
		m.before, m.now, m.turned = m.now, map[sentKey]sentCard{}, card.at
	}
	m.now[key] = card
}

// Repeat memory knows when a text was last sent to whom, by digest.
type repeatMemory struct {
	now, before map[uint64]int64
	turned      int64
}

// seen says whether the digest was put within the last span.
func (m *repeatMemory) seen(digest uint64, now time.Time, span time.Duration) bool {
	at, ok := m.now[digest]
	if !ok {
		at, ok = m.before[digest]
	}
	return ok && now.UnixMilli()-at < span.Milliseconds()
}

func (m *repeatMemory) put(digest uint64, now time.Time, span time.Duration) {
	at := now.UnixMilli()
	if m.now == nil || at-m.turned >= span.Milliseconds() {
		m.before, m.now, m.turned = m.now, map[uint64]int64{}, at
	}
	m.now[digest] = at
}

// FNV-1a, 64 bit: the ledger's digests must stay the same over restarts.
const (
	fnvStart = 14695981039346656037
	fnvPrime = 1099511628211
)

func fnv(h uint64, text string) uint64 {
	for i := 0; i < len(text); i++ {
		h = (h ^ uint64(text[i])) * fnvPrime
	}
	return (h ^ 0xff) * fnvPrime
}
