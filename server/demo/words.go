package demo

import "hongyan/server/ui"

// pageWords are what the page says.
type pageWords struct {
	Title, Name, About, Sandbox string

	Scan, ScanText, CodeAlt, Command, Phone string

	Send, SendAbout, To, Kind, Content, Summary, SummaryHint, Submit, Unsent string
	Kinds                                                                    []kindWord

	Receipt, NotSent, Refused, Exchange, Request, Answer, Progress, Card, Reload string

	Calls, CallsAbout, NoCalls, NoCallsText, Elsewhere, ElsewhereText, Reclaim, Lost string

	Code, CodeAbout, Languages, Push, Receive, Move, MoveText, NotReached, Docs string
}

type kindWord struct{ Value, Name string }

var wordsPage = pageWords{
	Title:   "鸿雁演示",
	Name:    "鸿雁演示",
	About:   "鸿雁把程序的消息推送到微信，也把微信里说的话交给程序。这一页是一个应用的开发者：在这里发出消息，在这里收到回调。",
	Sandbox: "这里的微信由沙箱扮演，不会打扰任何真人。",

	Scan:     "用手机页扫这个码",
	ScanText: "扫码就是关注这个应用。也可以在手机页里发送 #%d 关注，发送下面这句话下指令：",
	CodeAlt:  "演示应用的二维码",
	Command:  "#%d 重启服务器",
	Phone:    "打开手机页",

	Send:        "发一条消息",
	SendAbout:   "像任何开发者一样，由这一页的服务器带着 appToken 调用 POST /api/send/message。",
	To:          "发给谁",
	Kind:        "内容类型",
	Kinds:       []kindWord{{"1", "文本"}, {"2", "HTML"}, {"3", "Markdown"}},
	Content:     "内容",
	Summary:     "摘要",
	SummaryHint: "显示在卡片上，可以不填，不填就用内容的开头",
	Submit:      "发送",
	Unsent:      "连不上沙箱，不知道有没有发出。请确认沙箱还在运行，再点一次发送，同样的内容不会发两遍。",

	Receipt:  "发送结果",
	NotSent:  "没有发出",
	Refused:  "平台没有接受",
	Exchange: "看看请求和应答",
	Request:  "请求",
	Answer:   "应答",
	Progress: "进度",
	Card:     "在手机页看这张卡片",
	Reload:   "刷新",

	Calls:         "收到的回调",
	CallsAbout:    "开发者的服务器听到的每一件事，最新的在最上面，自动出现。",
	NoCalls:       "还没有收到回调",
	NoCallsText:   "在手机页扫码关注，或发送一条指令，这里马上就会出现开发者收到的内容。",
	Elsewhere:     "回调现在发往别处",
	ElsewhereText: "这一页暂时收不到新的回调。重启沙箱后会自动改回来，也可以现在就改。",
	Reclaim:       "改回这一页",
	Lost:          "与沙箱的连接断了，正在重连。请确认沙箱还在运行。",

	Code:       "换成你的代码",
	CodeAbout:  "下面已经填好这个沙箱的地址、appToken、UID、主题和回调密钥，只用标准库，复制就能运行。令牌只在这个沙箱里有效，真实的令牌请放在服务器的环境变量里。",
	Languages:  "语言",
	Push:       "推送一条消息",
	Receive:    "接收回调，验证签名，回复用户",
	Move:       "让回调发到你的程序",
	MoveText:   "先运行上面的接收程序，再执行这几行，然后在手机页发送指令，回复来自你的程序。改回来：重新打开这一页，点「改回这一页」。",
	Docs:       "API 文档",
	NotReached: "这个沙箱对外开放，回调只发往公网和允许的地址：接收程序在内网或本机时，请给沙箱加上 --callback.allow %s。",
}

// callWords are what the page says of a callback.
type callWords struct {
	Follow, Command, Order, Refund, Unknown, Refused string
	Signed, Body, More, Reply, NoReply               string
}

var wordsCall = callWords{
	Follow:  "有人关注了应用",
	Command: "有人发来指令",
	Order:   "有人付了款",
	Refund:  "有人退了款",
	Unknown: "收到回调",
	Refused: "拒绝了一个请求",
	Signed:  "签名正确",
	Body:    "请求体",
	More:    "后面还有，这里没有显示。",
	Reply:   "回复",
	NoReply: "没有回复",
}

// Why a request was refused.
const (
	wordsNoSignature    = "没有签名"
	wordsOldSignature   = "时间戳超出 5 分钟"
	wordsWrongSignature = "签名不对"
)

// The stops of a message.
const (
	wordsWaiting     = "等待发送"
	wordsSent        = "已交给微信"
	wordsConfirmed   = "发送成功"
	wordsUnconfirmed = "没有收到微信的回执"
	wordsFailed      = "发送失败"
	wordsCounts      = "共 %d 人：送达 %d，失败 %d，略过 %d"
)

// What the page offers and what is wrong with what was typed.
const (
	wordsSampleSummary = "服务器 A 磁盘告警"
	wordsSample        = "服务器 A 的磁盘已用 **91%**。\n\n- 最大的目录：`/var/log`\n- 回复 `#97 重启服务器` 可以重启\n"
	wordsNoContent     = "内容是空的，请写点什么再发送。"
	wordsLongContent   = "内容有 %d 个字符，最多 %d 个，请缩短后再发送。"
	wordsNoAnswer      = "平台没有应答，不知道有没有发出。请稍后再点一次发送，同样的内容不会发两遍。"
	wordsToken         = "AT_…"
	wordsBack          = "回到演示"
)

// What the page says instead of itself.
var (
	wordsStarting     = ui.Notice{Mark: "雁", Title: "演示正在准备", Text: "沙箱刚刚启动，请两秒后刷新这一页。"}
	wordsForeign      = ui.Notice{Mark: "雁", Title: "没有执行", Text: "这个请求是从别的网站发起的，为了安全没有执行。请回到演示，再操作一次。"}
	wordsLongForm     = ui.Notice{Mark: "雁", Title: "没有发出", Text: "提交的内容太长或不完整，没有发送。请返回上一页，缩短后再试。"}
	wordsNotReclaimed = ui.Notice{Mark: "雁", Title: "没有改成"}
)

// What the code to copy sends, and what stands where it cannot receive.
const (
	wordsCurlContent  = "任务完成，用时 **42 秒**"
	wordsCurlSummary  = "curl：任务完成"
	wordsCurlReceives = "curl 只能发出请求，不能接收。请选旁边的一种语言运行接收程序；没有自己的服务器时，回调就发到这一页。"
)

// What the demo app answers.
const (
	wordsRestarting = "已收到，正在重启"
	wordsReceived   = "收到："
)
