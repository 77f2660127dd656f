package push

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hongyan/push/content"
)

// The limits of one call, counted in characters.
const (
	maxContent = 40_000
	maxSummary = 100
	maxURL     = 1_000
	maxUIDs    = 2_000
	maxTopics  = 5
	maxSPTs    = 10
)

// Sizes are the limits of one call as they are now.
type Sizes struct{ Content, Summary, URL, UIDs, Topics, SPTs, Extra, CodeDays, KeptDays int }

// WireSizes are those that the wire contract fixes: nobody changes them, since
// programs rely on them.
func WireSizes() Sizes {
	return Sizes{
		Content: maxContent, Summary: maxSummary, URL: maxURL, UIDs: maxUIDs, Topics: maxTopics, SPTs: maxSPTs, Extra: maxExtra,
		CodeDays: int(maxValid.Hours() / 24), KeptDays: int(keepMessages.Hours() / 24),
	}
}

// Audience says who of the receivers is meant, by what they paid. Without a
// product bound to the app or topic nobody can pay, and everybody is meant.
const (
	Everybody = 0
	OnlyPaid  = 1 // paid until a time ahead
	NotPaid   = 2 // never paid, or expired
)

// Draft is a message before it is sent. Its JSON is what scheduled sends and
// the digests of keys keep, so the names must not change.
type Draft struct {
	Content  string       `json:"content"`
	Summary  string       `json:"summary,omitempty"` // longer than 100 characters is cut; empty: the beginning of the content
	URL      string       `json:"url,omitempty"`     // "read the original"; http or https, may be empty
	Kind     content.Kind `json:"contentType"`
	UIDs     []UID        `json:"uids,omitempty"` // repeats count once, empty ones not at all
	Topics   []TopicID    `json:"topicIds,omitempty"`
	Audience int          `json:"verifyPayType,omitempty"`

	// Key is the caller's own name for the call: while it stands, the same
	// draft under the same key is answered with the receipts of the first and
	// another draft is refused. Empty means that every call counts.
	Key string `json:"-"`
	// KeyFor is how long the key stands; zero means a day, which is the most.
	KeyFor time.Duration `json:"-"`
}

// Validate refuses what cannot be sent with an *Invalid. It does not ask for
// receivers: who needs them does.
func (d *Draft) Validate() error {
	if err := checkText("content", d.Content, 1, maxContent); err != nil {
		return err
	}
	if err := checkText("summary", d.Summary, 0, len(d.Summary)); err != nil {
		return err
	}
	if !d.Kind.Valid() {
		return &Invalid{"contentType", fmt.Sprintf(textKind, int(d.Kind))}
	}
	if err := checkURL("url", d.URL); err != nil {
		return err
	}
	if n := len(d.UIDs); n > maxUIDs {
		return &Invalid{"uids", fmt.Sprintf(textUIDs, maxUIDs, n)}
	}
	if n := len(d.Topics); n > maxTopics {
		return &Invalid{"topicIds", fmt.Sprintf(textTopics, maxTopics, n)}
	}
	for _, uid := range d.UIDs {
		if err := checkText("uids", string(uid), 0, len(uid)); err != nil {
			return err
		}
	}
	if err := checkKey(d.Key); err != nil {
		return err
	}
	if d.Audience < Everybody || d.Audience > NotPaid {
		return &Invalid{"verifyPayType", fmt.Sprintf(textAudience, d.Audience)}
	}
	return nil
}

// checkText refuses text that is too short or too long in characters, and text
// that not every database keeps: NUL and broken UTF-8.
func checkText(field, s string, least, most int) error {
	if !utf8.ValidString(s) {
		return &Invalid{field, fmt.Sprintf(textNotUTF8, field)}
	}
	if strings.IndexByte(s, 0) >= 0 {
		return &Invalid{field, fmt.Sprintf(textNUL, field)}
	}
	n := utf8.RuneCountInString(s)
	switch {
	case n < least:
		return &Invalid{field, fmt.Sprintf(textEmpty, field)}
	case n > most:
		return &Invalid{field, fmt.Sprintf(textTooLong, field, most, n)}
	}
	return nil
}

// checkURL accepts nothing, or an absolute http or https address.
func checkURL(field, address string) error {
	if address == "" {
		return nil
	}
	if err := checkText(field, address, 0, maxURL); err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https"}, u.Scheme) {
		return &Invalid{field, fmt.Sprintf(textURL, field)}
	}
	return nil
}

// Shown is the summary as the card shows it.
func (d *Draft) Shown() string {
	if s := strings.TrimSpace(d.Summary); s != "" {
		return content.Cut(s, maxSummary)
	}
	return content.Summary(d.Kind, d.Content, maxSummary)
}

// distinct drops empty values and repeats, and keeps the order.
func distinct[T comparable](all []T) []T {
	var zero T
	seen := make(map[T]struct{}, len(all))
	kept := make([]T, 0, len(all))
	for _, v := range all {
		if _, again := seen[v]; again || v == zero {
			continue
		}
		seen[v] = struct{}{}
		kept = append(kept, v)
	}
	return kept
}
