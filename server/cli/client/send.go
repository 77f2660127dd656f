package client

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"hongyan/server/cli/term"
)

// Send sends one message. Only server and token come from the environment: a
// receiver or a key that stood there would go with every message.
type Send struct {
	Connection `group:"Connection:"`
	Text       string        `arg:"" optional:"" help:"The message. - reads standard input, and so does leaving it out when standard input is no terminal."`
	File       string        `env:"-" help:"Read the message from a file." placeholder:"FILE"`
	Markdown   bool          `env:"-" xor:"kind" help:"The message is Markdown."`
	HTML       bool          `name:"html" env:"-" xor:"kind" help:"The message is HTML."`
	Summary    string        `env:"-" help:"What the card shows. Default: the beginning of the message." placeholder:"TEXT"`
	URL        string        `name:"url" env:"-" help:"Link shown below the message." placeholder:"URL"`
	UID        []string      `name:"uid" env:"-" help:"A follower who gets it; repeatable." placeholder:"UID"`
	Topic      []int64       `env:"-" complete:"topics" help:"Number of a topic whose followers get it; repeatable." placeholder:"N"`
	SPT        []string      `name:"spt" env:"-" help:"A simple push token whose owner gets it, without an app; repeatable." placeholder:"SPT"`
	Wait       bool          `env:"-" help:"Wait until every receiver has it or has failed."`
	Timeout    time.Duration `env:"-" default:"2m" help:"How long --wait waits."`
	Key        string        `env:"-" help:"Idempotency key: within 24 hours the same key sends the same message once. Default: a random one for this run, so that asking again after a lost answer is safe." placeholder:"KEY"`
	JSON       bool          `name:"json" env:"-" help:"Print one JSON document."`
}

// Help says what the summary leaves out.
func (*Send) Help() string {
	return exitCodes + `

Without a receiver it sends to the demo follower of the sandbox, so that hongyan send 你好 works beside a fresh server.`
}

// sent is the whole answer, as --json prints it.
type sent struct {
	Message  int64     `json:"messageId"` // 0 when it went to simple push tokens only
	Receipts []receipt `json:"receipts"`
	Outcome  *outcome  `json:"outcome,omitempty"` // with --wait
}

// Run sends, prints the receipts, and waits if asked to.
func (s *Send) Run(ctx context.Context, at Place) error {
	content, err := s.content()
	if err != nil {
		return err
	}
	t, err := s.find(at)
	if err != nil {
		return err
	}
	if len(s.UID)+len(s.Topic)+len(s.SPT) == 0 {
		if t.demo == "" {
			return usage("no receiver: give --uid, --topic or --spt")
		}
		s.UID = []string{t.demo}
	}
	if len(s.UID)+len(s.Topic) > 0 && t.token == "" {
		return errNoToken
	}
	s.SPT = distinct(s.SPT) // as the server answers them
	if s.Key == "" {
		s.Key = "cli-" + rand.Text()
	}
	out := term.Stdout()
	got, sendErr := s.send(ctx, &t, content)
	if len(got.Receipts) == 0 {
		return sendErr
	}
	if !s.JSON {
		printReceipts(out, got)
	}
	var waitErr error
	if s.Wait && !got.refused() {
		var o outcome
		o, waitErr = s.await(ctx, &t, got)
		got.Outcome = &o
		if !s.JSON && waitErr == nil {
			printOutcome(out, &o)
		}
	}
	if s.JSON {
		if err := term.WriteJSON(out, got); err != nil {
			return err
		}
	}
	return got.result(sendErr, waitErr)
}

// send makes the call of the app and that of the simple push tokens. When the
// second is refused after the first was taken, some receivers have failed.
func (s *Send) send(ctx context.Context, t *target, content string) (got sent, err error) {
	if len(s.UID)+len(s.Topic) > 0 {
		if err := t.do(ctx, call{method: http.MethodPost, path: "/api/v1/messages", key: s.Key, body: map[string]any{
			"content": content, "contentType": s.kind(), "summary": s.Summary, "url": s.URL, "uids": orNone(s.UID), "topicIds": orNone(s.Topic),
		}}, &got); err != nil {
			return got, err
		}
	}
	if len(s.SPT) > 0 {
		simple, err := s.sendSimple(ctx, t, content)
		got.Receipts = append(got.Receipts, simple...)
		if err != nil {
			return got, err
		}
	}
	return got, nil
}

// sendSimple sends by the contract's call for simple push tokens.
func (s *Send) sendSimple(ctx context.Context, t *target, content string) ([]receipt, error) {
	var answer envelope[[]struct {
		Record int64  `json:"sendRecordId"`
		Code   int    `json:"code"`
		Status string `json:"status"`
	}]
	err := t.do(ctx, call{method: http.MethodPost, path: "/api/send/message/simple-push", open: true, key: s.Key, body: map[string]any{
		"content": content, "contentType": s.kind(), "summary": s.Summary, "url": s.URL, "sptList": s.SPT,
	}}, &answer)
	if err != nil {
		return nil, err
	}
	if answer.Code != codeOK {
		return nil, answer.refused()
	}
	var all []receipt
	for i, one := range answer.Data {
		all = append(all, receipt{SPT: i + 1, Record: one.Record, Failed: one.Code != codeOK, Text: one.Status})
	}
	return all, nil
}

func (s *Send) kind() int {
	switch {
	case s.Markdown:
		return 3
	case s.HTML:
		return 2
	}
	return 1
}

// distinct leaves out repetitions.
func distinct(all []string) (once []string) {
	for _, one := range all {
		if !slices.Contains(once, one) {
			once = append(once, one)
		}
	}
	return once
}

// orNone is [] instead of null.
func orNone[T any](all []T) []T { return append([]T{}, all...) }

// result is the error of a send some of whose receipts are there.
func (g *sent) result(sendErr, waitErr error) error {
	failed := g.failed()
	switch {
	case g.refused():
		return &Failure{Code: codeRefused, Text: "no receiver was accepted, nothing was sent"}
	case sendErr != nil:
		return &Failure{Code: codePartly, Text: "only a part was sent: " + sendErr.Error()}
	case waitErr != nil:
		return waitErr
	case g.Outcome != nil && !g.Outcome.good():
		return &Failure{Code: codePartly, Text: "not everybody has it: " + g.Outcome.String()}
	case failed > 0:
		return &Failure{Code: codePartly, Text: fmt.Sprintf("%d of %d receivers failed", failed, len(g.Receipts))}
	}
	return nil
}

func (g *sent) failed() (n int) {
	for _, one := range g.Receipts {
		if one.Failed {
			n++
		}
	}
	return n
}

// refused tells whether nobody was accepted.
func (g *sent) refused() bool { return g.failed() == len(g.Receipts) }

func printReceipts(out *term.Screen, got sent) {
	if got.Message != 0 {
		fmt.Fprintf(out, "message  %d\n", got.Message)
	}
	var t term.Table
	t.Head("receiver", "record", "status")
	for _, one := range got.Receipts {
		colour := term.Good
		record := fmt.Sprint(one.Record)
		if one.Failed {
			colour, record = term.Bad, "–"
		}
		t.Add(term.Text(one.receiver()), term.Text(record), term.Cell{Text: one.Text, Colour: colour})
	}
	t.Write(out)
}

func (r *receipt) receiver() string {
	switch {
	case r.SPT != 0:
		return fmt.Sprintf("spt %d", r.SPT)
	case r.Topic != 0:
		return fmt.Sprintf("topic %d", r.Topic)
	}
	return strings.TrimSpace(r.UID)
}
