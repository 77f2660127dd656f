package push

import (
	"fmt"
	"time"
)

// What people read. Texts with an exact form in the wire contract are marked;
// programs compare them.
const (
	textSent = "创建发送任务成功" // contract

	textNoUser       = "用户UID=[%s]不存在"   // contract
	textNotFollowing = "用户UID=[%s]未订阅应用" // contract
	textRejected     = "用户UID=[%s]已被应用屏蔽"
	textAppMuted     = "用户UID=[%s]已拒收该应用的消息"
	textMuted        = "用户UID=[%s]消息开关已关闭"
	textLeft         = "用户UID=[%s]已取消关注公众号"
	textBlocked      = "用户UID=[%s]暂时无法接收消息：%s"
	textUnpaid       = "用户UID=[%s]不在本次发送的付费范围内"
	textPerUser      = "用户UID=[%s]收到的消息已达上限（每天最多%d条），请在%s后再发"
	textNoTopic      = "主题ID=[%d]不存在或不属于该应用"
	textSuspended    = "应用已被管理员停用，现在不能发送消息，也不能被关注。原因：%s。请联系管理员"
	textBadSPT       = "SPT无效，或其主人现在不接收消息"
)

// textSentTo is how the audit log says to whom a message was sent.
const textSentTo = "%d 人，%d 个主题"

// States, as query/status words them.
const (
	textWaiting     = "等待发送" // contract
	textAccepted    = "已交给微信，等待回执"
	textUnconfirmed = "已交给微信，未收到回执"
	textConfirmed   = "发送成功"    // contract
	textFailed      = "发送失败：%s" // contract
	textNoReason    = "原因未知"
	textNobody      = "主题没有可以接收消息的订阅者（略过%d人）"
	textAllFailed   = "共%d人，失败%d人，略过%d人"
	textCounts      = "（共%d人，成功%d人，失败%d人，略过%d人）"
)

// Refusals of input: the rule and the size of what came.
const (
	textLimits        = "发送%d次/10秒，每人%d条/天，查询%d次/秒，应用%d个"
	textOnlyAdmins    = "，只有管理员新建应用"
	textSendLimit     = "%d次/10秒"
	textUserState     = "参数state只能是following、left、muted、blocked、admin或barred"
	textAppsState     = "参数state只能是suspended、ownerless或limited"
	textLimitRange    = "参数%s应在0到%d之间，0表示不限，现在是%d"
	textApps          = "每人最多拥有%d个应用，请先删除不用的，或联系管理员提高上限"
	textNoFields      = "至少要有一个字段"
	textFields        = "最多%d个字段，现在是%d个"
	textRole          = "角色只能是owner、developer或reader"
	textNotUTF8       = "参数%s不是有效的UTF-8文本"
	textNUL           = "参数%s不能包含NUL字符"
	textEmpty         = "参数%s不能为空"
	textTooLong       = "参数%s最多%d个字符，现在是%d个"
	textTooShort      = "参数%s至少%d个字符，现在是%d个"
	textURL           = "参数%s必须是以http://或https://开头的完整地址"
	textKind          = "参数contentType只能是1（文本）、2（HTML）或3（Markdown），现在是%d"
	textUIDs          = "参数uids最多%d个，现在是%d个"
	textTopics        = "参数topicIds最多%d个，现在是%d个"
	textSPTs          = "参数sptList最多%d个，现在是%d个"
	textAudience      = "参数verifyPayType只能是0、1或2，现在是%d"
	textExtra         = "参数extra应为1到%d个字符，现在是%d个"
	textKey           = "参数Idempotency-Key应为1到%d个可见字符"
	textKeyUsed       = "这个Idempotency-Key在%s内已经用于另一条内容不同的消息，请换一个新的，或原样重发原来的消息"
	textNoReceivers   = "没有接收者：uids和topicIds至少填一个"
	textNoSPT         = "没有接收者：spt和sptList至少填一个"
	textValidTime     = "参数validTime应在1到%d秒之间，现在是%d秒"
	textSendAtUnit    = "参数sendAt太早：请用RFC 3339时间，或以毫秒为单位的Unix时间（不是秒）"
	textSendAtFar     = "参数sendAt最多在一年以后"
	textScheduleKey   = "参数key只能由可见字符组成"
	textListener      = "参数listener只能由字母、数字和-_.组成"
	textMostClaimed   = "一个收听者手里最多有%d个回调"
	textClaimWait     = "参数wait最多%d秒"
	textScheduledFull = "一个应用最多有%d条等待发送的定时消息，请取消一些，或等它们发出后再试"
)

// What the audit log says of a switch, and why no app is made.
const (
	textOn           = "开"
	textOff          = "关"
	textUnverified   = "%s（没有验证签名，所有者坚持保存）"
	textTooManyApps  = "你已经是%d个应用的所有者，最多%d个；删除的应用满7天后不再计算。请删除不用的应用，或请管理员来建"
	textAppsByAdmins = "这台鸿雁只让管理员新建应用，请联系管理员"
)

// WaitText is a time to wait as a person reads it: 5秒, 3分20秒, 2小时5分.
// Nothing is rounded down.
func WaitText(d time.Duration) string {
	seconds := int64((max(d, 1) + time.Second - 1) / time.Second)
	if seconds >= 3600 {
		minutes := (seconds + 59) / 60
		return fmt.Sprintf("%d小时%d分", minutes/60, minutes%60)
	}
	if seconds >= 60 {
		return fmt.Sprintf("%d分%d秒", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%d秒", seconds)
}
