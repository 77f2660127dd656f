package api

import (
	"fmt"

	"hongyan/oa"
)

// Texts that programs compare; they must not change.
const (
	textDone      = "处理成功"
	textAccepted  = "创建发送任务成功"
	textNoScan    = "暂无用户扫描二维码"
	textBadToken  = "appToken不正确"
	textNoMessage = "消息不存在"
)

// Texts that people read.
const (
	textNoRoute    = "没有这个接口，请检查地址和请求方法"
	textServer     = "服务器内部错误，请稍后重试；如果一直出现，请联系管理员"
	textUnstored   = "系统繁忙，消息没有保存，请 5 秒后重试"
	textNoWeChat   = "暂时连不上微信，请稍后重试"
	textTooLarge   = "请求体超过 %d MiB 的上限，请缩短内容后重试"
	textEmptyBody  = "请求体为空，请发送 JSON 对象，例如 {\"appToken\":\"AT_…\",\"content\":\"内容\",\"uids\":[\"UID_…\"]}"
	textNotObject  = "请求体不是 JSON 对象，请用 Content-Type: application/json 发送 {…}，不要用表单"
	textNotUTF8    = "请求体不是 UTF-8 编码，请转换后重试"
	textBrokenBody = "请求体无法解析，请发送完整的 JSON 对象"
	textSyntax     = "JSON 在第 %d 个字节处有语法错误，请检查引号、逗号和括号"
	textWrongKind  = "参数 %s 的类型不对，请对照文档修改"
	textWrongValue = "有一个参数的类型不对，应为%s，请对照文档修改"
	textVerifyPay  = "参数 verifyPay 应为 true 或 false"
	textExtra      = "extra 应为 1–%d 个字符，现在是 %d 个"
	textValidTime  = "validTime 应在 1–%d 秒之间，现在是 %d"
	textNoCode     = "二维码不存在或已过期"
)

var errNoRoute = &refusal{codeNoRoute, textNoRoute}

// textWeChat says what WeChat refused and what to do about it.
func textWeChat(err *oa.Error) string {
	return fmt.Sprintf("微信返回错误 %d：%s", err.Code, oa.Remedy(err.Code))
}
