package console

import (
	"context"
	"fmt"
	"time"

	"hongyan/push"
)

// overviewEach is how often the open overview looks again.
const overviewEach = 5 * time.Second

// installationView is the state of the installation.
type installationView struct {
	push.Installation
	System System
	Advice []advised
	Pulse  words
}

// An advised is an advice in the reader's language.
type advised struct{ Tone, Text, Remedy, URL, Link string }

func (c *Console) adminOverview(r *request) (reply, error) {
	v, err := c.overviewOf(r.Context(), r)
	if err != nil {
		return reply{}, err
	}
	return shown("admin_overview", wordsAdminOverview, v), nil
}

// adminLive keeps the open overview up to date.
func (c *Console) adminLive(r *request) (reply, error) {
	return live(func(ctx context.Context, s *stream) error {
		return every(ctx, overviewEach, func() error {
			v, err := c.overviewOf(ctx, r)
			if err != nil {
				return err
			}
			return s.part("state", "admin_overview", "state", v)
		})
	}), nil
}

func (c *Console) overviewOf(ctx context.Context, r *request) (v installationView, err error) {
	names := make([]string, len(c.o.Server.Jobs))
	for i, j := range c.o.Server.Jobs {
		names[i] = j.Name
	}
	if v.Installation, err = c.o.Push.Installation(ctx, names); err != nil {
		return v, err
	}
	if c.o.Server.System != nil {
		v.System = c.o.Server.System(ctx)
	}
	advices := attention(v.Installation, v.System, c.o.Now())
	if c.o.Billing != nil {
		standing, err := c.o.Billing.Standing(ctx)
		if err != nil {
			return v, err
		}
		advices = worstFirst(append(advices, attentionToMoney(standing)...))
	}
	for _, a := range advices {
		v.Advice = append(v.Advice, advised{a.tone, a.text.in(r.lang), a.remedy.in(r.lang), a.url, a.link.in(r.lang)})
	}
	return v, nil
}

// Some tells that a figure was counted to its bound.
func (installationView) Some(n int64) bool { return n >= push.MostWaiting }

// Many tells that of the followers.
func (v installationView) Many() bool { return v.Followers >= push.MostFollowing }

// Free is how much of the disk is left, in percent.
func (v installationView) Free() int64 {
	if v.System.DiskSize == 0 {
		return 0
	}
	return v.System.DiskFree * 100 / v.System.DiskSize
}

// Size words a number of bytes.
func (installationView) Size(n int64) string { return bytesText(n) }

// bytesText words a number of bytes as people say it.
func bytesText(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, at := float64(n)/unit, 0
	for value >= unit && at < 4 {
		value, at = value/unit, at+1
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGTP"[at])
}
