package console

import (
	"errors"
	"slices"

	"hongyan/push"
	"hongyan/push/session"
)

// membersView lists who looks after the app.
type membersView struct {
	Members []push.Member
	Roles   []option
	Form    form
}

// roleOptions are the roles from the most to the least.
func roleOptions(lang string) []option {
	var all []option
	for _, r := range []push.Role{push.Owner, push.Developer, push.Reader} {
		all = append(all, option{string(r), translate(lang, wordsRoles[r]) + " · " + translate(lang, wordsRoleCan[r])})
	}
	return all
}

func (c *Console) membersPage(r *request) (reply, error) {
	return c.members(r, filled("role", string(push.Developer)))
}

func (c *Console) members(r *request, f form) (reply, error) {
	all, err := c.o.Push.Members(r.Context(), r.app.ID)
	if err != nil {
		return reply{}, err
	}
	a := shown("members", wordsMembers, membersView{all, roleOptions(r.lang), f})
	if len(f.Wrong) > 0 {
		a = a.wrong()
	}
	return a, nil
}

// memberNamed is the member that the form names, as the phone is told of them.
func (c *Console) memberNamed(r *request) string {
	uid := r.value("uid")
	all, err := c.o.Push.Members(r.Context(), r.app.ID)
	if at := slices.IndexFunc(all, func(m push.Member) bool { return string(m.UID) == uid }); err == nil && at >= 0 && all[at].Name != "" {
		return all[at].Name
	}
	return uid
}

func (c *Console) stepOnRole(r *request) words {
	return say("把应用「%s」的成员「%s」改为%s", r.app.Name, c.memberNamed(r), say(wordsRoles[push.Role(r.value("role"))]))
}

func (c *Console) stepOnRemoval(r *request) words {
	return say("把「%s」移出应用「%s」", c.memberNamed(r), r.app.Name)
}

func (c *Console) setRole(r *request) (reply, error) {
	err := c.o.Push.SetRole(r.Context(), r.app.ID, push.UID(r.value("uid")), push.Role(r.value("role")))
	if err != nil {
		return reply{}, err
	}
	return sentTo(appPath(r.app.ID, "members")).saying("角色已更改"), nil
}

func (c *Console) removeMember(r *request) (reply, error) {
	if err := c.o.Push.RemoveMember(r.Context(), r.app.ID, push.UID(r.value("uid"))); err != nil {
		return reply{}, err
	}
	return sentTo(appPath(r.app.ID, "members")).saying("已移出"), nil
}

func (c *Console) leaveApp(r *request) (reply, error) {
	if err := c.o.Push.RemoveMember(r.Context(), r.app.ID, r.user.UID); err != nil {
		return reply{}, err
	}
	return sentTo(Prefix).saying("已退出应用「%s」", r.app.Name), nil
}

// inviteView is the page with the code of an invitation.
type inviteView struct {
	Role             push.Role
	Picture, Code    string
	Handle           string
	Minutes          int
	Scanned          bool
	Refused, Expired bool
}

func inviteViewOf(a session.Approval) inviteView {
	return inviteView{Role: a.Role, Picture: codePath(a.Handle), Code: a.Code, Handle: a.Handle, Minutes: int(session.InviteValid.Minutes()),
		Scanned: a.State == session.Scanned, Refused: a.State == session.Refused}
}

// invite shows a code that makes whoever scans it and says yes a member. The
// role is kept with the code, not in it.
func (c *Console) invite(r *request) (reply, error) {
	role := push.Role(r.value("role"))
	if _, known := wordsRoles[role]; !known {
		f := typed(r)
		f.Wrong["role"] = translate(r.lang, wordsRoleUnknown)
		return c.members(r, f)
	}
	if all, err := c.o.Push.Members(r.Context(), r.app.ID); err != nil || len(all) >= push.MaxMembers {
		f := typed(r)
		f.Wrong["role"] = translate(r.lang, wordsManyMembers, push.MaxMembers)
		a, again := c.members(r, f)
		return a, errors.Join(err, again)
	}
	// The phone speaks Chinese.
	a, err := c.ask(r, session.Ask{Purpose: session.Invite, Browser: r.secret, App: r.app.ID, Role: role,
		What: say("成为应用「%s」的%s", r.app.Name, say(wordsRoles[role])).in(chinese), Place: place(r)})
	if err != nil {
		return reply{}, err
	}
	return shown("member_invite", wordsInvite, inviteViewOf(a)), nil
}

// inviteState is what that page asks for every two seconds; it leads back to
// the members when there is a new one.
func (c *Console) inviteState(r *request) (reply, error) {
	a, err := c.o.Sessions.Look(r.Context(), r.PathValue("handle"), r.secret)
	if errors.Is(err, session.ErrNoApproval) || err == nil && (a.Purpose != session.Invite || a.App != r.app.ID) {
		return part("member_invite", "state", inviteView{Expired: true}), nil
	}
	if err != nil {
		return reply{}, err
	}
	if a.State == session.Used {
		return sentTo(appPath(r.app.ID, "members")).saying("对方已加入"), nil
	}
	return part("member_invite", "state", inviteViewOf(a)), nil
}
