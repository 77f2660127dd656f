package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"

	"hongyan/commands"
	"hongyan/oa/sandbox"
	"hongyan/push"
	"hongyan/store"
)

// simFollower is a WeChat user with a phone. A steady one only receives, so
// that what it must have got is known.
type simFollower struct {
	*sandbox.Follower
	s      *simulation
	name   string
	chance *rand.Rand
	steady bool
	uid    push.UID
	spt    push.SPT

	orders []*order
	shut   map[string]*span // what nothing may be sent through now
	spans  []*span
}

// order is a command for a developer that the follower gave once.
type order struct {
	content string
	app     push.AppID
	from    time.Time // in the bubble's time
	to      time.Time
	answer  sandbox.Answer
}

// span is a time in which a follower may get nothing through some way: the
// account, the switch, or one app.
type span struct {
	way      string
	from, to time.Time // in the bubble's time; to is zero while it lasts
}

var sptIn = regexp.MustCompile(`SPT_\w+`)

// newFollower follows the account and some of the apps while all is calm.
func (s *simulation) newFollower(ctx context.Context, n int, steady bool) *simFollower {
	f := &simFollower{Follower: s.wechat.Add(), s: s, name: fmt.Sprintf("f%d", n), steady: steady,
		chance: s.dice("follower", n), shut: map[string]*span{}}
	f.must(f.Follow(ctx))
	for i, a := range s.apps {
		if f.steady || i == 0 || f.chance.IntN(2) == 0 {
			f.must(f.Scan(ctx, a.code))
			f.must(f.Scan(ctx, a.topicCode))
		}
	}
	f.spt = push.SPT(sptIn.FindString(f.must(f.Say(ctx, "我的SPT")).Reply))
	f.uid = push.UID(f.fact(`SELECT uid FROM users WHERE openid = $1`))
	if f.spt == "" || f.uid == "" {
		s.must(fmt.Errorf("%s has SPT %q and UID %q", f.name, f.spt, f.uid))
	}
	return f
}

func (f *simFollower) must(a sandbox.Answer, err error) sandbox.Answer {
	if err == nil && a.Shown == sandbox.ShownFault {
		err = errors.New(a.Fault)
	}
	f.s.must(err)
	return a
}

