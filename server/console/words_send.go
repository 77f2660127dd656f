package console

import "hongyan/push"

// What sending and messages say beyond their templates.
var (
	wordsSend       = say("发送消息")
	wordsSent       = say("已发送")
	wordsMessages   = say("消息")
	wordsRecipients = say("接收者")
	wordsRecipient  = say("投递过程")
	wordsScheduled  = say("定时发送")
)

const (
	wordsTimeWrong    = "请填写完整的日期和时间。"
	wordsTimePast     = "这个时间已经过去了，请选一个以后的时间，或改为立即发送。"
	wordsTimeFar      = "最多安排到 30 天以后。"
	wordsNobodyChosen = "还没有接收者：请勾选主题，或选择、粘贴至少一位关注者。"
	wordsNoPreview    = "先写下正文，这里会显示消息页面。"
	wordsAnyTopic     = "全部主题"

	wordsSeconds = "%d 秒"
	wordsMinutes = "%d 分钟"
	wordsHours   = "%d 小时"
)

var wordsScheduledDone = notice{mark: "!", title: say("没有执行"), text: say("这次发送已经发出或失败，不能再改。请回到定时发送，在「已结束」里查看结果。")}

// texts are choices whose words are translated when they are shown.
type texts []option

func (all texts) in(lang string) []option {
	options := make([]option, len(all))
	for i, o := range all {
		options[i] = option{o.Value, translate(lang, o.Text)}
	}
	return options
}

var (
	wordsDraftKinds     = texts{{"1", "文本"}, {"2", "HTML"}, {"3", "Markdown"}}
	wordsPayers         = texts{{"0", "所有人"}, {"1", "只发给付费有效期内的人"}, {"2", "只发给没付费或已到期的人"}}
	wordsMessageStates  = texts{{"", "全部状态"}, {"open", "有未完成的"}, {"failed", "有失败的"}}
	wordsDeliveryStates = texts{{"", "全部状态"}, {"waiting", "等待发送"}, {"sent", "等待回执"}, {"unconfirmed", "未确认"}, {"confirmed", "成功"}, {"failed", "失败"}, {"skipped", "略过"}}
)

// The states of a message.
var (
	stateCancelled = stateChip{"已取消", "bad"}
	stateRemoved   = stateChip{"页面已删除", ""}
	statePaused    = stateChip{"已暂停", "wait"}
	stateRunning   = stateChip{"发送中", "wait"}
	stateOpen      = stateChip{"未完成", "wait"}
	stateNobody    = stateChip{"没有人收到", ""}
	stateFailed    = stateChip{"失败", "bad"}
	statePartly    = stateChip{"部分失败", "wait"}
	stateDone      = stateChip{"已送达", "good"}
)

var chipsOfDelivery = map[push.DeliveryState]stateChip{
	push.DeliveryWaiting: {"等待发送", "wait"}, push.DeliverySent: {"等待回执", "wait"}, push.DeliveryUnconfirmed: {"未确认", ""},
	push.DeliveryConfirmed: {"成功", "good"}, push.DeliveryFailed: {"失败", "bad"}, push.DeliverySkipped: {"略过", ""},
}

var chipsOfScheduled = map[push.ScheduledState]stateChip{
	push.ScheduledWaiting: {"等待中", "wait"}, push.ScheduledSent: {"已发出", "good"}, push.ScheduledCancelled: {"已取消", ""}, push.ScheduledFailed: {"失败", "bad"},
}
