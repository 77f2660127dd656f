package ui

// The few words the components themselves say.
const (
	copyWord   = "复制"
	copiedWord = "已复制"
	copyFailed = "请长按复制"
)