// fact asks the store for one value about the follower, "" when there is none.
func (f *simFollower) fact(query string, args ...any) (value string) {
	err := f.s.db.View(context.Background(), func(tx *store.Tx) error {
		err := tx.QueryRow(query, append([]any{f.OpenID}, args...)...).Scan(&value)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	f.s.must(err)
	return value
}

// live acts for about a minute and a half.
func (f *simFollower) live(ctx context.Context) {
	for range 8 + f.chance.IntN(10) {
		f.pause(12 * time.Second)
		if !f.steady {
			f.act(ctx)
		}
	}
}

// pause is short mostly, and now and then long enough for the queue to have
// nothing of the past in hand.
func (f *simFollower) pause(most time.Duration) {
	if f.chance.IntN(8) == 0 {
		most *= 4
	}
	time.Sleep(time.Duration(f.chance.Int64N(int64(most))))
}

// act does one thing a follower does.
func (f *simFollower) act(ctx context.Context) {
	app := f.s.apps[f.chance.IntN(len(f.s.apps))]
	switch f.chance.IntN(20) {
	case 0, 1:
		f.leave(ctx)
	case 2:
		f.open("account", appWay(app.ID))
		f.told(f.Scan(ctx, app.code))
	case 3:
		f.open("account")
		f.told(f.Scan(ctx, app.topicCode))
	case 4:
		f.open("account")
		f.told(f.Follow(ctx))
	case 5:
		f.open("account")
		f.told(f.say(ctx, "关闭消息"))
		f.close("switch", f.fact(`SELECT muted FROM users WHERE openid = $1`) == "1")
	case 6, 7:
		f.open("account", "switch")
		f.told(f.say(ctx, "打开消息"))
	case 8:
		f.open("account")
		f.told(f.say(ctx, fmt.Sprintf("退订 #%d", app.ID)))
		f.close(appWay(app.ID), f.fact(`SELECT s.active FROM subscription s JOIN users u ON u.id = s.user_id
			WHERE u.openid = $1 AND s.kind = 0 AND s.target = $2`, int64(app.ID)) == "0")
	case 9:
		f.open("account", appWay(app.ID))
		f.told(f.say(ctx, fmt.Sprintf("#%d", app.ID)))
	case 10:
		f.s.must(f.Block(f.chance.IntN(2) == 0))
	case 11:
		f.open("account")
		f.told(f.click(ctx, commands.KeySubscriptions))
	default:
		f.open("account")
		f.order(ctx, app.ID)
	}
}

func appWay(id push.AppID) string { return fmt.Sprintf("app %d", id) }

// order gives a command that nobody gave before, addressed, or tapped in the
// list of apps.
func (f *simFollower) order(ctx context.Context, app push.AppID) {
	o := &order{content: fmt.Sprintf("命令%s-%d。", f.name, len(f.orders)), app: app, from: time.Now()}
	f.orders = append(f.orders, o)
	var err error
	if f.chance.IntN(4) == 0 {
		o.app = 0 // the only one, or the one tapped
		o.answer, err = f.say(ctx, o.content)
		if err == nil && strings.Contains(o.answer.Reply, "bizmsgmenu") && strings.Contains(o.answer.Reply, o.content) {
			o.app = app
			o.answer, err = f.Tap(ctx, fmt.Sprint(app))
		}
	} else {
		o.answer, err = f.say(ctx, fmt.Sprintf("#%d %s", app, o.content))
	}
	o.to = time.Now()
	if err != nil {
		f.orders = f.orders[:len(f.orders)-1] // was not said: does not follow, or no such choice
		f.s.tell("%s could not order: %v", f.name, err)
		return
	}
	f.told(o.answer, nil)
}

func (f *simFollower) say(ctx context.Context, text string) (sandbox.Answer, error) {
	f.s.tell("%s says %s", f.name, text)
	return f.Say(ctx, text)
}

func (f *simFollower) click(ctx context.Context, key string) (sandbox.Answer, error) {
	return f.Click(ctx, key)
}

// leave unfollows the account. WeChat shows nothing, so the store is asked
// whether the platform knows.
func (f *simFollower) leave(ctx context.Context) {
	f.s.tell("%s leaves", f.name)
	_, err := f.Unfollow(ctx)
	f.s.must(err)
	f.close("account", f.fact(`SELECT following FROM users WHERE openid = $1`) == "0")
	f.pause(20 * time.Second)
	if f.chance.IntN(3) > 0 {
		f.open("account")
		f.told(f.Follow(ctx))
	}
}

// told notes what the phone showed. What a follower cannot do is no fault.
func (f *simFollower) told(a sandbox.Answer, err error) {
	switch {
	case errors.Is(err, sandbox.ErrNotFollowing), errors.Is(err, sandbox.ErrNoChoice):
	case err != nil:
		f.s.violation("%s: %v", f.name, err)
	case a.Shown == sandbox.ShownFault:
		f.s.tell("%s reads that the account is faulty: %s", f.name, a.Fault)
	default:
		text, _, _ := strings.Cut(a.Reply, "\n")
		f.s.tell("%s reads %q", f.name, text)
	}
}

// close begins a span if the platform has written down what was asked.
func (f *simFollower) close(way string, written bool) {
	if !written || f.shut[way] != nil {
		return
	}
	f.shut[way] = &span{way: way, from: time.Now()}
	f.spans = append(f.spans, f.shut[way])
}

// open ends spans before an act that may end them.
func (f *simFollower) open(ways ...string) {
	for _, way := range ways {
		if f.shut[way] != nil {
			f.shut[way].to = time.Now()
			delete(f.shut, way)
		}
	}
}
