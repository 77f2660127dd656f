package main

import (
	"context"
	"errors"
	"iter"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/robfig/cron/v3"

	"hongyan/server/console"
)

// consoleServer is what the administrator's pages learn from this process, and
// have it do.
func (n *node) consoleServer() console.Server {
	jobs := n.jobs()
	s := console.Server{
		System:  n.system(),
		Account: n.consoleAccount,
		Doctor:  n.examination,
		RestoreMenu: func(ctx context.Context) error {
			return n.wechat.CreateMenu(ctx, menu())
		},
		RunJob: func(ctx context.Context, name string) (bool, error) {
			at := slices.IndexFunc(jobs, func(j job) bool { return j.name == name })
			if at < 0 {
				return false, errors.New("there is no job " + name)
			}
			return n.askJob(ctx, jobs[at])
		},
		Backups: n.backups(),
	}
	for _, j := range jobs {
		s.Jobs = append(s.Jobs, console.Job{Name: j.name, Schedule: j.schedule, Next: nextOf(j.schedule)})
	}
	return s
}

// nextOf tells when a schedule comes next; nil for one that cannot be read,
// which runTable refuses.
func nextOf(schedule string) func(time.Time) time.Time {
	parsed, err := cron.ParseStandard(schedule)
	if err != nil {
		return nil
	}
	return func(now time.Time) time.Time { return parsed.Next(now.In(time.FixedZone("CST", 8*3600))) }
}

// consoleAccount is the official account without its secrets.
func (n *node) consoleAccount() console.Account {
	a := n.account()
	v := console.Account{
		Sandbox: n.config.sandboxMode(), AppID: a.AppID, OriginalID: a.OriginalID, Mode: string(a.Mode), JSON: a.JSON, Route: a.Route, API: a.API,
		CallbackURL: n.config.BaseURL + "/wechat/callback", Domain: hostOf(n.config.BaseURL), Addresses: publicAddresses(),
		Secrets: []console.Secret{
			{Name: "AppSecret", Set: a.Secret != ""}, {Name: "Token", Set: a.Token != ""}, {Name: "Token (previous)", Set: a.PreviousToken != ""},
			{Name: "EncodingAESKey", Set: a.AESKey != ""}, {Name: "EncodingAESKey (previous)", Set: a.PreviousAESKey != ""},
		},
	}
	for _, top := range menu() {
		item := console.MenuItem{Name: top.Name}
		for _, sub := range top.Sub {
			item.Sub = append(item.Sub, sub.Name)
		}
		v.Menu = append(v.Menu, item)
	}
	return v
}

// publicAddresses are those of this machine's that others can reach. Behind a
// router there are none.
func publicAddresses() (all []string) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, one := range addresses {
		prefix, err := netip.ParsePrefix(one.String())
		if addr := prefix.Addr(); err == nil && addr.IsGlobalUnicast() && !addr.IsPrivate() {
			all = append(all, addr.String())
		}
	}
	return all
}

// examination is what doctor looks at, each check when it is done. Secrets are
// masked as they are there.
func (n *node) examination(ctx context.Context) iter.Seq[console.Check] {
	m := newMask(n.config.secrets())
	return func(yield func(console.Check) bool) {
		for _, c := range n.checks() {
			bounded, cancel := context.WithTimeout(ctx, lookWithin)
			finding, err := c.look(bounded)
			cancel()
			v := console.Check{Name: c.name, State: "good", Finding: m.text(finding)}
			switch {
			case errors.Is(err, errSkipped):
				v.State = ""
			case err != nil:
				v.State, v.Finding, v.Remedy = "bad", m.text(err.Error()), m.text(remedyFor(err, c.remedy))
			}
			if ctx.Err() != nil || !yield(v) {
				return
			}
		}
	}
}
