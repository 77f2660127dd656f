package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/push/session"
	"hongyan/store"
)

const members = "/console/app/97/members"

// role is what the phone's user is in app 97; "" is nobody.
func (s *site) role(p *phone) (role push.Role) {
	s.Helper()
	all, err := s.push.Members(s.Context(), 97)
	s.must(err)
	for _, m := range all {
		if m.UID == p.user().UID {
			role = m.Role
		}
	}
	return role
}

// invitation shows the owner a code for a role and returns its handle.
func (m *team) invitation(role string) (handle string) {
	b := m.owner
	b.s.Helper()
	if b.s.clock != nil {
		b.s.clock.Advance(4 * time.Second)
	}
	if got := b.send(members+"/invite", url.Values{"role": {role}}); got != http.StatusOK {
		b.s.Fatalf("%d\n%.600s", got, body(b.Page))
	}
	return handleOf.FindStringSubmatch(b.Page)[1]
}

func TestInvite_ByScanAndTap(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		handle := m.invitation("developer")
		state := members + "/invite/" + handle
		m.owner.get(state)
		m.owner.shows("等待扫码")
		hong := s.phone()
		asked := hong.scan(handle)
		for _, part := range []string{"成为应用「服务器监控」的开发者", "核对码"} {
			if !strings.Contains(asked, part) {
				t.Errorf("the phone shows no %q: %s", part, asked)
			}
		}
		m.owner.get(state)
		m.owner.shows("已扫码")
		hong.say(tapped(asked, "允许"))
		if got := s.role(hong); got != push.Developer {
			t.Fatalf("role %q", got)
		}
		m.owner.do("GET", state, nil, http.Header{"Hx-Request": {"true"}})
		if got := m.owner.Last.Header.Get("HX-Redirect"); got != members {
			t.Errorf("the page goes on to %q", got)
		}
		m.owner.get(members)
		m.owner.shows("对方已加入", string(hong.user().UID))
		if got := s.lastLine(97); got.Action != "member.role" || got.UID != hong.user().UID || got.After != "developer" || got.Via != push.ViaWeChat {
			t.Errorf("the log says %+v", got)
		}
		b := s.browser().signIn(hong)
		if got := b.get("/console/app/97/"); got != http.StatusOK {
			t.Errorf("the new member is answered %d", got)
		}
	})
}

// TestF41_InvitationsCannotBeMisused: each case is somebody who should not
// become a member, or not that.
func TestF41_InvitationsCannotBeMisused(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		mallory := s.follower()
		nobody := func(what string) {
			t.Helper()
			if got := s.role(mallory); got != "" {
				t.Errorf("%s: became %s", what, got)
			}
		}
		use := func(handle string) {
			if allow := tapped(mallory.scan(handle), "允许"); allow != "" {
				mallory.say(allow)
			}
		}

		used := m.invitation("reader")
		hong := s.phone()
		hong.say(tapped(hong.scan(used), "允许"))
		if reply := mallory.scan(used); !strings.Contains(reply, "不能用了") {
			t.Errorf("a used code: %s", reply)
		}
		nobody("a used code")

		taken := m.invitation("reader")
		hong.scan(taken)
		use(taken)
		nobody("a code somebody else scanned")

		refused := m.invitation("reader")
		asked := mallory.scan(refused)
		mallory.say(tapped(asked, "拒绝"))
		mallory.say(tapped(asked, "允许"))
		nobody("a code that was refused")

		late := m.invitation("owner")
		allow := tapped(mallory.scan(late), "允许")
		s.clock.Advance(session.InviteValid + time.Second)
		mallory.say(allow)
		nobody("an answer too late")
		m.owner.get(members + "/invite/" + late)
		m.owner.shows("已过期")

		// The role stands on the server; nothing on the phone or in the browser
		// makes it another.
		reader := m.invitation("reader")
		allow = tapped(mallory.scan(reader), "允许")
		mallory.say(allow + " owner")
		mallory.say("允许 owner")
		mallory.say(allow)
		if got := s.role(mallory); got != push.Reader {
			t.Errorf("a code for readers made %q", got)
		}
		s.must(s.push.RemoveMember(s.Context(), 97, mallory.user().UID))

		// A code is looked at by the browser that asked, in its app.
		other := s.appOf(m.strangerPhone)
		handle := m.invitation("developer")
		m.stranger.get("/console/app/" + other + "/members/invite/" + handle)
		m.stranger.shows("已过期")
		mine := s.appOf(m.ownerPhone)
		m.owner.get("/console/app/" + mine + "/members/invite/" + handle)
		m.owner.shows("已过期")
		if _, err := s.sessions.SignIn(s.Context(), handle, "guess", "", ""); err == nil {
			t.Error("an invitation signs in")
		}

		// It ends with the power of whoever could have made it.
		successor := m.strangerPhone.user().ID
		s.must(s.db.Update(s.Context(), func(tx *store.Tx) error {
			return s.push.JoinTx(s.Context(), tx, 97, successor, push.Owner)
		}))
		open, scanned := m.invitation("owner"), m.invitation("owner")
		allow = tapped(mallory.scan(scanned), "允许")
		s.must(s.push.RemoveMember(s.Context(), 97, m.ownerPhone.user().UID))
		mallory.say(allow)
		use(open)
		nobody("an invitation of an owner who was removed")
		if got := m.owner.send(members+"/invite", url.Values{"role": {"owner"}}); got != http.StatusNotFound {
			t.Errorf("a removed owner invites: %d", got)
		}
	})
}

