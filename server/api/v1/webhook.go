package v1

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
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
	UIDs   []string `query:"uid,explode" example:"UID_0123456789ABCDEFGHIJKLMNOPQRSTUV" doc:"接收的用户，可重复"`
	Topics []int64  `query:"topicId,explode" example:"[1]" doc:"接收的主题，可重复"`
	// Token is read by authenticate; it stands here to be a known parameter.
	Token string `query:"appToken" hidden:"true"`
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
		kind                     string
		body                     *huma.Schema
	}{
		{"webhook-alertmanager", "/webhooks/alertmanager", "接收 Alertmanager 或 Grafana 的通知", wordsAlerts,
			func(op huma.Operation) { huma.Register(a.huma, op, a.alert) },
			"application/json", &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Examples: []any{sampleAlert()}}},
		{"webhook-text", "/webhooks/text", "把收到的文本或 JSON 原样发送", wordsText,
			func(op huma.Operation) { huma.Register(a.huma, op, a.text) },
			"text/plain", &huma.Schema{Type: huma.TypeString, Examples: []any{wordsSampleText}}},
	} {
		op := operation(h.id, http.MethodPost, h.path, tagSend, h.summary, http.StatusForbidden)
		op.Description, op.DefaultStatus = h.words, http.StatusCreated
		op.SkipValidateBody = true // the verb reads it, and not as a schema says
		op.Security = append(op.Security, map[string][]string{inQuery: {}})
		h.register(op)
		a.huma.OpenAPI().Paths[op.Path].Post.RequestBody.Content[h.kind].Schema = h.body // huma knows only that it is bytes
	}
}

//go:embed sample_alert.json
var sampleAlertText []byte

// sampleAlert is a notification as Alertmanager sends it.
func sampleAlert() (v any) {
	if err := json.Unmarshal(sampleAlertText, &v); err != nil {
		panic(err) // a programmer's mistake, found at the first start
	}
	return v
}

func (a *API) alert(ctx context.Context, in *alertInput) (*answer[sentView], error) {
	if !json.Valid(in.RawBody) {
		return nil, huma.Error400BadRequest(textNotJSON, errors.New(textNotJSON))
	}
	var n alertNotice
	if json.Unmarshal(in.RawBody, &n) != nil || n.empty() {
		return nil, a.problem(&push.Invalid{Field: "body", Text: textNotAlert})
	}
	d := to(in.UIDs, in.Topics)
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

func (a *API) text(ctx context.Context, in *textInput) (*answer[sentView], error) {
	d := to(in.UIDs, in.Topics)
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
	if json.Indent(&b, unescaped(body), "", "  ") != nil {
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

// unescaped writes the strings of valid JSON with their characters instead of
// \u escapes, which many tools use for all that is not ASCII.
func unescaped(body []byte) []byte {
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
