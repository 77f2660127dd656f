package commands

import (
	"errors"
	"strings"

	"hongyan/push"
	"hongyan/push/session"
)

// asked answers the scan of a code that asks for something: what it is, from
// where, and the two taps that answer it.
func (c *Commands) asked(t *push.Turn, handle string) error {
	if c.sessions == nil {
		t.Reply = unknownCode
		return nil
	}
	a, err := c.sessions.Scan(t, handle)
	if errors.Is(err, session.ErrNoApproval) {
		t.Reply = approvalGone
		return nil
	}
	if err != nil {
		return err
	}
	t.Reply = approvalAsked(a)
	return nil
}

// answer allows or refuses what was scanned. A code that fits nothing that
// waits for this follower makes the text an ordinary one: somebody may be
// talking to a developer.
func (c *Commands) answer(t *push.Turn, p Phrase) error {
	if c.sessions == nil {
		return c.plain(t, p)
	}
	allow := p.Verb == Allow
	a, err := c.sessions.Answer(t.Tx.Context(), t, p.Code, allow)
	switch {
	case errors.Is(err, session.ErrNoApproval):
		t.Reply = approvalGone
		return nil
	case errors.Is(err, push.ErrNoApp), errors.Is(err, push.ErrLinkUsed), errors.Is(err, push.ErrLastOwner):
		t.Reply = approvalTooLate
		return nil
	case errors.Is(err, push.ErrManyMembers):
		t.Reply = approvalFull
		return nil
	case err != nil:
		return err
	}
	t.Reply = approvalAnswered(a, allow)
	return nil
}

// approval reads 允许 K7Q2 and 拒绝 K7Q2.
func approval(text string) (Phrase, bool) {
	verb := Allow
	rest, ok := strings.CutPrefix(text, allowWord)
	if !ok {
		verb = Refuse
		if rest, ok = strings.CutPrefix(text, refuseWord); !ok {
			return Phrase{}, false
		}
	}
	code := strings.ToUpper(strings.Map(halfWidth, trim(rest)))
	if len(code) != session.CodeLen || strings.Trim(code, session.CodeLetters) != "" {
		return Phrase{}, false
	}
	return Phrase{Verb: verb, Code: code, Content: text}, true
}
