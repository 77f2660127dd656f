package console

import (
	"strconv"

	"hongyan/push"
)

// limitsView is what holds now, what is configured, and what is fixed.
type limitsView struct {
	Form       form
	Set        bool // the administrator changed something
	Configured configuredLimits
	Fixed      push.Sizes
	Makers     []option
}

// configuredLimits are limits as people say them.
type configuredLimits struct {
	Sends, PerUser, Lookups, Apps int
	OnlyAdmins                    bool
}

func limitsOf(l push.Limits) configuredLimits {
	return configuredLimits{l.Sends.Most, l.PerUser.Most, l.Lookups.Most / 5, l.Apps, l.OnlyAdmins}
}

func (c *Console) limitsPage(r *request) (reply, error) {
	set := c.o.Push.LimitsSet()
	f := filled()
	for name, n := range map[string]*int{"sends": set.Sends, "perUser": set.PerUser, "lookups": set.Lookups, "apps": set.Apps} {
		if n != nil {
			f.Values.Set(name, strconv.Itoa(*n))
		}
	}
	if set.OnlyAdmins != nil {
		f.Values.Set("makers", map[bool]string{true: "admins", false: "everyone"}[*set.OnlyAdmins])
	}
	return c.limits(r, f)
}

func (c *Console) limits(r *request, f form) (reply, error) {
	return shown("admin_limits", wordsLimits, limitsView{
		Form: f, Set: c.o.Push.LimitsSet() != push.LimitChange{}, Configured: limitsOf(c.o.Push.ConfiguredLimits()),
		Fixed: push.WireSizes(), Makers: said(r, wordsMakers...),
	}), nil
}

// saveLimits takes what was typed; an empty field is as configured.
func (c *Console) saveLimits(r *request) (reply, error) {
	f := typed(r)
	var change push.LimitChange
	var err error
	for _, one := range []struct {
		name string
		into **int
	}{{"sends", &change.Sends}, {"perUser", &change.PerUser}, {"lookups", &change.Lookups}, {"apps", &change.Apps}} {
		if *one.into, err = whole(r, one.name); err != nil {
			f.refuse(err)
		}
	}
	switch r.value("makers") {
	case "everyone":
		change.OnlyAdmins = new(false)
	case "admins":
		change.OnlyAdmins = new(true)
	}
	if len(f.Wrong) > 0 {
		a, err := c.limits(r, f)
		return a.wrong(), err
	}
	err = c.o.Push.SetLimits(r.Context(), change)
	if f.refuse(err) {
		a, err := c.limits(r, f)
		return a.wrong(), err
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(Prefix + "admin/limits").saying("限额已保存，几秒内生效"), nil
}

func (c *Console) resetLimits(r *request) (reply, error) {
	if err := c.o.Push.SetLimits(r.Context(), push.LimitChange{}); err != nil {
		return reply{}, err
	}
	return sentTo(Prefix + "admin/limits").saying("已恢复为启动参数里的限额"), nil
}
