package console

import "hongyan/billing"

// The titles of the pages of products.
var (
	wordsProducts   = say("产品")
	wordsNewProduct = say("新建产品")
)

// wordsProductStates, wordsOrderStates and wordsRefundStates name states.
var (
	wordsProductStates = map[billing.ProductState]string{
		billing.Draft: "草稿", billing.Submitted: "待审核", billing.Listed: "已上架", billing.Warned: "将下架", billing.Delisted: "已下架",
	}
	wordsOrderStates  = []string{"待付款", "已支付", "部分退款", "已退款", "已关闭"}
	wordsRefundStates = []string{"待处理", "退款中", "微信处理中", "已退款", "已拒绝", "没有成功"}
)

// wordsOrderHeads are the columns of the file of orders.
var wordsOrderHeads = []string{"下单时间", "状态", "UID", "天数", "原价", "实付", "已退款", "优惠码", "支付时间", "商户单号", "微信交易单号"}

const (
	wordsSpanDays     = "%d 天"
	wordsSpanHours    = "%d 小时"
	wordsNoFile       = "没有收到图片。请选择一个 PNG、JPEG、GIF 或 WebP 文件"
	wordsGiftNobody   = "没有这个 UID 的用户。请向对方核对，对方在公众号里发送「我的UID」就能看到。"
	wordsGiftRejected = "对方已被屏蔽，收不到这个产品的消息。请先解除屏蔽。"
)

var (
	wordsNoProduct     = notice{mark: "?", title: say("没有这个产品"), text: say("它可能属于别的应用。请回到产品列表。")}
	wordsNoOrder       = notice{mark: "?", title: say("没有这个订单"), text: say("请回到订单列表核对。")}
	wordsNoCoupon      = notice{mark: "?", title: say("没有这个优惠码"), text: say("请回到优惠码列表核对。")}
	wordsProductState  = notice{mark: "!", title: say("没有执行"), text: say("产品现在的状态不能这样做，可能刚刚有人改过。请刷新页面，看看它现在怎样。")}
	wordsNotRefundable = notice{mark: "!", title: say("没有执行"), text: say("这个订单没有可退的钱：没有支付、已经退完、超过一年，或退款次数已满。")}
	wordsRefundDecided = notice{mark: "!", title: say("没有执行"), text: say("这笔退款已经处理过了。请刷新页面查看结果。")}
)
