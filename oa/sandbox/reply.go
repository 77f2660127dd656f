package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"hongyan/oa"
	"hongyan/oa/sandbox/pay"
)

// A Shown says what the phone did with the account's answer.
type Shown string

// Shown is a reply, nothing at all, or the text that says the account is
// faulty.
const (
	ShownReply   Shown = "reply"
	ShownNothing Shown = "nothing"
	ShownFault   Shown = "fault"
)

// Answer is what became of a follower's act.
type Answer struct {
	Reply string `json:"reply"`
	Shown Shown  `json:"shown"`
	// URL is the page that opens, when what was scanned or tapped is a link.
	URL string `json:"url,omitempty"`
	// Pay is the pay sheet, when what was scanned is a code_url.
	Pay *pay.Sheet `json:"pay,omitempty"`
	// Fault says why the phone shows the fault text.
	Fault string `json:"fault,omitempty"`
}

// errReply says that an answer is none WeChat understands.
var errReply = errors.New("answer is not a passive reply")

// A passiveReply is the clear document of an answer: text by path.
type passiveReply map[string]string

// read turns the body of an answer into entries of the chat; none for
// "success" and for an empty body.
func (s *Sandbox) read(body []byte, e *envelope, toMessage bool) ([]entry, error) {
	text := strings.TrimSpace(string(body))
	if text == "" || text == "success" {
		return nil, nil
	}
	reply, err := parseReply(text, e.json)
	if err != nil {
		return nil, err
	}
	if sealed := reply["Encrypt"]; sealed != "" {
		if reply, err = s.unseal(reply, e.json); err != nil {
			return nil, err
		}
	} else if e.mode == oa.ModeSafe {
		return nil, fmt.Errorf("%w: it is not encrypted", errReply)
	}
	if reply["ToUserName"] != e.openid || reply["FromUserName"] != s.o.OriginalID {
		return nil, fmt.Errorf("%w: ToUserName or FromUserName is not the other's", errReply)
	}
	if _, err := strconv.ParseInt(reply["CreateTime"], 10, 64); err != nil {
		return nil, fmt.Errorf("%w: CreateTime is not a number", errReply)
	}
	return reply.entries(toMessage)
}

// unseal checks the signature of an encrypted answer and opens it.
func (s *Sandbox) unseal(outer passiveReply, asJSON bool) (passiveReply, error) {
	if s.caller.cipher == nil {
		return nil, fmt.Errorf("%w: encrypted for an account without a key", errReply)
	}
	want := oa.Signature(s.o.Token, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
	if outer["MsgSignature"] != want {
		return nil, fmt.Errorf("%w: MsgSignature is wrong", errReply)
	}
	clear, err := s.caller.cipher.Open(outer["Encrypt"])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errReply, err)
	}
	return parseReply(string(clear), asJSON)
}

func parseReply(text string, asJSON bool) (passiveReply, error) {
	reply := passiveReply{}
	if asJSON && strings.HasPrefix(text, "{") {
		var doc map[string]any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&doc); err != nil {
			return nil, fmt.Errorf("%w: %w", errReply, err)
		}
		reply.flattenJSON("", doc)
		return reply, nil
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		return nil, fmt.Errorf("%w: %w", errReply, err)
	}
	root := doc.Root()
	if root == nil || root.Tag != "xml" {
		return nil, fmt.Errorf("%w: its root is not xml", errReply)
	}
	reply.flattenXML("", root)
	return reply, nil
}

// flattenXML keeps the text of each leaf under its path; of repeated items
// each gets its number.
func (p passiveReply) flattenXML(prefix string, parent *etree.Element) {
	items := 0
	for _, child := range parent.ChildElements() {
		name := prefix + child.Tag
		if child.Tag == "item" {
			name = prefix + strconv.Itoa(items)
			items++
		}
		if len(child.ChildElements()) > 0 {
			p.flattenXML(name+"/", child)
			continue
		}
		p[name] = child.Text()
	}
}

func (p passiveReply) flattenJSON(prefix string, object map[string]any) {
	for name, value := range object {
		switch v := value.(type) {
		case map[string]any:
			p.flattenJSON(prefix+name+"/", v)
		case []any:
			for i, item := range v {
				if m, ok := item.(map[string]any); ok {
					p.flattenJSON(prefix+name+"/"+strconv.Itoa(i)+"/", m)
				}
			}
		default:
			p[prefix+name] = fmt.Sprint(v)
		}
	}
}

// entries puts the reply into the chat's terms.
func (p passiveReply) entries(toMessage bool) ([]entry, error) {
	switch kind := p["MsgType"]; kind {
	case "text":
		if p["Content"] == "" {
			return nil, fmt.Errorf("%w: its Content is empty", errReply)
		}
		return []entry{{text: p["Content"], items: linkedChoices(p["Content"])}}, nil
	case "image", "voice", "video":
		group := strings.ToUpper(kind[:1]) + kind[1:] + "/"
		if p[group+"MediaId"] == "" {
			return nil, fmt.Errorf("%w: %sMediaId is missing", errReply, group)
		}
		return []entry{{text: mediaWords[kind] + p[group+"MediaId"], title: p[group+"Title"]}}, nil
	case "music":
		if p["Music/ThumbMediaId"] == "" {
			return nil, fmt.Errorf("%w: Music/ThumbMediaId is missing", errReply)
		}
		return []entry{{text: mediaWords[kind] + p["Music/Description"], title: p["Music/Title"], url: p["Music/MusicUrl"]}}, nil
	case "news":
		return p.articles(toMessage)
	case "transfer_customer_service", "transfer_biz_ai_ivr":
		return nil, nil
	default:
		return nil, fmt.Errorf("%w: MsgType %q", errReply, kind)
	}
}

// articles are at most 8, and 1 in answer to a message.
func (p passiveReply) articles(toMessage bool) ([]entry, error) {
	n, err := strconv.Atoi(p["ArticleCount"])
	if err != nil || n < 1 || n > 8 || toMessage && n > 1 {
		return nil, fmt.Errorf("%w: ArticleCount %q", errReply, p["ArticleCount"])
	}
	var list []entry
	for i := range n {
		at := "Articles/" + strconv.Itoa(i) + "/"
		if p[at+"Title"] == "" && p[at+"Url"] == "" {
			return nil, fmt.Errorf("%w: article %d is missing", errReply, i+1)
		}
		list = append(list, entry{title: p[at+"Title"], text: p[at+"Description"], url: p[at+"Url"]})
	}
	return list, nil
}
