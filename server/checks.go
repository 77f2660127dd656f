package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hongyan/oa"
	"hongyan/store"
)

func (n *node) checks() []check {
	return []check{
		{"database", n.checkDatabase, "stop the server, keep a copy of the database, and restore the last backup"},
		{"account", n.checkStamp, "give --wechat.app-id of the account the database was made for, or another --data or --database"},
		{"redis", n.checkRedis, "check --redis; without Redis the server goes on with caches of its own"},
		{"token", n.checkToken, "check --wechat.app-id and --wechat.secret, and that this machine reaches " + n.account().API},
		{"template", n.checkTemplate, "choose a template in 公众平台 → 模板消息 and give its id as --wechat.template, or choose it in the console"},
		{"quota", n.checkQuota, "wait for midnight in Beijing, or clear the quota in 公众平台 → 接口权限"},
		{"clock", n.checkClock, "set the machine's clock by NTP: WeChat's signatures are refused beyond five minutes"},
		{"callback", n.checkCallback, "start the server, let WeChat's 服务器配置 point at " + n.config.BaseURL + "/wechat/callback, and check --wechat.token"},
		{"pay", n.checkPay, "check that this machine reaches " + n.account().Pay + ", and the settings --pay.… against the merchant platform (商户平台 → 账户中心 → API 安全)"},
		{"pay notice", n.checkPayNotice, "start the server and let the proxy hand " + payNotices + " on without a login and as it is; --base-url must begin with https"},
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

// checkStamp compares the database's stamp with the configuration, and leaves
// a new database without one.
func (n *node) checkStamp(ctx context.Context) (string, error) {
	var stamp []byte
	err := n.db.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT value FROM setting WHERE name = 'mode'`).Scan(&stamp)
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "new database, the first start makes it one for " + n.config.mode(), nil
	case err != nil:
		return "", err
	case string(stamp) != n.config.mode():
		return "", fmt.Errorf("the database belongs to %s, the configuration is for %s", stamp, n.config.mode())
	}
	return "the database belongs to " + n.config.mode(), nil
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
	id := n.cards.TemplateID()
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
	quota, err := n.wechat.Quota(ctx, templatePath)
	if err != nil {
		return "", err
	}
	if quota.DailyLimit > 0 && quota.Remain <= 0 {
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
	off := n.db.Now().Sub(theirs).Round(time.Second)
	if off.Abs() > time.Minute {
		return "", fmt.Errorf("this machine is %s away from WeChat", off)
	}
	return fmt.Sprintf("within %s of WeChat", off.Abs()+time.Second), nil
}

// checkCallback verifies the server's own callback URL as WeChat would. In the
// sandbox nobody calls a server that does not run.
func (n *node) checkCallback(ctx context.Context) (string, error) {
	stamp, nonce, echo := strconv.FormatInt(n.db.Now().Unix(), 10), rand.Text()[:10], rand.Text()
	query := url.Values{
		"timestamp": {stamp}, "nonce": {nonce}, "echostr": {echo},
		"signature": {oa.Signature(n.account().Token, stamp, nonce)},
	}
	at := n.config.BaseURL + "/wechat/callback"
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at+"?"+query.Encode(), nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(r)
	var out *url.Error
	switch {
	case errors.As(err, &out) && n.config.sandboxMode():
		return "no server runs at " + n.config.BaseURL, errSkipped
	case errors.As(err, &out):
		return "", fmt.Errorf("%s is not reachable: %w", at, out.Err) // without the signed query
	case err != nil:
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil || strings.TrimSpace(string(body)) != echo {
		return "", fmt.Errorf("%s answered %s instead of the echo", at, resp.Status)
	}
	return at + " answers WeChat's verification", nil
}
