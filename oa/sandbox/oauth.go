package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// A grant is what a user allowed a page: first as a code, then as a token.
type grant struct {
	openid   string
	scope    string
	until    time.Time
	used     bool
	snapshot bool
}

// grants are few and short-lived, so they are not saved.
type grants struct {
	mu      sync.Mutex
	codes   map[string]*grant
	tokens  map[string]*grant
	refresh map[string]*grant
}

func newGrants() *grants {
	return &grants{codes: map[string]*grant{}, tokens: map[string]*grant{}, refresh: map[string]*grant{}}
}

// maxGrants bounds each of the maps; a full one forgets what is over.
const maxGrants = 20_000

func keep(m map[string]*grant, key string, g *grant, now time.Time) {
	if len(m) >= maxGrants {
		for k, old := range m {
			if now.After(old.until) || len(m) >= maxGrants {
				delete(m, k)
			}
		}
	}
	m[key] = g
}

// Authorize answers an authorize link as that user's WeChat: the address the
// browser is sent back to, with a code.
func (f *Follower) Authorize(link string) (string, error) {
	u, err := url.Parse(link)
	if err != nil {
		return "", err
	}
	return f.s.authorize(f.OpenID, u.Query())
}

func (s *Sandbox) authorize(openid string, query url.Values) (string, error) {
	rules := s.config.get()
	back, err := url.Parse(query.Get("redirect_uri"))
	scope := query.Get("scope")
	switch {
	case query.Get("appid") != s.o.AppID:
		return "", refuse(codeBadAppID)
	case query.Get("response_type") != "code":
		return "", &refusal{code: codeBadGrant, text: "response_type must be code"}
	case scope != "snsapi_base" && scope != "snsapi_userinfo":
		return "", &refusal{code: 10005, text: "scope"}
	case len(query.Get("state")) > 128:
		return "", &refusal{code: 10006, text: "state"}
	case err != nil || back.Scheme != "http" && back.Scheme != "https":
		return "", &refusal{code: 10003, text: wordsHost}
	case rules.OAuthDomain != "" && !strings.EqualFold(back.Hostname(), rules.OAuthDomain):
		return "", &refusal{code: 10003, text: wordsHost}
	}
	if !s.crowd.with(openid, func(*shard, *member) {}) {
		return "", ErrNoFollower
	}
	arguments := back.Query()
	arguments.Set("code", s.grantCode(openid, scope, rules))
	arguments.Set("state", query.Get("state"))
	back.RawQuery = arguments.Encode()
	return back.String(), nil
}

func (s *Sandbox) grantCode(openid, scope string, r *ruleSet) string {
	now := s.clock.Now()
	g := &grant{openid: openid, scope: scope, until: now.Add(time.Duration(r.CodeSeconds) * time.Second)}
	if r.Snapshot && scope == "snsapi_userinfo" {
		g.snapshot, g.openid = true, "o"+s.dice.Text(27)
	}
	code := s.dice.Text(32)
	s.grants.mu.Lock()
	defer s.grants.mu.Unlock()
	keep(s.grants.codes, code, g, now)
	return code
}

// exchangeCode gives the openid for a code, once.
func (s *Sandbox) exchangeCode(c *call) error {
	if err := s.checkOAuth(c, "authorization_code"); err != nil {
		return err
	}
	if c.arg("secret") != s.o.Secret {
		return refuse(40125)
	}
	s.grants.mu.Lock()
	defer s.grants.mu.Unlock()
	g := s.grants.codes[c.arg("code")]
	switch {
	case g == nil:
		return refuse(codeBadOAuthCode)
	case g.used:
		return refuse(codeUsedOAuthCode)
	case !c.now.Before(g.until):
		return refuse(codeBadOAuthCode)
	}
	g.used = true
	return s.grantAnswer(c, g)
}

func (s *Sandbox) checkOAuth(c *call, grantType string) error {
	if c.arg("appid") != s.o.AppID {
		return refuse(codeBadAppID)
	}
	if c.arg("grant_type") != grantType {
		return refuse(codeBadGrant)
	}
	return nil
}

