package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"hongyan/billing/wechatpay"
	"hongyan/oa"
)

type doctorCommand struct{}

// Run looks at everything and fails if anything is wrong. It works beside a
// running server and changes nothing: the database is not stamped, and of the
// sandbox a fresh one is looked at.
func (*doctorCommand) Run(ctx context.Context, c *Config) error {
	if err := c.check(); err != nil {
		return err
	}
	if err := c.makeData(); err != nil {
		return err
	}
	inside := "http://" + loopbackOf(c.Listen)
	base := c.BaseURL
	if base == "" {
		base = inside
	}
	n, err := newNode(ctx, *c, base, inside, "", slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer n.close()
	if c.sandboxMode() {
		fmt.Println("no official account is configured (--wechat.app-id), so this looks at the sandbox")
	}
	return examine(ctx, os.Stdout, newMask(c.secrets()), n.checks())
}

// check is one thing doctor looks at. A nil error means it is well; finding
// is what was seen, remedy what to do if it is not.
type check struct {
	name   string
	look   func(context.Context) (finding string, err error)
	remedy string
}

var errSkipped = errors.New("skipped")

// lookWithin bounds one check.
const lookWithin = 15 * time.Second

func examine(ctx context.Context, w io.Writer, m mask, checks []check) error {
	wrong := 0
	for _, c := range checks {
		ctx, cancel := context.WithTimeout(ctx, lookWithin)
		finding, err := c.look(ctx)
		cancel()
		switch {
		case errors.Is(err, errSkipped):
			fmt.Fprintf(w, "–  %-12s %s\n", c.name, m.text(finding))
		case err != nil:
			wrong++
			fmt.Fprintf(w, "✗  %-12s %s\n", c.name, m.text(err.Error()))
			fmt.Fprintf(w, "   %-12s → %s\n", "", m.text(remedyFor(err, c.remedy)))
		default:
			fmt.Fprintf(w, "✓  %-12s %s\n", c.name, m.text(finding))
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d checks failed", wrong, len(checks))
	}
	return nil
}

// remedyFor prefers what is known about the code of WeChat or WeChat Pay.
func remedyFor(err error, otherwise string) string {
	var refused *oa.Error
	if errors.As(err, &refused) && refused.Remedy() != "" {
		return refused.Remedy()
	}
	if remedy := wechatpay.Remedy(err); remedy != "" {
		return remedy
	}
	return otherwise
}
