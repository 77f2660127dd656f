package console

import "hongyan/billing"

// differenceText is a kind of difference in words, and what to do.
type differenceText struct{ name, remedy string }

var wordsDifferences = map[billing.DifferenceKind]differenceText{
	billing.DiffAmount:      {"金额不符", "这笔没有入账。到微信支付商户平台核对订单：钱确实付了就在那里退款，再查是谁改了金额。"},
	billing.DiffCurrency:    {"币种不符", "只收人民币，这笔没有入账。到商户平台核对并退款。"},
	billing.DiffMerchant:    {"商户号不符", "通知里的商户号不是本平台的，没有入账。核对 --pay.mchid，并确认通知地址没有被别的系统使用。"},
	billing.DiffAccount:     {"公众号不符", "付款绑定的公众号不是本平台的，没有入账。核对 --wechat.app-id 和商户号的绑定。"},
	billing.DiffRefund:      {"退款不符", "退出的金额或订单与申请的不同，没有入账。到商户平台核对这笔退款，差额与订阅者协商补退。"},
	billing.DiffReturn:      {"多付的钱退不回去", "重复支付或他人代付的钱没有退成。到商户平台给这笔交易退款，多半要先充值余额。"},
	billing.DiffAbnormal:    {"退款异常", "对方的账户收不了退款。到商户平台的「退款管理」里改用其他账户退，结果会自动同步。"},
	billing.DiffUnknown:     {"账单里有，账本里没有", "平台不认识这笔交易。商户号还给别的系统用时多半是它的；否则看看是否恢复过旧备份，再在商户平台退款。"},
	billing.DiffMissing:     {"账本里有，账单里没有", "入了账，但前后两天的账单都没有它。到商户平台按单号查询：查不到就收回这段订阅，并查是谁写的。"},
	billing.DiffTransaction: {"微信订单号不符", "同一个商户订单号对应了别的微信订单。到商户平台按两个号分别查询，多出的一笔退款。"},
	billing.DiffLedger:      {"账本被改动", "有人或别的程序改过数据库里的账本。对照备份找出改动的行；确认前不要给这个用户退款。"},
}

// wordsStandings name how a product stands, with a tone.
var wordsStandings = map[billing.ProductState][2]string{
	billing.Draft: {"草稿", ""}, billing.Submitted: {"待审核", "wait"}, billing.Listed: {"已上架", "good"}, billing.Warned: {"将下架", "wait"}, billing.Delisted: {"已下架", "bad"},
}

// The pages for what cannot be done to products.
var (
	wordsNoReviewed   = notice{"?", say("没有这个产品"), say("它可能属于别的应用。请回到产品列表。"), say("打开控制台"), Prefix}
	wordsReviewState  = notice{mark: "!", title: say("没有执行"), text: say("产品的状态已经改变，不能再做这一步。请返回并刷新页面。")}
	wordsNoDifference = notice{"?", say("没有这条差异"), say("请回到支付页。"), say("支付"), Prefix + "admin/pay"}
)