// grantAnswer makes the tokens of a grant. The caller holds the lock.
func (s *Sandbox) grantAnswer(c *call, g *grant) error {
	c.openid = g.openid
	access, refresh := s.dice.Text(89), s.dice.Text(89)
	given := &grant{openid: g.openid, scope: g.scope, until: c.now.Add(2 * time.Hour)}
	keep(s.grants.tokens, access, given, c.now)
	lasting := &grant{openid: g.openid, scope: g.scope, until: c.now.Add(30 * 24 * time.Hour)}
	keep(s.grants.refresh, refresh, lasting, c.now)
	answer := map[string]any{
		"access_token": access, "expires_in": 7200, "refresh_token": refresh,
		"openid": g.openid, "scope": g.scope,
	}
	if g.snapshot {
		answer["is_snapshotuser"] = 1
	}
	if c.rules.UnionID {
		answer["unionid"] = unionID(g.openid)
	}
	return c.answer(answer)
}

func (s *Sandbox) refreshGrant(c *call) error {
	if err := s.checkOAuth(c, "refresh_token"); err != nil {
		return err
	}
	s.grants.mu.Lock()
	defer s.grants.mu.Unlock()
	g := s.grants.refresh[c.arg("refresh_token")]
	if g == nil {
		return &refusal{code: 40030, text: "invalid refresh_token"}
	}
	if !c.now.Before(g.until) {
		return &refusal{code: 42002, text: "refresh_token expired"}
	}
	return s.grantAnswer(c, g)
}

// grantOf finds the living grant of a page's token.
func (s *Sandbox) grantOf(c *call) (*grant, error) {
	s.grants.mu.Lock()
	defer s.grants.mu.Unlock()
	g := s.grants.tokens[c.arg("access_token")]
	if g == nil {
		return nil, refuse(codeBadSecret)
	}
	if !c.now.Before(g.until) {
		return nil, refuse(codeTokenExpired)
	}
	if g.openid != c.arg("openid") {
		return nil, refuse(codeBadOpenID)
	}
	return g, nil
}

func (s *Sandbox) checkGrant(c *call) error {
	if _, err := s.grantOf(c); err != nil {
		return err
	}
	return c.ok()
}

func (s *Sandbox) grantUser(c *call) error {
	g, err := s.grantOf(c)
	if err != nil {
		return err
	}
	if g.scope != "snsapi_userinfo" {
		return refuse(48001)
	}
	return c.answer(map[string]any{"openid": g.openid, "nickname": "微信用户", "sex": 0,
		"province": "", "city": "", "country": "", "headimgurl": "", "privilege": []string{}})
}

// giveTicket gives the ticket that JS-SDK signatures are made with: one for
// two hours.
func (s *Sandbox) giveTicket(c *call) error {
	kind := c.arg("type")
	if kind != "jsapi" && kind != "wx_card" {
		return refuse(codeBadArgument)
	}
	const life = 7200
	age := c.now.Unix() % life
	ticket := "sM4AOVdWfPE4DxkXGEs8V" + kind + unionID(time.Unix(c.now.Unix()-age, 0).UTC().String()+s.o.Secret)
	return c.answer(map[string]any{"errcode": 0, "errmsg": "ok", "ticket": ticket, "expires_in": life - age})
}

// followerCookie tells authorize whose browser it is.
const followerCookie = "hongyan_sandbox_follower"

// serveAuthorize approves at once, as the follower this browser is.
func (s *Sandbox) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	openid := s.browserFollower(r)
	if openid == "" {
		http.Error(w, wordsNoOne, http.StatusBadRequest)
		return
	}
	back, err := s.authorize(openid, r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, back, http.StatusFound)
}

// browserFollower is who the browser was opened as, else the newest user.
func (s *Sandbox) browserFollower(r *http.Request) string {
	if cookie, err := r.Cookie(followerCookie); err == nil {
		if s.crowd.with(cookie.Value, func(*shard, *member) {}) {
			return cookie.Value
		}
	}
	all := s.crowd.all()
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}
