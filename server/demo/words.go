package demo

// What the page says.
const (
	wordsTitle     = "演示应用收到的回调"
	wordsName      = "演示应用"
	wordsAbout     = "开发者的服务器，每 3 秒刷新"
	wordsEmpty     = "还没有收到回调"
	wordsFirstStep = "在手机页上扫演示应用的二维码，或发送「#97 重启服务器」，这里就会出现开发者收到的内容。"
	wordsPhone     = "打开手机页"
)

// What the demo app answers.
const (
	wordsRestarting = "已收到，正在重启"
	wordsReceived   = "收到："
)
