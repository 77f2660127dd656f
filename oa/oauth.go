package oa

import (
	"context"
	"net/url"
)

// Grant is who opened a page.
type Grant struct {
	OpenID  string
	UnionID string // empty unless the account is bound to an open platform
	// Snapshot marks the made-up follower of a snapshot page: never bind it.
	Snapshot bool
}

// AuthorizeURL is where a browser within WeChat learns a code for redirect,
// without asking the follower. WeChat wants this order of parameters, and a
// state of at most 128 letters and digits.
func (c *Client) AuthorizeURL(redirect, state string) string {
	return c.hosts.Open + "/connect/oauth2/authorize?appid=" + url.QueryEscape(c.appID) +
		"&redirect_uri=" + url.QueryEscape(redirect) +
		"&response_type=code&scope=snsapi_base&state=" + url.QueryEscape(state) + "#wechat_redirect"
}

// Exchange turns a code into the follower who got it. A code works once: codes
// 40029 and 40163 mean that the follower must be sent to [Client.AuthorizeURL]
// again.
func (c *Client) Exchange(ctx context.Context, code string) (Grant, error) {
	var answer struct {
		OpenID   string   `json:"openid"`
		UnionID  string   `json:"unionid"`
		Snapshot flexible `json:"is_snapshotuser"`
	}
	query := url.Values{"appid": {c.appID}, "secret": {c.secret}, "code": {code}, "grant_type": {"authorization_code"}}
	if err := c.call(ctx, question{path: pathExchange, query: query}, &answer); err != nil {
		return Grant{}, err
	}
	return Grant{answer.OpenID, answer.UnionID, answer.Snapshot == 1}, nil
}
