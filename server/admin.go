package main

import (
	"context"
	"fmt"
	"os"

	"hongyan/push"
	"hongyan/server/console"
)

type adminCommand struct{}

// Run prints a link for a new administrator, also when there is one: whoever
// has the machine can come in. The link made before is no good any more.
func (*adminCommand) Run(ctx context.Context, c *Config) error {
	s, close, err := c.openPush(ctx)
	if err != nil {
		return err
	}
	defer close()
	secret, err := s.AdminLink(ctx, true)
	if err != nil {
		return err
	}
	base := c.BaseURL
	if base == "" {
		base = "http://" + loopbackOf(c.Listen)
	}
	fmt.Println(adminLink(base, secret))
	return nil
}

func adminLink(base, secret string) string { return base + console.Prefix + "first/" + secret }

// adminURL is where the first administrator comes in, or the console's front
// once there is one.
func (n *node) adminURL(ctx context.Context) (string, error) {
	secret, err := n.push.AdminLink(ctx, false)
	if err != nil {
		return "", err
	}
	if secret == "" {
		return n.config.BaseURL + console.Prefix, nil
	}
	return adminLink(n.config.BaseURL, secret), nil
}

// greet tells whoever started the server what to open.
func (n *node) greet(ctx context.Context) error {
	if n.demo != nil {
		if err := n.startDemo(ctx); err != nil {
			return fmt.Errorf("set up the demo: %w", err)
		}
		return nil
	}
	secret, err := n.push.AdminLink(ctx, false)
	if err != nil || secret == "" {
		return err
	}
	fmt.Fprintf(os.Stdout, "\n鸿雁 Hongyan has no administrator yet. Open this link once and scan its code with WeChat:\n\n  %s\n\n", adminLink(n.config.BaseURL, secret))
	return nil
}

// byCommand writes changes down as made at the command line.
func byCommand(ctx context.Context) context.Context {
	return push.WithActor(ctx, push.Actor{Via: push.ViaCommand})
}
