package commands

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"hongyan/push"
)

// Verb is what a follower asks for by a text.
type Verb int

// The verbs. The zero verb asks for nothing.
const (
	Nothing       Verb = iota // an empty text
	Plain                     // Content, without saying to whom
	Uplink                    // Content to App
	Follow                    // App
	Recall                    // the text kept as number Kept, to App
	Unfollow                  // App
	UnfollowTopic             // Topic
	MyUID
	MySPT
	MySubscriptions
	Help
	Mute
	Unmute
	Allow  // what was asked under Code
	Refuse // what was asked under Code
	Market
)

// Phrase is a text as the platform understands it. An App or Topic of 0 is a
// number nobody can have, such as #0 or one of twenty digits.
type Phrase struct {
	Verb    Verb
	App     push.AppID
	Topic   push.TopicID
	Kept    int
	Content string
	Code    string
}

// Parse reads a follower's text. It never fails: what is no command is Plain.
// Blanks around the text and invalid bytes are dropped; line breaks and blanks
// within a content are kept.
func Parse(text string) Phrase {
	text = clean(text)
	if text == "" {
		return Phrase{}
	}
	if rest, ok := cutHash(text); ok {
		return addressed(text, rest)
	}
	if verb, ok := words[plainWord(text)]; ok {
		return Phrase{Verb: verb}
	}
	if p, ok := unfollow(text); ok {
		return p
	}
	if p, ok := approval(text); ok {
		return p
	}
	return Phrase{Verb: Plain, Content: text}
}

// addressed reads what stands behind the hash of text: a number, then a
// content or nothing. A hash before anything else is part of a plain text.
func addressed(text, rest string) Phrase {
	if rest == "" {
		return Phrase{Verb: Help}
	}
	number, rest, ok := cutNumber(rest)
	if !ok {
		return Phrase{Verb: Plain, Content: text}
	}
	app := push.AppID(number)
	content := trim(rest)
	if content == "" {
		return Phrase{Verb: Follow, App: app}
	}
	if kept, ok := keptNumber(content); ok {
		return Phrase{Verb: Recall, App: app, Kept: kept}
	}
	return Phrase{Verb: Uplink, App: app, Content: content}
}

// keptNumber reads ↩3, the name of a kept text, with or without the selector
// that phones put behind the arrow to draw it as an emoji.
func keptNumber(content string) (int, bool) {
	rest, ok := strings.CutPrefix(content, string(arrow))
	if !ok {
		return 0, false
	}
	number, rest, ok := cutNumber(strings.TrimPrefix(rest, "\uFE0F"))
	if !ok || rest != "" || number == 0 || number > 1<<31-1 {
		return 0, false
	}
	return int(number), true
}

// unfollow reads 退订 #97 and 退订主题 #12, with or without the hash.
func unfollow(text string) (Phrase, bool) {
	rest, ok := cutAny(text, "退订", "取消关注", "取消订阅")
	if !ok {
		return Phrase{}, false
	}
	verb := Unfollow
	if after, ok := strings.CutPrefix(trim(rest), "主题"); ok {
		rest, verb = after, UnfollowTopic
	}
	rest = trim(rest)
	if after, ok := cutHash(rest); ok {
		rest = after
	}
	number, rest, ok := cutNumber(rest)
	if !ok || rest != "" {
		return Phrase{}, false
	}
	if verb == UnfollowTopic {
		return Phrase{Verb: verb, Topic: push.TopicID(number)}, true
	}
	return Phrase{Verb: verb, App: push.AppID(number)}, true
}

// arrow stands before the number of a kept text.
const arrow = '↩'

// maxDigits keeps every number well inside int64; a longer one is nobody's.
const maxDigits = 18

// cutNumber reads the digits, ASCII or full-width, that s begins with. A
// number too long to be anybody's is 0.
func cutNumber(s string) (n int64, rest string, ok bool) {
	end := strings.IndexFunc(s, func(r rune) bool { return !unicode.Is(digits, r) })
	if end < 0 {
		end = len(s)
	}
	if end == 0 {
		return 0, s, false
	}
	number := strings.TrimLeft(strings.Map(halfWidth, s[:end]), "0")
	if len(number) > maxDigits {
		return 0, s[end:], true
	}
	n, _ = strconv.ParseInt("0"+number, 10, 64)
	return n, s[end:], true
}

// digits are the ASCII and the full-width ones, no other script's.
var digits = &unicode.RangeTable{R16: []unicode.Range16{{Lo: '0', Hi: '9', Stride: 1}, {Lo: '０', Hi: '９', Stride: 1}}}

// halfWidth writes a full-width letter, digit or sign as the ASCII one.
func halfWidth(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - '！' + '!'
	}
	return r
}

// cutHash takes a hash, half or full width, and the blanks behind it off s.
func cutHash(s string) (string, bool) {
	rest, ok := cutAny(s, "#", "＃")
	return trim(rest), ok
}

func cutAny(s string, prefixes ...string) (string, bool) {
	for _, prefix := range prefixes {
		if rest, ok := strings.CutPrefix(s, prefix); ok {
			return rest, true
		}
	}
	return s, false
}

// clean drops what no database keeps the same (NUL, invalid UTF-8) and the
// blanks around s.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "")
	}
	return trim(strings.ReplaceAll(s, "\x00", ""))
}

// trim drops the blanks around s.
func trim(s string) string { return strings.TrimFunc(s, blank) }

// blank reports whether r shows nothing: white space, the ideographic one
// included, and what has no width at all.
func blank(r rune) bool {
	switch r {
	case '\u200B', '\u2060', '\uFEFF':
		return true
	}
	return unicode.IsSpace(r)
}

// maxWord is how many bytes a word of the table can have, blanks included.
const maxWord = 64

// plainWord writes text the way the table of words does: no blanks, small
// half-width letters, no closing punctuation.
func plainWord(text string) string {
	if len(text) > maxWord {
		return ""
	}
	word := strings.Map(func(r rune) rune {
		if blank(r) {
			return -1
		}
		return unicode.ToLower(halfWidth(r))
	}, text)
	if bare := strings.TrimRight(word, "。.!~"); bare != "" {
		return bare
	}
	return word
}
