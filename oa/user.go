package oa

import (
	"context"
	"net/url"
	"time"
)

// UserInfo is what WeChat tells of a follower: no name and no picture.
type UserInfo struct {
	Subscribed   bool
	OpenID       string
	UnionID      string
	SubscribedAt time.Time // zero for someone who does not follow
	Via          string    // ADD_SCENE_…
	Scene        string    // of the code last followed by
	Remark       string
	Language     string
}

// UserInfo asks about one follower.
func (c *Client) UserInfo(ctx context.Context, openid string) (UserInfo, error) {
	var a struct {
		Subscribe flexible `json:"subscribe"`
		OpenID    string   `json:"openid"`
		UnionID   string   `json:"unionid"`
		Time      flexible `json:"subscribe_time"`
		Via       string   `json:"subscribe_scene"`
		Scene     string   `json:"qr_scene_str"`
		Remark    string   `json:"remark"`
		Language  string   `json:"language"`
	}
	query := url.Values{"openid": {openid}, "lang": {"zh_CN"}}
	if err := c.ask(ctx, question{path: pathUser, query: query}, &a); err != nil {
		return UserInfo{}, err
	}
	u := UserInfo{Subscribed: a.Subscribe == 1, OpenID: a.OpenID, UnionID: a.UnionID,
		Via: a.Via, Scene: a.Scene, Remark: a.Remark, Language: a.Language}
	if a.Time > 0 {
		u.SubscribedAt = time.Unix(int64(a.Time), 0)
	}
	return u, nil
}

// Quota is what is left today of one call. WeChat has been seen to stop an
// account (45009) long before its own number says so.
type Quota struct{ DailyLimit, Used, Remain int64 }

// Quota asks for the quota of a path such as /cgi-bin/message/template/send.
func (c *Client) Quota(ctx context.Context, path string) (Quota, error) {
	var a struct {
		Quota struct {
			DailyLimit flexible `json:"daily_limit"`
			Used       flexible `json:"used"`
			Remain     flexible `json:"remain"`
		} `json:"quota"`
	}
	body := map[string]any{"cgi_path": path}
	if err := c.ask(ctx, question{path: pathQuota, body: body}, &a); err != nil {
		return Quota{}, err
	}
	return Quota{int64(a.Quota.DailyLimit), int64(a.Quota.Used), int64(a.Quota.Remain)}, nil
}

// CallbackIPs are the addresses callbacks come from. The list changes.
func (c *Client) CallbackIPs(ctx context.Context) ([]string, error) {
	var a struct {
		List []string `json:"ip_list"`
	}
	err := c.ask(ctx, question{path: pathCallbackIPs}, &a)
	return a.List, err
}
