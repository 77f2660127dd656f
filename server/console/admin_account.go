package console

import (
	"context"
	"time"

	"hongyan/push"
	"hongyan/server/ui"
)

// accountView is the official account as it is configured.
type accountView struct {
	Account
	PausedUntil time.Time
	PauseReason string
	Checking    bool
	CanCheck    bool
	CanRestore  bool
}

func (c *Console) accountPage(r *request) (reply, error) {
	v := accountView{CanCheck: c.o.Server.Doctor != nil, CanRestore: c.o.Server.RestoreMenu != nil}
	if c.o.Server.Account != nil {
		v.Account = c.o.Server.Account()
	}
	account, err := c.o.Push.AccountState(r.Context())
	if err != nil {
		return reply{}, err
	}
	if account.Paused(c.o.Now()) {
		v.PausedUntil, v.PauseReason = account.PausedUntil, account.PauseReason
	}
	v.Checking = v.CanCheck && r.URL.Query().Get("check") != ""
	return shown("admin_account", wordsAccount, v), nil
}

// checksView are the checks so far.
type checksView struct {
	Checks []checked
	Over   bool
	Bad    int
}

// A checked is a check in the reader's language.
type checked struct{ Name, State, Finding, Remedy string }

// doctorLive runs the checks one after another and shows each when it is done.
func (c *Console) doctorLive(r *request) (reply, error) {
	return live(func(ctx context.Context, s *stream) error {
		if c.o.Server.Doctor == nil {
			return nil
		}
		var v checksView
		for one := range c.o.Server.Doctor(ctx) {
			v.Checks = append(v.Checks, checkedOf(one, r.lang))
			if one.State == "bad" {
				v.Bad++
			}
			if err := s.part("checks", "admin_account", "checks", v); err != nil {
				return err
			}
		}
		v.Over = true
		if err := s.part("checks", "admin_account", "checks", v); err != nil {
			return err
		}
		return s.out.Write(ui.Event("end", "", ""))
	}), nil
}

func checkedOf(one Check, lang string) checked {
	known, ok := wordsChecks[one.Name]
	if !ok {
		known = checkWords{name: one.Name, remedy: one.Remedy}
	}
	v := checked{Name: translate(lang, known.name), State: one.State, Finding: one.Finding}
	if one.State == "bad" {
		v.Remedy = translate(lang, known.remedy)
		if one.Remedy != "" && lang == chinese && hasHan(one.Remedy) { // WeChat's own code says more
			v.Remedy = one.Remedy
		}
	}
	return v
}

// restoreMenu gives the account the menu whose taps the platform answers.
func (c *Console) restoreMenu(r *request) (reply, error) {
	if c.o.Server.RestoreMenu == nil {
		return refused(404, wordsNowhere), nil
	}
	if err := c.o.Server.RestoreMenu(r.Context()); err != nil {
		return reply{}, err
	}
	if err := c.o.Push.Note(r.Context(), push.Change{Action: "menu.set"}); err != nil {
		return reply{}, err
	}
	return sentTo(Prefix + "admin/account").saying("菜单已恢复，手机上几分钟后可以看到"), nil
}

// resumeAccount ends a pause before its time.
func (c *Console) resumeAccount(r *request) (reply, error) {
	if err := c.o.Push.Resume(r.Context()); err != nil {
		return reply{}, err
	}
	if err := c.o.Push.Note(r.Context(), push.Change{Action: "account.resume"}); err != nil {
		return reply{}, err
	}
	return sentTo(Prefix + "admin/account").saying("已恢复发送"), nil
}
