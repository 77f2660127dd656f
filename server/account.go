package main

import "hongyan/oa/sandbox"

// mode is what the database is stamped with.
func (c *Config) mode() string {
	if c.sandboxMode() {
		return "sandbox"
	}
	return c.WeChat.AppID
}

// account is the configured official account, or the sandbox's.
func (n *node) account() wechatConfig {
	if !n.config.sandboxMode() {
		return n.config.WeChat
	}
	a, agreed := n.config.WeChat, sandboxAccount(n.at.key)
	a.AppID, a.Secret, a.OriginalID = agreed.AppID, agreed.Secret, agreed.OriginalID
	a.Token, a.AESKey, a.Mode, a.JSON = agreed.Token, agreed.AESKey, agreed.Mode, agreed.JSON
	a.Template = sandbox.DefaultTemplate
	a.API, a.MP, a.Open = n.at.api, n.at.browser, n.at.browser
	return a
}
