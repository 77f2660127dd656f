package page

import "hongyan/server/ui"

// wordsTime is how a time is shown, in Go's layout.
const wordsTime = "2006年1月2日 15:04"

// wordsSimplePush stands where the app's name would, for a message that was
// sent by an SPT.
const wordsSimplePush = "极简推送"

type articleWords struct{ Original string }

var wordsArticle = articleWords{Original: "阅读原文"}

var (
	wordsNoMessage = ui.Notice{
		Mark:  "雁",
		Title: "这条消息看不到了",
		Text:  "消息保留 7 天，过期后自动删除，发送方也可以提前删除。如果刚刚收到，请从微信里的通知卡片重新打开，链接可能不完整。",
	}
	wordsBroken = ui.Notice{
		Mark:  "雁",
		Title: "页面暂时打不开",
		Text:  "服务器出了点问题，消息没有丢失。请稍等一会儿再打开。",
	}
)
