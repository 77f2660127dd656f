package pay

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// checkAsk says which field of a prepay call is wrong, and returns when the
// order expires, in Unix milliseconds.
func (p *Platform) checkAsk(a *ask, kind string, c *call) (expires int64, err error) {
	if a.AppID == "" {
		return 0, missing("appid", "公众号ID")
	}
	if a.AppID != p.o.AppID {
		return 0, refuse(http.StatusBadRequest, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配，请检查后再试")
	}
	if err := p.checkMchID(a.MchID); err != nil {
		return 0, err
	}
	for _, f := range []struct {
		name, words, value string
		min, max           int
	}{
		{"description", "商品描述", a.Description, 1, 127},
		{"out_trade_no", "商户订单号", a.OutTradeNo, 6, 32},
		{"attach", "附加数据", a.Attach, 0, 128},
		{"goods_tag", "订单优惠标记", a.GoodsTag, 0, 32},
		{"notify_url", "通知地址", a.NotifyURL, 1, 255},
	} {
		if err := c.checkLength(f.name, f.words, f.value, f.min, f.max); err != nil {
			return 0, err
		}
	}
	if !spelled(a.OutTradeNo, "_-|*") {
		return 0, badField("out_trade_no", a.OutTradeNo, "映射到字段“商户订单号”字符串规则校验失败，只能是数字、大小写字母_-|*")
	}
	if err := c.checkNotifyURL(a.NotifyURL); err != nil {
		return 0, err
	}
	if a.Amount.Total <= 0 {
		return 0, badField("amount/total", strconv.FormatInt(a.Amount.Total, 10), "映射到字段“总金额”数值规则校验失败，值小于最小值 1")
	}
	if a.Amount.Currency != "" && a.Amount.Currency != "CNY" {
		return 0, badField("amount/currency", a.Amount.Currency, "映射到字段“货币类型”枚举规则校验失败，只支持 CNY")
	}
	if err := p.checkPayer(a, kind); err != nil {
		return 0, err
	}
	return c.expiry(a.TimeExpire)
}

func (p *Platform) checkPayer(a *ask, kind string) error {
	if kind == kindNative {
		a.Payer = nil
		return nil
	}
	if a.Payer == nil || a.Payer.OpenID == "" {
		return missing("payer/openid", "用户标识")
	}
	if !p.o.Known(a.Payer.OpenID) {
		return refuse(http.StatusInternalServerError, "OPENID_MISMATCH", "openid和appid不匹配")
	}
	return nil
}

func missing(name, words string) error {
	return badField(name, "", "映射到字段“"+words+"”必填性规则校验失败，此字段为必填项")
}

// checkLength counts characters, or bytes where the settings say so.
func (c *call) checkLength(name, words, value string, min, max int) error {
	n, unit := utf8.RuneCountInString(value), "字符数 "
	if c.rules.LengthsInBytes {
		n, unit = len(value), "字节数 "
	}
	switch {
	case n == 0 && min > 0:
		return missing(name, words)
	case n < min:
		return badField(name, value, "映射到字段“"+words+"”字符串规则校验失败，"+unit+strconv.Itoa(n)+"，小于最小值 "+strconv.Itoa(min))
	case n > max:
		return badField(name, value, "映射到字段“"+words+"”字符串规则校验失败，"+unit+strconv.Itoa(n)+"，大于最大值 "+strconv.Itoa(max))
	}
	return nil
}

// spelled says whether text holds only digits, letters and the others.
func spelled(text, others string) bool {
	for _, r := range text {
		switch {
		case '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		case !strings.ContainsRune(others, r):
			return false
		}
	}
	return true
}

func (c *call) checkNotifyURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || c.rules.RequireHTTPS):
		return badField("notify_url", text, "映射到字段“通知地址”格式校验失败，必须是 https 地址")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return badField("notify_url", text, "映射到字段“通知地址”格式校验失败，不能携带参数")
	}
	return nil
}

// expiry is a minute to fifteen days away; without one the settings decide.
func (c *call) expiry(text string) (int64, error) {
	if text == "" {
		return c.now.UnixMilli() + c.rules.ExpireSeconds*1000, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, badField("time_expire", text, "映射到字段“交易结束时间”格式校验失败，应为 RFC3339")
	}
	if left := at.Sub(c.now); left < time.Minute || left > 15*24*time.Hour {
		return 0, badField("time_expire", text, "映射到字段“交易结束时间”规则校验失败，应在 1 分钟至 15 天之间")
	}
	return at.UnixMilli(), nil
}
