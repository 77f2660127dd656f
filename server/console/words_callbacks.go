package console

var (
	wordsCallbacks  = say("回调")
	wordsCallback   = say("一个回调")
	wordsNoEndpoint = notice{mark: "?", title: say("应用还没有回调地址"), text: say("请先在设置里填写接收回调的地址。")}
)

// wordsActions are the actions of callbacks, as people call them.
var wordsActions = map[string]string{
	"app_subscribe": "关注", "send_up_cmd": "指令", "order_pay": "支付", "ping": "测试",
}
