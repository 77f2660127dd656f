package v1

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
	"hongyan/push/content"
)

// sameAlertWithin is how long the same notification counts as a repeat: the
// peers of a cluster of Alertmanagers and its retries come within seconds,
// while a reminder of an alert that goes on comes after hours.
const sameAlertWithin = time.Minute

// longestText is the most characters of one message.
const longestText = 40_000

// Receivers are named in the address by tools that cannot shape their body.
type Receivers struct {
	UIDs   []string `query:"uid,explode" doc:"接收的用户，可重复"`
	Topics []int64  `query:"topicId,explode" doc:"接收的主题，可重复"`
}

func (r *Receivers) draft() (d push.Draft) {
	for _, uid := range r.UIDs {
		d.UIDs = append(d.UIDs, push.UID(uid))
	}
	for _, id := range r.Topics {
		d.Topics = append(d.Topics, push.TopicID(id))
	}
	return d
}

type alertInput struct {
	Keyed
	Receivers
	RawBody []byte `contentType:"application/json"`
}

type textInput struct {
	Keyed
	Receivers
	ContentType string `header:"Content-Type" hidden:"true"`
	RawBody     []byte `contentType:"text/plain"`
}

func (a *API) registerWebhooks() {
	for _, h := range []struct {
		id, path, summary, words string
		register                 func(huma.Operation)
	}{
		{"webhook-alertmanager", "/webhooks/alertmanager", "接收 Alertmanager 或 Grafana 的通知", wordsAlerts,
			func(op huma.Operation) { huma.Register(a.huma, op, a.alert) }},
		{"webhook-text", "/webhooks/text", "把收到的文本或 JSON 原样发送", wordsText,
			func(op huma.Operation) { huma.Register(a.huma, op, a.text) }},
	} {
		op := operation(h.id, http.MethodPost, h.path, tagSend, h.summary)
		op.Description, op.DefaultStatus = h.words, http.StatusCreated
		op.SkipValidateBody = true // the verb reads it, and not as a schema says
		op.Security = append(op.Security, map[string][]string{inQuery: {}})
		h.register(op)
	}
}

func (a *API) alert(ctx context.Context, in *alertInput) (*struct{ Body sentView }, error) {
	var n alertNotice
	if json.Unmarshal(in.RawBody, &n) != nil || n.empty() {
		return nil, a.problem(&push.Invalid{Field: "body", Text: textNotAlert})
	}
	d := in.Receivers.draft()
	d.Kind, d.Summary, d.Content, d.URL = content.Markdown, n.title(), n.markdown(), link(n.ExternalURL)
	d.Key, d.KeyFor = sameAlert(&n, &d), sameAlertWithin
	return a.deliver(ctx, &in.Keyed, d)
}

// sameAlert names a notification by all that is shown of it and to whom, so
// that a group that changed is another one.
func sameAlert(n *alertNotice, d *push.Draft) string {
	raw, _ := json.Marshal(struct { // strings and integers always encode
		Group, Status string
		Draft         *push.Draft
	}{n.GroupKey, n.Status, d})
	sum := sha256.Sum256(raw)
	return "alert " + hex.EncodeToString(sum[:])
}

func (a *API) text(ctx context.Context, in *textInput) (*struct{ Body sentView }, error) {
	d := in.Receivers.draft()
	d.Kind, d.Content = content.Text, string(in.RawBody)
	if block, ok := codeBlock(in.RawBody, in.ContentType); ok {
		d.Kind, d.Content = content.Markdown, block
	}
	return a.deliver(ctx, &in.Keyed, d)
}

// codeBlock shows JSON indented, or as it came where that would be too long.
// A bare number or word is JSON only if the caller says so.
func codeBlock(body []byte, contentType string) (string, bool) {
	body = bytes.TrimSpace(body)
	if !utf8.Valid(body) || !json.Valid(body) || !strings.Contains(contentType, "json") && !bytes.ContainsAny(body[:1], "{[") {
		return "", false
	}
	var b bytes.Buffer
	if json.Indent(&b, storableText(body), "", "  ") != nil {
		return "", false
	}
	const fence = "```"
	if indented := fence + "json\n" + b.String() + "\n" + fence; utf8.RuneCountInString(indented) <= longestText {
		return indented, true
	}
	b.Reset()
	if json.Compact(&b, body) != nil {
		return "", false
	}
	return fence + "json\n" + b.String() + "\n" + fence, true
}

// storableText writes the strings of valid JSON with their characters instead of
// \u escapes, which many tools use for all that is not ASCII.
func storableText(body []byte) []byte {
	if !bytes.Contains(body, []byte(`\u`)) {
		return body
	}
	var out bytes.Buffer
	for i := 0; i < len(body); {
		if body[i] != '"' {
			out.WriteByte(body[i])
			i++
			continue
		}
		end := i + 1
		for body[end] != '"' {
			if body[end] == '\\' {
				end++
			}
			end++
		}
		out.Write(plain(body[i : end+1]))
		i = end + 1
	}
	return out.Bytes()
}

// plain is a JSON string written anew.
func plain(literal []byte) []byte {
	var s string
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if json.Unmarshal(literal, &s) != nil || e.Encode(s) != nil {
		return literal
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
