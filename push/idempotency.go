package push

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hongyan/store"
)

// maxKey bounds a caller's key, in characters.
const maxKey = 255

// callKey is the name a caller gave to one call, so that a repeat whose first
// answer was lost writes nothing new. It stands in the transaction of the
// message: both are there or neither.
type callKey struct {
	name string
	body []byte // SHA-256 of the draft
	keep time.Duration
}

// callKeyOf is nil for a draft without a key. The digest is made of the decoded
// draft, so that neither the order of fields nor the way of calling matters;
// a simple push adds the hashes of its tokens.
func callKeyOf(d *Draft, tokens []string) *callKey {
	if d.Key == "" {
		return nil
	}
	canonical := *d
	canonical.Summary = strings.TrimSpace(d.Summary)
	hashes := make([]string, len(tokens))
	for i, token := range tokens {
		hashes[i] = hex.EncodeToString([]byte(token))
	}
	sum := sha256.Sum256(marshal(struct {
		Draft
		Tokens []string `json:"tokens,omitempty"`
	}{canonical, hashes}))
	keep := keepKeys
	if d.KeyFor > 0 && d.KeyFor < keepKeys {
		keep = d.KeyFor
	}
	return &callKey{name: d.Key, body: sum[:], keep: keep}
}

// checkKey accepts no key, and one of printable characters.
func checkKey(name string) error {
	hidden := func(r rune) bool { return !unicode.IsPrint(r) }
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxKey || strings.ContainsFunc(name, hidden) {
		return &Invalid{"Idempotency-Key", fmt.Sprintf(textKey, maxKey)}
	}
	return nil
}

// ownerApp owns the keys of an app, whatever its token is by now: a reset
// between a call and its repeat must not make two messages.
func ownerApp(app AppID) string { return fmt.Sprintf("app %d", app) }

// ownerSPT owns the keys of a simple push. It is the token and not its owner,
// so that a token nobody has behaves like any other.
func ownerSPT(hash string) string { return "spt " + hex.EncodeToString([]byte(hash)) }

// once answers with the receipts of an earlier call under the key, or else
// lets send write and keeps its receipts. A twin of this moment waits on
// PostgreSQL until the first has ended, and then finds its receipts or its
// place. A call without a good receiver wrote nothing and is not kept.
func (k *callKey) once(tx *store.Tx, owner string, send func() ([]Receipt, error)) ([]Receipt, error) {
	ours, err := k.take(tx, owner)
	if err != nil {
		return nil, err
	}
	if !ours {
		return k.answer(tx, owner)
	}
	out, err := send()
	if err != nil {
		return nil, err
	}
	if allFailed(out) {
		_, err = tx.Exec(`DELETE FROM idempotency WHERE owner = $1 AND name = $2`, owner, k.name)
		return out, err
	}
	_, err = tx.Exec(`UPDATE idempotency SET answer = $3 WHERE owner = $1 AND name = $2`, owner, k.name, string(marshal(out)))
	return out, err
}

// take makes the key ours if it is new or stands no longer.
func (k *callKey) take(tx *store.Tx, owner string) (bool, error) {
	n, err := tx.Exec(`INSERT INTO idempotency (owner, name, body, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (owner, name) DO UPDATE SET body = excluded.body, answer = '', created_at = excluded.created_at
		WHERE idempotency.created_at <= $5`,
		owner, k.name, k.body, store.Millis(tx.Now), store.Millis(tx.Now.Add(-k.keep)))
	return n > 0, err
}

// answer reads what the first call under the key was told.
func (k *callKey) answer(tx *store.Tx, owner string) ([]Receipt, error) {
	var body []byte
	var answer string
	err := tx.QueryRow(`SELECT body, answer FROM idempotency WHERE owner = $1 AND name = $2`, owner, k.name).Scan(&body, &answer)
	if errors.Is(err, store.ErrNotFound) { // housekeeping took it between two statements: the caller asks again
		return nil, store.ErrBusy
	}
	if err != nil {
		return nil, err
	}
	if string(body) != string(k.body) {
		return nil, &Invalid{"Idempotency-Key", fmt.Sprintf(textKeyUsed, inWords(k.keep))}
	}
	return readReceipts(answer)
}

func readReceipts(answer string) (out []Receipt, err error) {
	if err := json.Unmarshal([]byte(answer), &out); err != nil {
		return nil, fmt.Errorf("read %d bytes of receipts: %w", len(answer), err)
	}
	return out, nil
}

// allFailed reports whether no item was good, so that nothing was written.
func allFailed(receipts []Receipt) bool {
	for _, r := range receipts {
		if !r.Failed {
			return false
		}
	}
	return true
}

// inWords is a duration as a sentence says it.
func inWords(d time.Duration) string {
	if d < time.Hour {
		return fmt.Sprintf("%d分钟", d/time.Minute)
	}
	return fmt.Sprintf("%d小时", d/time.Hour)
}
