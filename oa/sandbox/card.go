package sandbox

import (
	"encoding/json"
	"strings"
)

// A templateCall is the body of message/template/send.
type templateCall struct {
	ToUser      string                   `json:"touser"`
	TemplateID  string                   `json:"template_id"`
	URL         string                   `json:"url"`
	ClientMsgID string                   `json:"client_msg_id"`
	Data        map[string]templateValue `json:"data"`
}

type templateValue struct {
	Value string `json:"value"`
}

func (t *templateCall) parse(body []byte) error { return json.Unmarshal(body, t) }

// maxTemplateURL is the longest link a card may carry.
const maxTemplateURL = 2048

// validate checks the card itself, in the order the platform is taken to.
func (t *templateCall) validate(s *Sandbox, r *ruleSet) error {
	switch {
	case t.ToUser == "":
		return refuse(codeBadOpenID)
	case t.TemplateID == "":
		return refuse(codeBadTemplate)
	case oneOf(t.TemplateID, r.BannedTemplates...):
		return refuse(codeTemplateBanned)
	case len(t.URL) > maxTemplateURL:
		return refuse(codeBadURLSize)
	case len(t.Data) == 0:
		return badArgument("data")
	case !r.allowsClientMsgID(t.ClientMsgID):
		return badArgument("client_msg_id")
	}
	shape := s.templates.get(t.TemplateID)
	if shape == nil && r.CheckTemplate {
		return refuse(codeBadTemplate)
	}
	if r.CheckFields {
		if key := t.brokenField(); key != "" {
			return badArgument("data." + key + ".value")
		}
	}
	if shape != nil && r.CheckKeys {
		for _, line := range shape.lines {
			if _, ok := t.Data[line.Key]; !ok {
				return badArgument("data." + line.Key + ".value is empty")
			}
		}
	}
	if t.mentions(r.BlockedWords) {
		return refuse(codeBlockedContent)
	}
	return nil
}

func badArgument(what string) *refusal {
	if !strings.HasSuffix(what, "empty") {
		what += " invalid"
	}
	return &refusal{code: codeBadArgument, text: "argument invalid! " + what}
}

// brokenField names the first broken field by name, so that the answer does
// not depend on the order of a map.
func (t *templateCall) brokenField() (first string) {
	for key, v := range t.Data {
		if (first == "" || key < first) && broken(key, v.Value) {
			first = key
		}
	}
	return first
}

func (t *templateCall) mentions(words []string) bool {
	for _, word := range words {
		for _, v := range t.Data {
			if strings.Contains(v.Value, word) {
				return true
			}
		}
	}
	return false
}

func (r *ruleSet) allowsClientMsgID(id string) bool {
	if r.ClientMsgIDMax > 0 && len(id) > r.ClientMsgIDMax {
		return false
	}
	if !r.ClientMsgIDASCII {
		return true
	}
	return every(id, func(c rune) bool { return c < 0x80 && strings.ContainsRune(alphabet, c) })
}

// digest is the same for the same card to the same user.
func (t *templateCall) digest() uint64 {
	sum := uint64(0)
	for key, v := range t.Data {
		sum += fnv(fnv(fnvStart, key), v.Value) // a map has no order; a sum needs none
	}
	return fnv(fnv(fnv(sum, t.ToUser), t.TemplateID), t.URL)
}
