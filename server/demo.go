package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"hongyan/push"
	"hongyan/server/demo"
	"hongyan/store"
)

// The demo app that sandbox mode sets up.
const (
	demoApp      push.AppID = 97
	demoName                = "演示应用"
	demoGreeting            = "发送「#97 重启服务器」试试：开发者的服务器会收到它，并回复你。"
	demoTopic               = "演示主题"
	demoFollower            = "小雁"
	demoExtra               = "demo"
)

// startDemo makes the demo app, its topic and one follower of both where they
// are missing, writes sandbox.json and prints what to try. It runs at every
// start.
func (n *node) startDemo(ctx context.Context) error {
	if err := n.agreeOnTime(ctx); err != nil {
		return err
	}
	path := filepath.Join(n.config.Data, "sandbox.json")
	file := readSandboxFile(path)
	file.BaseURL, file.SandboxURL = n.config.BaseURL, n.at.browser+"/"
	file.ClockURL = n.config.BaseURL + n.clockPath()
	var err error
	if file.AdminURL, err = n.adminURL(ctx); err != nil {
		return err
	}
	if err := n.demoAppAndTopic(ctx, &file); err != nil {
		return err
	}
	if err := writeSandboxFile(path, file); err != nil {
		return err
	}
	if err := n.wechat.CreateMenu(ctx, menu()); err != nil {
		return err
	}
	codes, err := n.demoFollowerOf(ctx, &file)
	if err != nil {
		return err
	}
	if err := writeSandboxFile(path, file); err != nil {
		return err
	}
	names := map[string]string{codes.app: demoName, codes.topic: demoTopic}
	if err := n.sandboxCall(ctx, "/hints", map[string]any{"command": pushCommand(file), "codes": names}, nil); err != nil {
		return err
	}
	if err := n.demo.Introduce(demo.Values{
		Token: file.AppToken, App: file.AppID, Topic: file.TopicID, Name: demoName, TopicName: demoTopic, Follower: demoFollower,
		UID: file.UID, OpenID: file.OpenID, Scene: codes.app, Link: codes.appLink,
	}); err != nil {
		return err
	}
	printBanner(os.Stdout, file, n.demo.PageURL())
	return nil
}

// demoAppAndTopic leaves file with a token that works.
func (n *node) demoAppAndTopic(ctx context.Context, file *sandboxFile) error {
	ctx = byCommand(ctx)
	// Whoever tries the console deletes the demo app too; a start brings it back.
	if err := n.push.RestoreApp(ctx, demoApp); err != nil && !errors.Is(err, push.ErrNoApp) {
		return err
	}
	app, err := n.push.AppByID(ctx, demoApp)
	if errors.Is(err, push.ErrNoApp) {
		app, file.AppToken, err = n.push.CreateApp(ctx, push.NewApp{ID: demoApp, Name: demoName, Greeting: demoGreeting})
	}
	if errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("the demo app #%d was deleted more than a week ago: start with another --data: %w", demoApp, err)
	}
	if err != nil {
		return err
	}
	if !n.push.TokenIsOf(ctx, file.AppToken, demoApp) {
		if file.AppToken, err = n.push.ResetToken(ctx, demoApp); err != nil {
			return err
		}
	}
	secret, err := n.push.KeepEndpoint(ctx, demoApp, n.demo.CallbackURL())
	if err != nil {
		return err
	}
	if err := n.demo.Trust(secret); err != nil {
		return err
	}
	topics, err := n.push.TopicsOf(ctx, demoApp)
	if err != nil {
		return err
	}
	if len(topics) == 0 {
		topic, err := n.push.CreateTopic(ctx, demoApp, demoTopic)
		if err != nil {
			return err
		}
		topics = append(topics, topic)
	}
	file.AppID, file.TopicID = int64(app.ID), int64(topics[0].ID)
	return nil
}

// demoCodes are the scenes of the demo's QR codes, and what the app's says.
type demoCodes struct{ app, appLink, topic string }

// demoFollowerOf makes a code for the app and one for the topic and, where
// there is none yet, a follower who scans both.
func (n *node) demoFollowerOf(ctx context.Context, file *sandboxFile) (codes demoCodes, err error) {
	const valid = 30 * 24 * time.Hour
	forApp, err := n.push.NewScene(ctx, file.AppToken, push.NewScene{Extra: demoExtra, Valid: valid})
	if err != nil {
		return codes, err
	}
	forTopic, err := n.push.PermanentScene(ctx, push.SceneTopic, demoApp, push.TopicID(file.TopicID))
	if err != nil {
		return codes, err
	}
	codes = demoCodes{app: forApp.Handle, topic: forTopic.Handle}
	if codes.appLink, err = n.showCode(ctx, codes.app, valid); err != nil {
		return codes, err
	}
	if _, err := n.showCode(ctx, codes.topic, 0); err != nil {
		return codes, err
	}
	if file.OpenID == "" || !n.sandboxKnows(ctx, file.OpenID) {
		var made struct {
			OpenID string `json:"openid"`
		}
		if err := n.sandboxCall(ctx, "/followers", map[string]any{"name": demoFollower}, &made); err != nil {
			return codes, err
		}
		for _, code := range []string{codes.app, codes.topic} {
			if err := n.sandboxCall(ctx, "/followers/"+made.OpenID+"/scan", map[string]any{"code": code}, nil); err != nil {
				return codes, err
			}
		}
		file.OpenID = made.OpenID
	}
	user, spt, err := n.push.UserByOpenID(ctx, push.OpenID(file.OpenID))
	if err != nil {
		return codes, err
	}
	file.UID, file.SPT = string(user.UID), string(spt)
	return codes, nil
}

// showCode has WeChat make the QR code of a scene and returns what it says.
func (n *node) showCode(ctx context.Context, handle string, valid time.Duration) (link string, err error) {
	code, err := n.wechat.CreateQR(ctx, handle, valid)
	if err != nil {
		return "", err
	}
	return code.URL, n.push.SceneLink(ctx, handle, code.URL)
}

// receiverAt is where the receivers that the demo's page offers to copy
// listen: a port of this machine that goes with the server's own, so that two
// servers beside each other have two.
func receiverAt(inside string) string {
	u, err := url.Parse(inside)
	if err != nil {
		return ""
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return ""
	}
	if port += 1000; port > 65535 {
		port -= 2000
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

// sandboxKnows tells whether the follower of an earlier start still exists.
func (n *node) sandboxKnows(ctx context.Context, openid string) bool {
	info, err := n.wechat.UserInfo(ctx, openid)
	return err == nil && info.Subscribed
}
