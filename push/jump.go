package push

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hongyan/store"
)

// Jump returns the address of the app's own page for the turn's user, who must
// follow the app or one of its topics: a stranger's UID is nobody's business.
// It is signed if the app has a key, for this moment; receivers take it for
// ten minutes, each nonce once. ErrNoDoor.
func (s *Service) Jump(t *Turn, app AppID) (address string, err error) {
	var sealed []byte
	err = t.Tx.QueryRow(`SELECT a.setting_url, a.setting_key FROM app a
		WHERE a.id = $1 AND a.deleted_at = 0 AND a.setting_url <> '' AND EXISTS (
			SELECT 1 FROM subscription s WHERE s.user_id = $2 AND s.active = 1 AND s.rejected = 0 AND (
				s.kind = 0 AND s.target = a.id OR
				s.kind = 1 AND s.target IN (SELECT t.id FROM topic t WHERE t.app_id = a.id AND t.deleted_at = 0)))`,
		int64(app), int64(t.User.ID)).Scan(&address, &sealed)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoDoor
	}
	var key []byte
	if err == nil && len(sealed) > 0 {
		key, err = s.open(sealed)
	}
	if err == nil {
		address, err = jumpAddress(address, t.User.UID, key, t.Tx.Now, rand.Text())
	}
	if err != nil {
		return "", fmt.Errorf("jump to app %d: %w", app, err)
	}
	return address, nil
}

// jumpAddress adds our parameters to an address; its own stay as they are,
// unless they have our names. The signature covers all parameters but itself.
func jumpAddress(address string, uid UID, key []byte, now time.Time, nonce string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", errors.New("the app's address cannot be read") // without the address, which may hold secrets
	}
	ours := [][2]string{{"uid", string(uid)}}
	if len(key) > 0 {
		ours = append(ours, [2]string{"ts", strconv.FormatInt(now.UnixMilli(), 10)}, [2]string{"nonce", nonce}, [2]string{"sv", "1"})
	}
	var raw []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(part, "=")
		if part != "" && !slices.Contains([]string{"uid", "ts", "nonce", "sv", "sign"}, unescape(name)) {
			raw = append(raw, part)
		}
	}
	for _, p := range ours {
		raw = append(raw, p[0]+"="+url.QueryEscape(p[1]))
	}
	if len(key) > 0 {
		raw = append(raw, "sign="+sign(raw, key))
	}
	u.RawQuery = strings.Join(raw, "&")
	return u.String(), nil
}

// sign is lower-case hex HMAC-SHA256 over the decoded parameters, sorted by
// name, as k=v&k=v.
func sign(raw []string, key []byte) string {
	pairs := make([][2]string, len(raw))
	for i, part := range raw {
		name, value, _ := strings.Cut(part, "=")
		pairs[i] = [2]string{unescape(name), unescape(value)}
	}
	slices.SortStableFunc(pairs, func(a, b [2]string) int { return cmp.Compare(a[0], b[0]) })
	mac := hmac.New(sha256.New, key)
	for i, p := range pairs {
		if i > 0 {
			mac.Write([]byte("&"))
		}
		mac.Write([]byte(p[0] + "=" + p[1]))
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// unescape decodes a part of a query, or leaves it if it is none.
func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}
