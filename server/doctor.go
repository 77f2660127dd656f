package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"hongyan/oa"
)

type doctorCommand struct{}

// check is one thing doctor looks at. A nil error means it is well; finding
// is what was seen, remedy what to do if it is not.
type check struct {
	name   string
	look   func(context.Context) (finding string, err error)
	remedy string
}

var errSkipped = errors.New("skipped")

// Run looks at everything and fails if anything is wrong.
func (*doctorCommand) Run(ctx context.Context, c *Config) error {
	if err := c.check(); err != nil {
		return err
	}
	if err := c.makeData(); err != nil {
		return err
	}
	base := c.BaseURL
	if base == "" {
		base = "http://" + c.Listen
	}
	n, err := newNode(ctx, *c, base, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer n.close()
	return examine(ctx, os.Stdout, n.checks())
}

func examine(ctx context.Context, w io.Writer, checks []check) error {
	wrong := 0
	for _, c := range checks {
		ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
		finding, err := c.look(ctx)
		cancel()
		switch {
		case errors.Is(err, errSkipped):
			fmt.Fprintf(w, "–  %-12s %s\n", c.name, finding)
		case err != nil:
			wrong++
			fmt.Fprintf(w, "✗  %-12s %s\n", c.name, mask(err.Error()))
			fmt.Fprintf(w, "   %-12s → %s\n", "", remedyFor(err, c.remedy))
		default:
			fmt.Fprintf(w, "✓  %-12s %s\n", c.name, finding)
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d checks failed", wrong, len(checks))
	}
	return nil
}

// remedyFor prefers what is known about WeChat's error code.
func remedyFor(err error, otherwise string) string {
	var refused *oa.Error
	if errors.As(err, &refused) {
		return oa.Remedy(refused.Code)
	}
	return otherwise
}

func (n *node) checks() []check {
	return []check{
		{"database", n.checkDatabase, "stop the server, keep a copy of the database, and restore the last backup"},
		{"redis", n.checkRedis, "check --redis; without Redis the server goes on with caches of its own"},
		{"token", n.checkToken, "check --wechat.app-id and --wechat.secret, and that this machine reaches " + n.account().API},
		{"template", n.checkTemplate, "choose a template in 公众平台 → 模板消息 and give its id as --wechat.template"},
		{"quota", n.checkQuota, "wait for midnight in Beijing, or clear the quota in 公众平台 → 接口权限"},
		{"clock", n.checkClock, "set the machine's clock by NTP: WeChat's signatures are refused beyond five minutes"},
		{"callback", n.checkCallback, "start the server, let WeChat's 服务器配置 point at " + n.config.BaseURL + "/wechat/callback, and check --wechat.token"},
	}
}

func (n *node) checkDatabase(ctx context.Context) (string, error) {
	if err := n.db.Check(ctx); err != nil {
		return "", err
	}
	if n.db.Postgres() {
		return "PostgreSQL answers, schema is current", nil
	}
	return "SQLite file is sound, schema is current", nil
}

func (n *node) checkRedis(ctx context.Context) (string, error) {
	if n.redis == nil {
		return "not configured", errSkipped
	}
	if err := n.redis.Ping(ctx).Err(); err != nil {
		return "", err
	}
	return "answers", nil
}

func (n *node) checkToken(ctx context.Context) (string, error) {
	if _, err := n.wechat.Token(ctx); err != nil {
		return "", err
	}
	return "WeChat gives access tokens", nil
}

func (n *node) checkTemplate(ctx context.Context) (string, error) {
	id := n.account().Template
	titles, err := n.wechat.Templates(ctx)
	if err != nil {
		return "", err
	}
	if title, found := titles[id]; found {
		return "「" + title + "」", nil
	}
	return "", fmt.Errorf("the account has no template %s", id)
}

func (n *node) checkQuota(ctx context.Context) (string, error) {
	quota, err := n.wechat.Quota(ctx, "/cgi-bin/message/template/send")
	if err != nil {
		return "", err
	}
	if quota.DailyLimit > 0 && quota.Remain == 0 {
		return "", fmt.Errorf("all %d template sends of today are used", quota.DailyLimit)
	}
	return fmt.Sprintf("%d of %d template sends left today", quota.Remain, quota.DailyLimit), nil
}

// checkClock compares with the Date of WeChat's answer.
func (n *node) checkClock(ctx context.Context) (string, error) {
	if n.config.sandboxMode() {
		return "the sandbox shares this machine's clock", errSkipped
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, n.account().API, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	theirs, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return "", errors.New("WeChat's answer has no Date")
	}
	off := time.Since(theirs).Round(time.Second)
	if off.Abs() > time.Minute {
		return "", fmt.Errorf("this machine is %s away from WeChat", off)
	}
	return fmt.Sprintf("within %s of WeChat", off.Abs()+time.Second), nil
}

// checkCallback verifies the server's own callback URL as WeChat would.
func (n *node) checkCallback(ctx context.Context) (string, error) {
	stamp, nonce, echo := strconv.FormatInt(n.db.Now().Unix(), 10), rand.Text()[:10], rand.Text()
	query := url.Values{
		"timestamp": {stamp}, "nonce": {nonce}, "echostr": {echo},
		"signature": {oa.Signature(n.account().Token, stamp, nonce)},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, n.config.BaseURL+"/wechat/callback?"+query.Encode(), nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", fmt.Errorf("%s is not reachable: %w", n.config.BaseURL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil || strings.TrimSpace(string(body)) != echo {
		return "", fmt.Errorf("%s/wechat/callback answered %s instead of the echo", n.config.BaseURL, resp.Status)
	}
	return n.config.BaseURL + "/wechat/callback answers WeChat's verification", nil
}
