package sandbox

import (
	"context"
	"net/url"
)

// How an answer reaches the phone: not at all, as the answer to an event, or
// as the answer to a message.
type visibility int

const (
	hidden visibility = iota
	shownToUser
	shownToMessage
)

// act posts a follower's document and puts the answer on the phone.
func (f *Follower) act(ctx context.Context, kind string, d *document, v visibility) (Answer, error) {
	s := f.s
	rules := s.config.get()
	e, err := s.seal(f.OpenID, kind, d, rules)
	if err != nil {
		return Answer{}, err
	}
	body, err := s.post(ctx, e, rules)
	var shown []entry
	if err == nil {
		shown, err = s.read(body, e, v == shownToMessage)
	}
	if v == hidden {
		return Answer{Shown: ShownNothing}, nil
	}
	if err != nil {
		s.notify(f.OpenID, KindNotification, wordsNoAnswer)
		return Answer{Shown: ShownFault, Fault: err.Error()}, nil
	}
	return f.showReply(shown, rules), nil
}

func (f *Follower) showReply(shown []entry, rules *ruleSet) Answer {
	s := f.s
	answer := Answer{Shown: ShownNothing}
	at := s.clock.Now().UnixMilli()
	s.crowd.with(f.OpenID, func(_ *shard, m *member) {
		for i, e := range shown {
			e.kind, e.at = KindReply, at
			s.show(m, rules, e)
			answer.Shown = ShownReply
			if i == 0 {
				answer.Reply = e.text
			}
		}
	})
	s.touch()
	return answer
}

// isLink says whether text is a link to a page.
func isLink(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
