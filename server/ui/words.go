package ui

// The few words the components themselves say.
const (
	copyWord   = "复制"
	copiedWord = "已复制"
	copyFailed = "请长按复制"
)

// What an article says of itself.
const articleTime = "2006年1月2日 15:04"

type articleWords struct{ Original, Mute, Report string }

var wordsArticle = articleWords{Original: "阅读原文", Mute: "不再接收", Report: "举报"}
