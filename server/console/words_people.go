package console

// The titles of pages about followers, topics and codes.
var (
	wordsPeople   = say("关注者")
	wordsFollower = say("关注者")
	wordsTopics   = say("主题")
	wordsTopic    = say("主题")
	wordsNewTopic = say("新建主题")
	wordsCodes    = say("二维码")
	wordsCode     = say("二维码")
)

const wordsDate = "请填写日期，例如 2026-11-27"

// wordsExport are the heads of the columns of the file of followers, after the
// UID.
var wordsExport = []string{"来源", "参数", "关注时间", "状态", "付费到期", "主题"}

var wordsRejected = notice{mark: "!", title: say("没有执行"), text: say("对方已被屏蔽。请先在对方的页面上解除屏蔽，再做这一步。")}
