package sandbox

import (
	"context"
	"errors"

	"hongyan/oa/sandbox/pay"
)

// Errors of a follower's acts. Their texts are for the person at the phone.
var (
	ErrNoFollower   = errors.New(wordsNotMember)
	ErrNotFollowing = errors.New(wordsMustFirst)
	ErrNoCode       = errors.New(wordsNoSuch)
	ErrCodeExpired  = errors.New(wordsExpired)
	ErrNoChoice     = errors.New(wordsNoChoice)
	ErrNoText       = errors.New(wordsNoText)
)

// A Follower is one WeChat user's phone. An act is one callback, posted on
// the goroutine that acts, with WeChat's attempts and time limit.
type Follower struct {
	s      *Sandbox
	OpenID string
}

// Add makes a new WeChat user who follows nothing.
func (s *Sandbox) Add() *Follower {
	f := &Follower{s: s, OpenID: "o" + s.dice.Text(27)}
	s.crowd.add(&member{openid: f.OpenID})
	s.touch()
	return f
}

// Follower is the user of that openid. It may not exist; its acts say so.
func (s *Sandbox) Follower(openid string) *Follower { return &Follower{s: s, OpenID: openid} }

// Following says whether the user follows the account.
func (f *Follower) Following() bool {
	following := false
	f.s.crowd.with(f.OpenID, func(_ *shard, m *member) { following = m.following })
	return following
}

// Follow finds the account by search and follows it.
func (f *Follower) Follow(ctx context.Context) (Answer, error) {
	return f.follow(ctx, "ADD_SCENE_SEARCH", nil)
}

func (f *Follower) follow(ctx context.Context, via string, code *qrCode) (Answer, error) {
	s := f.s
	if !f.subscribe(via, code) {
		return Answer{}, ErrNoFollower
	}
	d := s.event(f.OpenID, "subscribe", s.clock.Now())
	if code == nil {
		d.text("EventKey", "")
	} else {
		d.text("EventKey", "qrscene_"+code.Scene)
		d.text("Ticket", code.Ticket)
	}
	return f.act(ctx, "subscribe", d, shownToUser)
}

// subscribe makes the user a follower without telling anyone.
func (f *Follower) subscribe(via string, code *qrCode) bool {
	s := f.s
	rules, now := s.config.get(), s.clock.Now()
	defer s.touch()
	return s.crowd.with(f.OpenID, func(_ *shard, m *member) {
		if !m.following {
			m.following, m.since, m.via, m.scene = true, now.Unix(), via, ""
			s.show(m, rules, entry{kind: KindNotification, at: now.UnixMilli(), text: wordsFollowed})
		}
		if code != nil {
			m.scene = code.Scene
		}
		m.windows.openTapped(now, rules)
	})
}

// Unfollow leaves the account. Nothing is shown for the answer.
func (f *Follower) Unfollow(ctx context.Context) (Answer, error) {
	s := f.s
	rules, now := s.config.get(), s.clock.Now()
	known := s.crowd.with(f.OpenID, func(_ *shard, m *member) {
		m.following, m.windows = false, windows{}
		s.show(m, rules, entry{kind: KindNotification, at: now.UnixMilli(), text: wordsLeft})
	})
	if !known {
		return Answer{}, ErrNoFollower
	}
	s.touch()
	d := s.event(f.OpenID, "unsubscribe", now)
	d.text("EventKey", "")
	return f.act(ctx, "unsubscribe", d, hidden)
}

// Block refuses the account's messages, or takes them again. WeChat tells
// nobody: cards are accepted and end as failed:user block.
func (f *Follower) Block(on bool) error {
	if !f.s.crowd.with(f.OpenID, func(_ *shard, m *member) { m.blocking = on }) {
		return ErrNoFollower
	}
	f.s.touch()
	return nil
}

// Scan points the camera at a QR code: the account's (by ticket, link, image
// link or scene), a code_url, whose pay sheet then shows, or any other link,
// which then opens as a page.
func (f *Follower) Scan(ctx context.Context, what string) (Answer, error) {
	s := f.s
	if pay.IsCode(what) {
		return f.scanPayment(what)
	}
	code := s.codes.find(what)
	if code == nil {
		if isLink(what) {
			return Answer{Shown: ShownNothing, URL: what}, nil
		}
		return Answer{}, ErrNoCode
	}
	if code.expired(s.clock.Now()) {
		s.notify(f.OpenID, KindNotification, wordsExpired)
		return Answer{}, ErrCodeExpired
	}
	if !f.Following() {
		return f.follow(ctx, "ADD_SCENE_QR_CODE", code)
	}
	rules, now := s.config.get(), s.clock.Now()
	s.crowd.with(f.OpenID, func(_ *shard, m *member) { m.windows.openTapped(now, rules) })
	d := s.event(f.OpenID, "SCAN", now)
	d.text("EventKey", code.Scene)
	d.text("Ticket", code.Ticket)
	return f.act(ctx, "SCAN", d, shownToUser)
}

// Say writes a text message.
func (f *Follower) Say(ctx context.Context, text string) (Answer, error) {
	return f.say(ctx, text, "", false)
}

func (f *Follower) say(ctx context.Context, text, menuID string, tapped bool) (Answer, error) {
	if text == "" {
		return Answer{}, ErrNoText
	}
	s := f.s
	rules, now := s.config.get(), s.clock.Now()
	following := false
	known := s.crowd.with(f.OpenID, func(_ *shard, m *member) {
		if following = m.following; !following {
			return
		}
		s.show(m, rules, entry{kind: KindSaid, at: now.UnixMilli(), text: text})
		if tapped {
			m.windows.openTapped(now, rules)
		} else {
			m.windows.openSaid(now, rules)
		}
	})
	if err := mustFollow(known, following); err != nil {
		return Answer{}, err
	}
	d := s.head(f.OpenID, "text", now, 4)
	d.text("Content", text)
	d.number("MsgId", s.nextMsgID())
	if tapped {
		d.tappedChoice(menuID, rules.MenuID)
	}
	return f.act(ctx, "text", d, shownToMessage)
}

func mustFollow(known, following bool) error {
	if !known {
		return ErrNoFollower
	}
	if !following {
		return ErrNotFollowing
	}
	return nil
}

// Click taps a menu button that has a key.
func (f *Follower) Click(ctx context.Context, key string) (Answer, error) {
	return f.event(ctx, "CLICK", func(d *document) { d.text("EventKey", key) }, true)
}

// View taps a menu button that has a link.
func (f *Follower) View(ctx context.Context, link string) (Answer, error) {
	a, err := f.event(ctx, "VIEW", func(d *document) {
		d.text("EventKey", link)
		d.number("MenuId", 400_000_001)
	}, false)
	a.URL = link
	return a, err
}

func (f *Follower) event(ctx context.Context, name string, fill func(*document), opens bool) (Answer, error) {
	s := f.s
	rules, now := s.config.get(), s.clock.Now()
	following := false
	known := s.crowd.with(f.OpenID, func(_ *shard, m *member) {
		if following = m.following; following && opens {
			m.windows.openTapped(now, rules)
		}
	})
	if err := mustFollow(known, following); err != nil {
		return Answer{}, err
	}
	d := s.event(f.OpenID, name, now)
	fill(d)
	return f.act(ctx, name, d, shownToUser)
}

func (s *Sandbox) nextMsgID() int64 { return s.msgids.Add(1) }
