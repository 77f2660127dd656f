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
	textRemoved   = "删除成功"
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
	textTruth      = "参数 %s 应为 true 或 false"
	textNoCode     = "二维码不存在或已过期"
)

// Texts about followers, products and limits.
const (
	textRejected    = "拉黑成功"
	textUnrejected  = "取消拉黑成功"
	textNoFollower  = "没有这条关注记录，或它不属于这个应用，请用用户列表里的 id"
	textPeopleType  = "参数 type 只能是 0（应用）或 1（主题）"
	textPayEnd      = "参数 uid 和 prodId 都要填写"
	textNoQuerySend = "这个应用已关闭 GET 发送，请改用 POST /api/send/message，把 appToken 放在请求体里"
	textSends       = "发送太频繁：每个应用每%s最多调用%d次，请%s后再试"
	textSimpleSends = "发送太频繁：每个SPT每%s最多调用%d次，请%s后再试"
	textLookups     = "查询太频繁：每个来源每%s最多%d次，请%s后再试"
	textLocked      = "这个来源用过多个错误的 appToken，已暂时停用，请核对令牌，%s后再试"
)

var errNoRoute = &refusal{codeNoRoute, textNoRoute}

// textWeChat says what WeChat refused and what to do about it.
func textWeChat(err *oa.Error) string {
	return fmt.Sprintf("微信返回错误 %d：%s", err.Code, oa.Remedy(err.Code))
}
