package main

import (
	"context"
	"errors"
	"fmt"

	"hongyan/commands"
	"hongyan/oa"
)

// menu is what stands below a follower's chat.
func menu() []oa.Button {
	click := func(name, key string) oa.Button { return oa.Button{Name: name, Type: "click", Key: key} }
	return []oa.Button{
		{Name: "我的", Sub: []oa.Button{
			click("我的UID", commands.KeyUID),
			click("我的SPT", commands.KeySPT),
			click("我的订阅", commands.KeySubscriptions),
		}},
		click("消息市场", commands.KeyMarket),
		click("帮助", commands.KeyHelp),
	}
}

type menuCommand struct{}

// Run replaces the account's menu. A server never does so by itself: the
// account may have one already.
func (*menuCommand) Run(ctx context.Context, c *Config) error {
	if c.sandboxMode() {
		return errors.New("the sandbox has its menu from the start; for an official account give --wechat.app-id")
	}
	if err := c.check(); err != nil {
		return err
	}
	n, err := newNode(ctx, *c, c.BaseURL, "http://"+loopbackOf(c.Listen), "", c.logger())
	if err != nil {
		return err
	}
	defer n.close()
	if err := n.wechat.CreateMenu(ctx, menu()); err != nil {
		return err
	}
	fmt.Println("the menu is set; WeChat shows it to followers within five minutes")
	return nil
}
