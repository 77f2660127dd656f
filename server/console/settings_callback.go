package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"hongyan/push"
	"hongyan/push/callback"
	"hongyan/store/limit"
)

// An address for callbacks is saved after a trial: the server behind it took a
// call that was signed rightly, and refused one that was not. What the trial
// showed travels to the step that saves it as a proof, sealed.

// trials is how often the addresses of one app are tried.
var trials = limit.Rate{Most: 10, Per: time.Minute}

// proofLasts is how long what a trial showed is good for.
const proofLasts = 30 * time.Minute

// errProof: there was no trial of this address, or it was too long ago.
var errProof = errors.New("no trial of this address")

// proof is what a trial showed.
type proof struct {
	App      push.AppID
	URL      string
	Verifies bool
	At       time.Time
}

// trialView shows what the developer's server did.
type trialView struct {
	Form  form
	URL   string
	Probe callback.Probe
	Proof string
}

// Fails tells whether the address cannot be saved.
func (v trialView) Fails() bool { return !v.Probe.Taken() }

// Milliseconds are for people.
func (trialView) Milliseconds(d time.Duration) int64 { return d.Milliseconds() }

// testCallback tries an address.
func (c *Console) testCallback(r *request) (reply, error) {
	f, address := typed(r), r.value("callbackUrl")
	secrets, err := c.o.Push.Secrets(r.Context(), r.app.ID)
	if errors.Is(err, push.ErrNoSecret) {
		f.Wrong["callbackUrl"] = translate(r.lang, wordsSecretFirst)
		return c.settings(r, f)
	}
	if err != nil {
		return reply{}, err
	}
	if ok, _ := c.o.Limit.Allow(r.Context(), fmt.Sprintf("console trial %d", r.app.ID), trials, 1); !ok {
		return reply{}, errBusy
	}
	probe, err := c.o.Callbacks.Probe(r.Context(), r.app.ID, address, secrets)
	var bad *callback.URLError
	if errors.As(err, &bad) {
		f.Wrong["callbackUrl"] = bad.Text
		return c.settings(r, f)
	}
	if err != nil {
		return reply{}, err
	}
	v := trialView{Form: f, URL: address, Probe: probe}
	if v.Fails() {
		return shown("callback_trial", wordsTrial, v).wrong(), nil
	}
	v.Proof, err = c.prove(proof{r.app.ID, address, probe.Verifies(), c.o.Now()})
	return shown("callback_trial", wordsTrial, v), err
}

func (c *Console) prove(p proof) (string, error) {
	raw, err := json.Marshal(p)
	return c.proofs.Seal(raw), err
}

// proven reads the proof that a form carries.
func (c *Console) proven(r *request) (p proof, err error) {
	raw, err := c.proofs.Open(r.value("proof"))
	if err != nil || json.Unmarshal(raw, &p) != nil {
		return proof{}, errProof
	}
	if p.App != r.app.ID || p.URL != r.value("callbackUrl") || c.o.Now().Sub(p.At) > proofLasts {
		return proof{}, errProof
	}
	if !p.Verifies && r.value("unverified") == "" {
		return proof{}, errProof
	}
	return p, nil
}

// stepOnCallback names the server, not the whole address, which may hold a
// secret.
func stepOnCallback(r *request) words {
	host := ""
	if u, err := url.Parse(r.Form.Get("callbackUrl")); err == nil {
		host = u.Host
	}
	return say("把应用「%s」的回调地址改为 %s", r.app.Name, host)
}

func (c *Console) saveCallback(r *request) (reply, error) {
	p, err := c.proven(r)
	if err != nil {
		return reply{}, err
	}
	set := c.o.Push.SetEndpoint
	if !p.Verifies {
		set = c.o.Push.SetUnverifiedEndpoint
	}
	if _, err := set(r.Context(), r.app.ID, p.URL); err != nil {
		return reply{}, err
	}
	return sentTo(appPath(r.app.ID, "settings#callback")).saying("回调地址已保存"), nil
}

func (c *Console) stopCallback(r *request) (reply, error) {
	if _, err := c.o.Push.SetEndpoint(r.Context(), r.app.ID, ""); err != nil {
		return reply{}, err
	}
	return sentTo(appPath(r.app.ID, "settings#callback")).saying("回调地址已删除"), nil
}

// enableCallback sends callbacks to an address again that was disabled.
func (c *Console) enableCallback(r *request) (reply, error) {
	if err := c.o.Push.EnableEndpoint(r.Context(), r.app.ID); err != nil {
		return reply{}, err
	}
	return sentTo(appPath(r.app.ID, "settings#callback")).saying("已重新启用。失败的回调可以在「回调」里重放"), nil
}
