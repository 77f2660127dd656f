package sandbox

import (
	"fmt"
	"slices"
)

// userAnswer is what user/info tells; of someone who does not follow only the
// first two fields.
type userAnswer struct {
	Subscribe int    `json:"subscribe"`
	OpenID    string `json:"openid"`
	UnionID   string `json:"unionid,omitempty"`
	*userDetail
}

// userDetail has no names: WeChat has given none since 2021.
type userDetail struct {
	Nickname  string `json:"nickname"`
	Sex       int    `json:"sex"`
	Language  string `json:"language"`
	City      string `json:"city"`
	Province  string `json:"province"`
	Country   string `json:"country"`
	Head      string `json:"headimgurl"`
	Since     int64  `json:"subscribe_time"`
	Remark    string `json:"remark"`
	GroupID   int    `json:"groupid"`
	Tags      []int  `json:"tagid_list"`
	Via       string `json:"subscribe_scene"`
	QRScene   int64  `json:"qr_scene"`
	QRSceneID string `json:"qr_scene_str"`
}

// about answers one user; nil says that there is no such openid.
func (s *Sandbox) about(openid string, r *ruleSet) *userAnswer {
	var out *userAnswer
	s.crowd.with(openid, func(_ *shard, m *member) {
		out = &userAnswer{OpenID: openid}
		if r.UnionID {
			out.UnionID = unionID(openid)
		}
		if !m.following {
			return
		}
		out.Subscribe = 1
		out.userDetail = &userDetail{Language: "zh_CN", Since: m.since, Tags: []int{}, Via: m.via, QRSceneID: m.scene}
	})
	return out
}

// unionID is the same for the same openid, over restarts.
func unionID(openid string) string {
	return fmt.Sprintf("o%013x%013x", fnv(fnvStart, openid)>>12, fnv(fnvStart, "union "+openid)>>12)
}

func (s *Sandbox) userInfo(c *call) error {
	c.openid = c.arg("openid")
	user := s.about(c.openid, c.rules)
	if user == nil {
		return refuse(codeBadOpenID)
	}
	return c.answer(user)
}

func (s *Sandbox) userBatch(c *call) error {
	var ask struct {
		Users []struct {
			OpenID string `json:"openid"`
		} `json:"user_list"`
	}
	if err := c.decode(&ask); err != nil {
		return err
	}
	if len(ask.Users) < 1 || len(ask.Users) > 100 {
		return refuse(codeBadOpenID)
	}
	list := make([]*userAnswer, 0, len(ask.Users))
	for _, u := range ask.Users {
		user := s.about(u.OpenID, c.rules)
		if user == nil {
			return refuse(codeBadOpenID)
		}
		list = append(list, user)
	}
	return c.answer(map[string]any{"user_info_list": list})
}

// usersPerPage is how many openids user/get gives at once.
const usersPerPage = 10_000

func (s *Sandbox) userList(c *call) error {
	all := s.crowd.all()
	following := make([]string, 0, len(all))
	for _, openid := range all {
		if s.Follower(openid).Following() {
			following = append(following, openid)
		}
	}
	from := 0
	if after := c.arg("next_openid"); after != "" {
		if from = slices.Index(following, after) + 1; from == 0 {
			return refuse(codeBadOpenID)
		}
	}
	page := following[from:min(from+usersPerPage, len(following))]
	answer := map[string]any{"total": len(following), "count": len(page), "next_openid": ""}
	if len(page) > 0 {
		answer["data"] = map[string]any{"openid": page}
		answer["next_openid"] = page[len(page)-1]
	}
	return c.answer(answer)
}
