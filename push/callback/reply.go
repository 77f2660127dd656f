package callback

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A reply becomes WeChat's passive text, which takes 2,048 bytes; 600 Chinese
// characters are what its editor allows.
const (
	maxReplyRunes = 600
	maxReplyBytes = 2048
)

// reply finds the developer's words in an answer's body: the field "reply" of
// a JSON object. Without any there is no reply; note says why if that looks
// like a mistake. It never returns both.
func reply(a answer) (text, note string) {
	body := bytes.TrimSpace(bytes.TrimPrefix(a.body, []byte("\uFEFF")))
	switch {
	case a.err != nil:
		return "", wordBodyBroken
	case len(body) == 0:
		return "", ""
	case a.long:
		return "", wordBodyLong
	case a.packed:
		return "", wordBodyPacked
	case !utf8.Valid(body):
		return "", wordBodyCharset
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil || object == nil {
		return "", wordBodyNotJSON
	}
	raw, ok := object["reply"]
	if !ok || string(raw) == "null" {
		return "", ""
	}
	if json.Unmarshal(raw, &text) != nil {
		return "", wordReplyType
	}
	return cutReply(printable(text)), ""
}

// printable removes what no chat shows and no database takes, and knows one
// kind of line end.
func printable(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// cutReply shortens s to what a passive text holds; the cut is shown by an
// ellipsis.
func cutReply(s string) string {
	if len(s) <= maxReplyBytes && utf8.RuneCountInString(s) <= maxReplyRunes {
		return s
	}
	const dots = "…"
	s = cutBytes(s, maxReplyBytes-len(dots))
	if runes := []rune(s); len(runes) >= maxReplyRunes {
		s = string(runes[:maxReplyRunes-1])
	}
	return s + dots
}
