package wechatpay

// refusalText says what WeChat Pay refuses and what helps. said is WeChat Pay's
// own sentence, cleaned; it may be empty.
func refusalText(code, said string) string {
	if text := remedies[code]; text != "" {
		return text
	}
	if said != "" {
		said = "，理由是“" + said + "”"
	}
	if code == "PARAM_ERROR" || code == "INVALID_REQUEST" {
		return "微信支付不接受这次请求的内容" + said + "。请检查商品名称、价格和下单的账号，改好后重新下单"
	}
	return "微信支付拒绝了这次请求（" + code + "）" + said + "。请在商户平台按这个代码查明原因，处理后再试"
}

// remedies are for the codes whose remedy is known.
var remedies = map[string]string{
	"SIGN_ERROR":             "微信支付认为请求的签名不对。请检查商户号、证书序列号和商户私钥是否属于同一张商户 API 证书，并用 NTP 校准服务器时间（相差不能超过 5 分钟），然后运行 hongyan doctor",
	"NO_AUTH":                "商户号没有这个功能的权限。请在商户平台的产品中心开通 JSAPI 支付、Native 支付和退款，并在 API 安全里检查权限",
	"APPID_MCHID_NOT_MATCH":  "公众号的 appid 和商户号没有绑定。请在商户平台的“产品中心 → AppID 账号管理”里关联公众号，并在公众平台确认",
	"APPID_NOT_EXIST":        "微信支付找不到这个 appid。请检查 --wechat.app-id",
	"MCH_NOT_EXISTS":         "微信支付找不到这个商户号。请检查 --pay.mchid",
	"MCHID_NOT_EXIST":        "微信支付找不到这个商户号。请检查 --pay.mchid",
	"INVALID_MCHID":          "微信支付找不到这个商户号。请检查 --pay.mchid",
	"ACCOUNT_ERROR":          "商户或付款人的账户状态不正常。请在商户平台查看账户通知，或请付款人换一个微信账号",
	"ACCOUNTERROR":           "商户或付款人的账户状态不正常。请在商户平台查看账户通知，或请付款人换一个微信账号",
	"RULE_LIMIT":             "这笔交易违反了微信支付的业务规则，例如单笔或单日限额。请在商户平台查看限额，降低金额或改日再试",
	"RULELIMIT":              "这笔交易违反了微信支付的业务规则，例如单笔或单日限额。请在商户平台查看限额，降低金额或改日再试",
	"TRADE_ERROR":            "微信支付没有接受这笔交易，多半是付款人的支付限制。请付款人换一种付款方式，或联系微信支付客服",
	"NOT_ENOUGH":             "商户账户的余额不够这笔退款。请在商户平台充值，或等新的收款结算后再退",
	"USER_ACCOUNT_ABNORMAL":  "付款人的账户异常或已注销，钱退不回去。请在线下把款退给他，并在商户平台登记",
	"OPENID_MISMATCH":        "付款人的 openid 不属于这个公众号。请让付款人在这个公众号里重新打开商品页",
	"REQUEST_BLOCKED":        "请求被商户平台的 IP 白名单挡住了。请在商户平台的 API 安全里加上服务器的出口 IP",
	"CONTRACT_NOT_EXIST":     "商户号没有签约这个产品。请在商户平台的产品中心签约后再试",
	"INVALID_TRANSACTIONID":  "微信支付找不到要退款的交易。请在商户平台核对这笔订单",
	"REFUND_NOT_EXISTS":      "微信支付找不到这笔退款。请在商户平台核对",
	"CERTIFICATE_NOT_EXISTS": "微信支付不认识这个商户证书序列号。请检查 --pay.serial",
}

// What doctor advises.
const (
	remedyClock     = "请用 NTP 校准服务器的时间：和微信支付相差超过 5 分钟，请求和通知都会被拒绝"
	remedyPublicKey = "微信支付的应答验不过签名。请检查 --pay.public-key-id 和 --pay.public-key-file 是否就是商户平台“API 安全 → 微信支付公钥”里的那一对；旧商户两项都不填，会自动使用平台证书"
	remedySystem    = "微信支付说系统繁忙。证书序列号写错时它也会这样回答，请核对 --pay.serial；如果是对的，过几分钟再试"
	remedyAPIv3Key  = "平台证书解不开。请检查 APIv3 密钥是否就是商户平台“API 安全”里现在的那一个"
)