// appOf makes an app of the phone's user and returns its number.
func (s *site) appOf(p *phone) string {
	s.Helper()
	a, _, err := s.push.CreateApp(s.Context(), push.NewApp{Name: "别的应用", Owner: p.user().ID})
	s.must(err)
	return fmt.Sprint(a.ID)
}

// TestInvite_TakesNothingAway: an owner who scans the code for readers stays
// an owner.
func TestInvite_TakesNothingAway(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		m.ownerPhone.say(tapped(m.ownerPhone.scan(m.invitation("reader")), "允许"))
		m.developerPhone.say(tapped(m.developerPhone.scan(m.invitation("reader")), "允许"))
		m.readerPhone.say(tapped(m.readerPhone.scan(m.invitation("developer")), "允许"))
		for who, c := range map[*phone]push.Role{m.ownerPhone: push.Owner, m.developerPhone: push.Developer, m.readerPhone: push.Developer} {
			if got := s.role(who); got != c {
				t.Errorf("role %q, want %q", got, c)
			}
		}
		code := m.invitation("reader")
		for i := range 97 {
			s.exec(`INSERT INTO users (openid, uid, spt_hash, spt_sealed, name, created_at) VALUES ($1, $2, $3, $3, $4, 1)`,
				fmt.Sprint("colleague", i), fmt.Sprint("UID_ABCDEFGHIJKLMNOPQRSTUVWXYZ", 100+i), []byte{byte(i)}, fmt.Sprintf("第 %d 位同事", i))
		}
		s.exec(`INSERT INTO app_member (app_id, user_id, role, created_at) SELECT 97, id, 'reader', 1 FROM users WHERE openid LIKE 'colleague%'`)
		late := s.phone()
		if reply := late.say(tapped(late.scan(code), "允许")); !strings.Contains(reply, "成员已满") {
			t.Errorf("one more than there may be: %s", reply)
		}
		s.clock.Advance(4 * time.Second)
		if got := m.owner.send(members+"/invite", url.Values{"role": {"reader"}}); got != http.StatusUnprocessableEntity {
			t.Errorf("an invitation to a full app: %d", got)
		}
		if m.owner.shows("最多有 100 个成员"); len(m.owner.Page) > mostWeight {
			t.Errorf("the page weighs %d bytes", len(m.owner.Page))
		}
		s.clock.Advance(4 * time.Second)
		if got := m.owner.send(members+"/invite", url.Values{"role": {"king"}}); got != http.StatusUnprocessableEntity {
			t.Errorf("an unknown role: %d", got)
		}
		m.owner.shows("请选择一个角色")
	})
}

// TestMembers_ChangeByStep, at once and for every browser of theirs.
func TestMembers_ChangeByStep(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		uid := string(m.readerPhone.user().UID)
		s.must(s.push.SetName(s.Context(), m.readerPhone.user().ID, "小红"))
		m.owner.send(members+"/role", url.Values{"uid": {uid}, "role": {"developer"}})
		m.owner.shows("把应用「服务器监控」的成员「小红」改为开发者")
		s.clock.Advance(4 * time.Second)
		m.owner.allow(m.ownerPhone, members+"/role", url.Values{"uid": {uid}, "role": {"developer"}})
		if got := s.role(m.readerPhone); got != push.Developer {
			t.Errorf("role %q", got)
		}
		if got := m.reader.send(settings, url.Values{"name": {"我能改了"}}); got != http.StatusOK {
			t.Errorf("the new developer: %d", got)
		}
		s.clock.Advance(4 * time.Second)
		m.owner.allow(m.ownerPhone, members+"/remove", url.Values{"uid": {uid}})
		if got := m.reader.get("/console/app/97/"); got != http.StatusNotFound {
			t.Errorf("a removed member is answered %d", got)
		}
		s.clock.Advance(4 * time.Second)
		for what, form := range map[string]url.Values{
			"/role": {"uid": {string(m.ownerPhone.user().UID)}, "role": {"reader"}}, "/remove": {"uid": {string(m.ownerPhone.user().UID)}}, "/leave": {},
		} {
			s.clock.Advance(4 * time.Second)
			if got := m.owner.allow(m.ownerPhone, members+what, form); got != http.StatusConflict {
				t.Errorf("%s of the last owner: %d", what, got)
			}
			m.owner.shows("至少要有一个所有者")
		}
		s.clock.Advance(4 * time.Second)
		if got := m.owner.allow(m.ownerPhone, members+"/remove", url.Values{"uid": {uid}}); got != http.StatusNotFound {
			t.Errorf("a member who is none: %d", got)
		}
		s.clock.Advance(4 * time.Second)
		if got := m.owner.allow(m.ownerPhone, members+"/role", url.Values{"uid": {string(m.developerPhone.user().UID)}, "role": {"king"}}); got != http.StatusUnprocessableEntity {
			t.Errorf("an unknown role: %d", got)
		}
		s.clock.Advance(4 * time.Second)
		m.developer.allow(m.developerPhone, members+"/leave", nil)
		m.developer.shows("已退出应用")
		if got := s.role(m.developerPhone); got != "" {
			t.Errorf("still %q", got)
		}
	})
}
