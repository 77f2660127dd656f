package console

import "hongyan/push"

// deleteView names what stops.
type deleteView struct {
	Losses push.AppLosses
	Days   int
}

// Followers is how many there are, or at least are.
func (v deleteView) Followers() string {
	if v.Losses.Followers >= push.MostFollowers {
		return num(v.Losses.Followers) + "+"
	}
	return num(v.Losses.Followers)
}

func (c *Console) deletePage(r *request) (reply, error) {
	losses, err := c.o.Push.AppLosses(r.Context(), r.app.ID)
	if err != nil {
		return reply{}, err
	}
	return shown("app_delete", wordsDeleteApp, deleteView{losses, int(push.AppGrace.Hours() / 24)}), nil
}

func (c *Console) deleteApp(r *request) (reply, error) {
	if err := c.o.Push.DeleteApp(r.Context(), r.app.ID); err != nil {
		return reply{}, err
	}
	return sentTo(Prefix).saying("应用「%s」已删除，7 天内可以恢复", r.app.Name), nil
}

func (c *Console) restoreApp(r *request) (reply, error) {
	if err := c.o.Push.RestoreApp(r.Context(), r.app.ID); err != nil {
		return reply{}, err
	}
	return sentTo(appPath(r.app.ID, "")).saying("应用「%s」已恢复，AppToken 和关注者都还在", r.app.Name), nil
}
