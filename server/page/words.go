package page

import "hongyan/server/ui"

// wordsTime is how a time is shown, in Go's layout.
const wordsTime = "2006年1月2日 15:04"

type articleWords struct{ Original string }

var wordsArticle = articleWords{Original: "阅读原文"}

var (
	wordsNoMessage = ui.Notice{
		Mark:  "雁",
		Title: "消息不存在或已过期",
		Text:  "消息保留 7 天，过期后自动删除。如果消息刚刚收到，请从微信里的通知卡片重新打开，链接可能不完整。",
	}
	wordsDeleted = ui.Notice{
		Mark:  "雁",
		Title: "消息已被删除",
		Text:  "发送方删除了这条消息，内容不能再查看。需要的话，请联系发送方重新发送。",
	}
	wordsBroken = ui.Notice{
		Mark:  "雁",
		Title: "页面暂时打不开",
		Text:  "服务器出了点问题，消息没有丢失。请稍等一会儿再打开。",
	}
)
