package bot_test

import (
	"hongyan/oa/sandbox"
)

// follower is a phone that complains to the test.
type follower struct {
	w     *world
	phone *sandbox.Follower
}

// Follower is the WeChat user of this name, who follows the account.
func (w *world) Follower(name string) *follower {
	w.t.Helper()
	f := w.Stranger(name)
	if !f.phone.Following() {
		f.answer(f.phone.Follow(w.t.Context()))
	}
	return f
}

// Stranger is the WeChat user of this name, who may follow nothing.
func (w *world) Stranger(name string) *follower {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.followers[name] == nil {
		w.followers[name] = &follower{w: w, phone: w.wechat.Add()}
	}
	return w.followers[name]
}

// Say types a text and returns what the phone shows.
func (f *follower) Say(text string) string {
	f.w.t.Helper()
	return f.answer(f.phone.Say(f.w.t.Context(), text))
}

// Tap chooses a line of the latest list.
func (f *follower) Tap(id string) string {
	f.w.t.Helper()
	return f.answer(f.phone.Tap(f.w.t.Context(), id))
}

// Click chooses a menu button.
func (f *follower) Click(key string) string {
	f.w.t.Helper()
	return f.answer(f.phone.Click(f.w.t.Context(), key))
}

// Scan points the camera at a code.
func (f *follower) Scan(code string) string {
	f.w.t.Helper()
	return f.answer(f.phone.Scan(f.w.t.Context(), code))
}

func (f *follower) answer(a sandbox.Answer, err error) string {
	f.w.t.Helper()
	if err != nil {
		f.w.t.Error(err)
	}
	if a.Shown == sandbox.ShownFault {
		f.w.t.Errorf("the phone shows the fault text: %s", a.Fault)
	}
	return a.Reply
}

// Heard returns the customer messages on the phone.
func (f *follower) Heard() []string {
	var list []string
	for _, e := range f.phone.Chat() {
		if e.Kind == sandbox.KindCustomer {
			list = append(list, e.Text)
		}
	}
	return list
}
