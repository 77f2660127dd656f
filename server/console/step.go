package console

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"hongyan/push/session"
)

// A step that matters (a new token, another address for callbacks, the end of
// an app) is not done because a browser has a session. The person allows
// exactly this step on the phone, and then the same form is sent once more,
// with the approval in it.

// approvalField carries the handle of the approval in a form.
const approvalField = "approval"

// stepView is the page that asks for it.
type stepView struct {
	What    string
	Picture string
	Code    string
	Handle  string
	Path    string
	Fields  []hidden
	Again   bool // the approval before was refused or came too late
}

// hidden is a field of the form that waits.
type hidden struct{ Name, Value string }

// allowed goes on when the step was allowed; otherwise it shows what to scan.
func (c *Console) allowed(r *request, what words) (a reply, done bool, err error) {
	if err := r.parse(); err != nil {
		return reply{}, false, err
	}
	digest := digestOf(r)
	again := false
	if handle := r.Form.Get(approvalField); handle != "" {
		err := c.o.Sessions.Take(r.Context(), handle, r.secret, r.user.ID, digest)
		if err == nil {
			return reply{}, true, nil
		}
		if !errors.Is(err, session.ErrNoApproval) && !errors.Is(err, session.ErrNotAllowed) {
			return reply{}, false, err
		}
		again = true
	}
	// The phone speaks Chinese.
	asked, err := c.ask(r, session.Ask{Purpose: session.Step, Browser: r.secret, User: r.user.ID, Digest: digest,
		What: what.in(chinese), Place: place(r)})
	if err != nil {
		return reply{}, false, err
	}
	a = shown("step", wordsStep, stepView{
		What: what.in(r.lang), Picture: codePath(asked.Handle), Code: asked.Code, Handle: asked.Handle,
		Path: r.URL.RequestURI(), Fields: waiting(r), Again: again,
	})
	a.status = http.StatusAccepted
	return a, false, nil
}

// digestOf is exactly what is to be done: the path and the form.
func digestOf(r *request) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q\n", r.Method, r.URL.RequestURI())
	for _, f := range waiting(r) {
		fmt.Fprintf(h, "%q=%q\n", f.Name, f.Value)
	}
	return h.Sum(nil)
}

// waiting are the fields of the form but for those that change each time.
func waiting(r *request) (fields []hidden) {
	names := make([]string, 0, len(r.PostForm))
	for name := range r.PostForm {
		if name != formField && name != approvalField {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range r.PostForm[name] {
			fields = append(fields, hidden{name, value})
		}
	}
	return fields
}

// stepState is what the page asks for every second.
func (c *Console) stepState(r *request) (reply, error) {
	a, err := c.o.Sessions.Look(r.Context(), r.PathValue("handle"), r.secret)
	if errors.Is(err, session.ErrNoApproval) {
		return part("step", "state", loginView{Expired: true}), nil
	}
	if err != nil {
		return reply{}, err
	}
	return part("step", "state", c.loginView(a)), nil
}
