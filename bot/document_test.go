package bot_test

import (
	"fmt"
	"sync/atomic"
	"time"

	"hongyan/oa"
)

// document makes an event as WeChat would write it. MsgIds count up.
func document(openid, kind, nodes string, at time.Time) oa.Event {
	id := ""
	if kind != "event" {
		id = fmt.Sprintf("<MsgId>%d</MsgId>", msgID.Add(1))
	}
	ev, err := oa.Parse(fmt.Appendf(nil, "<xml><ToUserName>gh_hongyan</ToUserName><FromUserName>%s</FromUserName>"+
		"<CreateTime>%d</CreateTime><MsgType>%s</MsgType>%s%s</xml>", openid, at.Unix(), kind, nodes, id), false)
	if err != nil {
		panic(err)
	}
	return ev
}

var msgID atomic.Int64

func text(openid, content string, at time.Time) oa.Event {
	return document(openid, "text", "<Content><![CDATA["+content+"]]></Content>", at)
}

func event(openid, name, key string, at time.Time) oa.Event {
	return document(openid, "event", "<Event>"+name+"</Event><EventKey>"+key+"</EventKey>", at)
}

// said is the text of a reply, empty for none.
func said(r oa.Reply) string {
	if r == nil {
		return ""
	}
	return r.(oa.TextReply).Content
}
