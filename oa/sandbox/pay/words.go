package pay

// What the pay sheet says.
const (
	wordsMerchant  = "鸿雁沙箱商户"
	wordsNoHandle  = "没有这笔待支付的订单"
	wordsOld       = "支付链接已过期，请回到商家重新下单"
	wordsExpired   = "订单已超过支付时间，请重新下单"
	wordsClosed    = "订单已关闭"
	wordsPaid      = "订单已支付"
	wordsPaying    = "订单正在支付，请稍候"
	wordsNotYours  = "只有下单的人可以支付这笔订单"
	wordsNoUser    = "没有这个微信用户"
	wordsBank      = "银行没有扣款成功，请稍后再试"
	wordsSignature = "支付验证签名失败"
	wordsBadInvoke = "调起支付的参数不完整"
)

// stateWords are the trade_state_desc of each trade_state.
var stateWords = map[string]string{
	stateNotPaid: "订单未支付", statePaying: "用户支付中", statePaid: "支付成功",
	stateRefund: "订单发生过退款，退款详情请查询退款单", stateClosed: "订单已关闭", stateFailed: "支付失败(其他原因，如银行返回失败)",
}

// summaryWords are the summary of each notice.
var summaryWords = map[string]string{
	"TRANSACTION.SUCCESS": "支付成功", "REFUND.SUCCESS": "退款成功", "REFUND.ABNORMAL": "退款异常", "REFUND.CLOSED": "退款关闭",
}
