package sandbox

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Tokens are the account's access tokens. A call reads the set unlocked; the
// few calls that make tokens replace it.
type tokens struct {
	mu  sync.Mutex
	set atomic.Pointer[tokenSet]
}

// A tokenSet is what was given out and may still be asked about.
type tokenSet struct {
	Plain     token            `json:"plain"`
	Stable    token            `json:"stable"`
	Old       map[string]token `json:"old"`
	Forced    int              `json:"forced"` // refreshes of that day
	ForcedDay int64            `json:"forcedDay"`
	ForcedAt  time.Time        `json:"forcedAt"`
}

// A token is good until Until. Code is answered afterwards, 0 for 42001.
type token struct {
	Text  string    `json:"text"`
	Until time.Time `json:"until"`
	Code  int       `json:"code,omitempty"`
}

// oldTokens is how many dead tokens are told from ones never given.
const oldTokens = 200

func (t *tokens) check(text string, now time.Time, r *ruleSet) error {
	if text == "" {
		return refuse(codeNoToken)
	}
	set := t.set.Load()
	if set == nil {
		return refuse(codeBadToken)
	}
	known, ok := set.find(text)
	switch {
	case !ok:
		return refuse(codeBadSecret)
	case now.Before(known.Until):
		return nil
	case r.TokenDeathCode != 0:
		return refuse(r.TokenDeathCode)
	case known.Code != 0:
		return refuse(known.Code)
	}
	return refuse(codeTokenExpired)
}

func (set *tokenSet) find(text string) (token, bool) {
	if text == set.Plain.Text {
		return set.Plain, true
	}
	if text == set.Stable.Text {
		return set.Stable, true
	}
	known, ok := set.Old[text]
	return known, ok
}

// change replaces the set by a changed copy.
func (t *tokens) change(fn func(*tokenSet)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := tokenSet{}
	if now := t.set.Load(); now != nil {
		next = *now
	}
	old := make(map[string]token, len(next.Old)+1)
	for text, known := range next.Old {
		if len(old) < oldTokens {
			old[text] = known
		}
	}
	next.Old = old
	fn(&next)
	t.set.Store(&next)
}

// retire keeps a replaced token good until the overlap is over.
func (set *tokenSet) retire(old token, until time.Time) {
	if old.Text == "" {
		return
	}
	if until.Before(old.Until) {
		old.Until, old.Code = until, codeBadSecret
	}
	set.Old[old.Text] = old
}

// kill ends every token given out so far.
func (t *tokens) kill(now time.Time, code int) {
	t.change(func(set *tokenSet) {
		for text, known := range set.Old {
			known.Until, known.Code = now, code
			set.Old[text] = known
		}
		for _, current := range []*token{&set.Plain, &set.Stable} {
			if current.Text != "" {
				set.Old[current.Text] = token{Text: current.Text, Until: now, Code: code}
			}
			*current = token{}
		}
	})
}

// giveToken is the old call: a new token each time, the last one good for
// the overlap.
func (s *Sandbox) giveToken(c *call) error {
	if err := s.checkSecret(c, c.arg("grant_type"), c.arg("appid"), c.arg("secret")); err != nil {
		return err
	}
	fresh := s.newToken(c)
	s.tokens.change(func(set *tokenSet) {
		set.retire(set.Plain, c.now.Add(time.Duration(c.rules.TokenOverlapSeconds)*time.Second))
		set.Plain = fresh
	})
	s.touch()
	c.out = appendToken(c.out, fresh.Text, c.rules.TokenSeconds)
	return nil
}

func (s *Sandbox) newToken(c *call) token {
	life := time.Duration(c.rules.TokenSeconds) * time.Second
	return token{Text: s.dice.Text(136), Until: c.now.Add(life)}
}

func appendToken(out []byte, text string, seconds int) []byte {
	out = append(out, `{"access_token":"`...)
	out = append(out, text...)
	out = append(out, `","expires_in":`...)
	return append(strconv.AppendInt(out, int64(seconds), 10), '}')
}

// giveStableToken gives the same token while it lives. In its last minutes,
// and when forced, there is a new one; forced, the last one dies at once.
func (s *Sandbox) giveStableToken(c *call) error {
	var ask struct {
		GrantType    string `json:"grant_type"`
		AppID        string `json:"appid"`
		Secret       string `json:"secret"`
		ForceRefresh bool   `json:"force_refresh"`
	}
	if err := c.decode(&ask); err != nil {
		return err
	}
	if err := s.checkSecret(c, ask.GrantType, ask.AppID, ask.Secret); err != nil {
		return err
	}
	overlap := time.Duration(c.rules.TokenOverlapSeconds) * time.Second
	fresh := s.newToken(c)
	var given token
	s.tokens.change(func(set *tokenSet) {
		switch {
		case ask.ForceRefresh && set.mayForce(c):
			set.retire(set.Stable, c.now)
			set.Stable = fresh
		case set.Stable.Until.Sub(c.now) <= min(overlap, time.Duration(c.rules.TokenSeconds)*time.Second/2):
			set.retire(set.Stable, c.now.Add(overlap))
			set.Stable = fresh
		}
		given = set.Stable
	})
	s.touch()
	c.out = appendToken(c.out, given.Text, int(given.Until.Sub(c.now)/time.Second))
	return nil
}

// mayForce books a forced refresh, unless there were too many today or the
// last was a moment ago: then the token stays as it is.
func (set *tokenSet) mayForce(c *call) bool {
	day := wxDay(c.now, c.rules.QuotaResetMinutes)
	if set.ForcedDay != day {
		set.ForcedDay, set.Forced = day, 0
	}
	if limit := c.rules.StableForcePerDay; limit > 0 && set.Forced >= limit {
		return false
	}
	if c.now.Sub(set.ForcedAt) < time.Duration(c.rules.StableForceSpacingMs)*time.Millisecond {
		return false
	}
	set.Forced++
	set.ForcedAt = c.now
	return true
}

// checkSecret checks the account's credentials as the token calls do.
func (s *Sandbox) checkSecret(c *call, grant, appid, secret string) error {
	switch {
	case c.rules.TokenCode != 0:
		return refuse(c.rules.TokenCode)
	case grant != "client_credential":
		return refuse(codeBadGrant)
	case appid == "":
		return refuse(codeNoAppID)
	case appid != s.o.AppID:
		return refuse(codeBadAppID)
	case secret == "":
		return refuse(codeNoSecret)
	case secret != s.o.Secret:
		return &refusal{code: codeBadSecret, text: "invalid credential, appsecret is invalid or not latest"}
	}
	return nil
}
