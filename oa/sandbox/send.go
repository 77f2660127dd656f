package sandbox

import (
	"context"
	"strconv"
	"time"
)

// sendTemplate accepts a card: it is on the phone and in the ledger, and a
// finish report is due, before the answer says so.
func (s *Sandbox) sendTemplate(c *call) error {
	var t templateCall
	if len(c.body) == 0 {
		return refuse(codeEmptyBody)
	}
	if t.parse(c.body) != nil {
		return refuse(codeNotJSON)
	}
	c.openid = t.ToUser
	if s.quotas.hurried(c.now, c.rules.SoftRate) || s.dice.Chance(c.rules.BusyRatio) {
		s.refund(c)
		return refuse(codeBusy)
	}
	if err := t.validate(s, c.rules); err != nil {
		return err
	}
	msgid, fresh, err := s.accept(c, &t)
	if err != nil {
		return err
	}
	if fresh != nil {
		s.finish(c, *fresh)
	}
	s.lose(c)
	c.out = append(c.out[:0], `{"errcode":0,"errmsg":"ok","msgid":`...)
	c.out = append(strconv.AppendInt(c.out, msgid, 10), '}')
	return nil
}

// refund gives a quota call back where -1 answers cost none.
func (s *Sandbox) refund(c *call) {
	if !c.rules.BusyCounts {
		c.route.used.used.Add(-1)
	}
}

// lose draws whether the answer gets lost although the card arrived.
func (s *Sandbox) lose(c *call) {
	r := c.rules
	switch {
	case s.dice.Chance(r.BusyDelivered):
		c.doom = &doom{busy: true}
	case s.dice.Chance(r.CutDelivered):
		c.doom = &doom{cut: true}
	case s.dice.Chance(r.HangDelivered):
		c.doom = &doom{hang: true}
	}
}

// accept judges the card against its receiver, under the lock that makes a
// repeated client_msg_id find the first one. The report is nil for a repeat.
func (s *Sandbox) accept(c *call, t *templateCall) (msgid int64, fresh *report, err error) {
	r := c.rules
	var key sentKey
	if t.ClientMsgID != "" && r.ClientMsgIDSeconds > 0 {
		key = sentKey{t.ToUser, t.ClientMsgID}
	}
	memory := time.Duration(r.ClientMsgIDSeconds) * time.Second
	digest := t.digest()
	known := s.crowd.with(t.ToUser, func(sh *shard, m *member) {
		if !m.following && r.CheckFollow {
			err = refuse(r.UnfollowedCode)
			return
		}
		if key.id != "" {
			if card, ok := sh.sent.find(key, c.now, memory); ok {
				msgid, err = s.repeated(card, r)
				return
			}
		}
		if err = sh.tooSoon(m, digest, c.now, r); err != nil {
			return
		}
		msgid = s.nextMsgID()
		fresh = &report{OpenID: m.openid, MsgID: msgid, Status: s.verdict(m, r)}
		if key.id != "" {
			key.openid = m.openid
			sh.sent.put(key, sentCard{msgid: msgid, at: c.now.UnixMilli()}, memory)
		}
		if fresh.Status == statusSuccess || r.FinishShown {
			s.show(m, r, entry{kind: KindTemplate, at: c.now.UnixMilli(), card: c.body, msgid: msgid})
			s.ledger.put(Card{OpenID: m.openid, ClientMsgID: t.ClientMsgID, MsgID: msgid, At: c.now.UnixMilli(), Digest: digest})
		}
	})
	if !known {
		return 0, nil, refuse(codeBadOpenID)
	}
	s.touch()
	return msgid, fresh, err
}

// repeated answers a client_msg_id that was sent already.
func (s *Sandbox) repeated(card sentCard, r *ruleSet) (int64, error) {
	switch r.ClientMsgIDAnswer {
	case "new":
		return s.nextMsgID(), nil
	case "error":
		return 0, refuse(r.ClientMsgIDCode)
	}
	return card.msgid, nil
}

// tooSoon keeps the two rules of frequency: the same card, and any card.
func (sh *shard) tooSoon(m *member, digest uint64, now time.Time, r *ruleSet) error {
	if r.RepeatSeconds > 0 {
		span := time.Duration(r.RepeatSeconds) * time.Second
		if sh.said.seen(digest, now, span) {
			return refuse(codeRepeated)
		}
		defer sh.said.put(digest, now, span)
	}
	if r.UserPerMinute > 0 {
		if minute := now.Unix() / 60; m.minute != minute {
			m.minute, m.inMinute = minute, 0
		}
		if m.inMinute++; m.inMinute > r.UserPerMinute {
			return refuse(codeTooFrequent)
		}
	}
	return nil
}

// verdict is what the finish report of an accepted card will say.
func (s *Sandbox) verdict(m *member, r *ruleSet) string {
	if m.blocking {
		return statusUserBlock
	}
	if s.dice.Chance(r.FailFinish) {
		return r.FinishStatus
	}
	return statusSuccess
}

// finish has the report sent: early, late, twice or never.
func (s *Sandbox) finish(c *call, f report) {
	r := c.rules
	if s.dice.Chance(r.DropFinish) {
		return
	}
	if s.dice.Chance(r.EarlyFinish) {
		s.report(context.WithoutCancel(c.r.Context()), f)
	} else {
		s.reports.put(f, c.now, s.dice.Between(r.FinishMinMs, r.FinishMaxMs), s.dice.Chance(r.ReorderFinish))
	}
	if s.dice.Chance(r.DuplicateFinish) {
		s.reports.put(f, c.now, s.dice.Between(r.FinishMinMs, r.FinishMaxMs), true)
	}
}
