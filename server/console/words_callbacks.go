package console

var (
	wordsCallbacks = say("回调")
	wordsCallback  = say("一个回调")
)

// wordsCallbackActions are the actions of callbacks, as people call them.
var wordsCallbackActions = map[string]string{
	"app_subscribe": "关注", "send_up_cmd": "指令", "order_pay": "支付", "ping": "测试",
}
