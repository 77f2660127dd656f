package console

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"hongyan/push"
)

// The titles of the administrator's pages.
var (
	wordsAdminOverview = say("概况")
	wordsAccount       = say("公众号")
	wordsTemplates     = say("模板")
	wordsUsers         = say("用户")
	wordsUser          = say("用户详情")
	wordsAllApps       = say("应用")
	wordsAnyApp        = say("应用详情")
	wordsLimits        = say("限额")
	wordsReports       = say("举报")
	wordsReport        = say("举报详情")
	wordsJobsPage      = say("定时任务")
	wordsJobPage       = say("任务详情")
	wordsAdminLog      = say("操作记录")
	wordsBackup        = say("备份")
	wordsReview        = say("产品审核")
	wordsReviewed      = say("产品详情")
	wordsPay           = say("支付")
)

// The pages for what the administrator cannot do.
var (
	wordsNoUser      = notice{"?", say("没有这个用户"), say("UID 可能写错了。请从用户列表里选择。"), say("用户列表"), Prefix + "admin/users"}
	wordsNoComplaint = notice{"?", say("没有这条举报"), say("它可能已经处理。请回到举报列表。"), say("举报列表"), Prefix + "admin/reports"}
	wordsLastAdmin   = notice{mark: "!", title: say("没有执行"), text: say("至少要有一个管理员。请先让另一位用户成为管理员。")}
	wordsBarsAdmin   = notice{mark: "!", title: say("没有执行"), text: say("管理员不能被禁止进入控制台，被禁止的人也不能成为管理员。请先改变其中一个。")}
	wordsNoJob       = notice{"?", say("没有这个任务"), say("它可能来自别的版本。请回到任务列表。"), say("任务列表"), Prefix + "admin/jobs"}
	wordsJobRuns     = notice{"!", say("没有执行"), say("这个任务正在执行。请等它结束后再试。"), say("任务列表"), Prefix + "admin/jobs"}
	wordsNoBackup    = notice{"?", say("没有这个备份"), say("它可能已被删除，或者备份由别的工具负责。请回到备份列表。"), say("备份列表"), Prefix + "admin/backup"}
	wordsBackupRuns  = notice{"!", say("没有执行"), say("正在备份。请等它结束后再试。"), say("备份列表"), Prefix + "admin/backup"}
	wordsSuspended   = notice{mark: "!", title: say("应用已被停用")}
)

const (
	wordsWhole     = "请填 0 或正整数"
	wordsAppNumber = "请填应用的编号，例如 97"
)

// What the preview of a template shows.
const (
	sampleApp     = "服务器监控"
	sampleTopic   = "上海机房"
	sampleSummary = "三号机柜温度 42 ℃，请尽快处理"
)

// The choices of filters and forms.
var (
	wordsUserStates = []option{{"", "全部"}, {"following", "已关注公众号"}, {"left", "已取消关注"}, {"muted", "消息已关闭"}, {"blocked", "微信拒收"}, {"admin", "管理员"}, {"barred", "禁止进入控制台"}}
	wordsAppStates  = []option{{"", "全部"}, {"suspended", "已停用"}, {"ownerless", "没有所有者"}, {"limited", "有单独限额"}}
	wordsMakers     = []option{{"", "按启动参数"}, {"everyone", "所有人"}, {"admins", "只有管理员"}}
	wordsWays       = []option{{"", "全部"}, wayOption(push.ViaConsole), wayOption(push.ViaAPI), wayOption(push.ViaCommand), wayOption(push.ViaWeChat), wayOption(push.ViaJob)}

	wordsActionGroups = slices.Concat([]option{{"", "全部"}}, wordsKinds, []option{
		{"user", "用户"}, {"session", "登录"}, {"limits", "限额"}, {"template", "模板"}, {"report", "举报"}, {"menu", "菜单"}, {"account", "公众号"}, {"job", "定时任务"}, {"backup", "备份"}, {"difference", "差异"},
	})
	wordsLogColumns = []string{"时间", "UID", "名字", "途径", "地址", "应用", "操作", "对象", "之前", "之后"}
)

// jobText is a job in words.
type jobText struct{ name, what string }

var wordsJobs = map[string]jobText{
	"unconfirmed": {"关闭没有回执的消息", "微信十分钟没有报告结果的消息，记为未确认。"},
	"parked":      {"合并先到的回执", "比发送结果先到的回执，与它的消息对上。"},
	"retention":   {"清理过期数据", "删除保留期之外的消息、页面和回调记录。"},
	"sessions":    {"清理登录", "删除过期的登录和确认码。"},
	"growth":      {"统计关注者的变化", "把关注和离开记入每小时的统计。"},
	"hours":       {"统计每小时", "把发送、送达和回调记入每小时的统计，保留 400 天。"},
	"history":     {"清理任务记录", "任务记录保留 7 天。"},
	"quota":       {"查询微信额度", "向微信查询今天模板消息的余量。"},
	"rebind":      {"更新产品的内容", "产品包含的应用或主题变了，让已付费的人跟着变。"},
	"pay_look":    {"查询支付结果", "向微信支付查询没有收到通知的订单，关闭过期没付的。"},
	"pay_refund":  {"提交和查询退款", "把待退的款提交给微信支付，查询已受理的结果。"},
	"silence":     {"检查沉默的产品", "3 天没有推送的产品提醒所有者，6 天的自动下架。"},
	"remind":      {"到期提醒", "到期前 3 天、前 1 天和到期后各提醒订阅者一次。"},
	"bill":        {"核对微信支付账单", "每天 10 点以后核对前一天的账单，停机漏掉的补核，最多 30 天。"},
	"ledger":      {"核对账本", "重新计算每个人的付费时间，与记录的比较。"},
}

// wordsOutcomes word the figures of jobs, which stand in English in the history
// and in logs.
var wordsOutcomes = []struct {
	says *regexp.Regexp
	text string
}{
	{regexp.MustCompile(`^(\d+) marked as not confirmed$`), "%s 条记为未确认"},
	{regexp.MustCompile(`^(\d+) finish reports joined$`), "合并 %s 个回执"},
	{regexp.MustCompile(`^(\d+) rows deleted$`), "删除 %s 行"},
	{regexp.MustCompile(`^(\d+) sessions and approvals deleted$`), "删除 %s 个登录和确认码"},
	{regexp.MustCompile(`^(\d+) old runs deleted$`), "删除 %s 条记录"},
	{regexp.MustCompile(`^(\d+) comings and goings counted$`), "统计 %s 次关注和离开"},
	{regexp.MustCompile(`^(\d+) hours counted$`), "统计 %s 个小时"},
	{regexp.MustCompile(`^(\d+) of (\d+) left$`), "剩余 %s / %s"},
	{regexp.MustCompile(`^(\d+) holders moved along with their products$`), "%s 位已付费的人跟着变"},
	{regexp.MustCompile(`^(\d+) payments asked about$`), "查询 %s 笔支付"},
	{regexp.MustCompile(`^(\d+) refunds sent or asked about$`), "提交或查询 %s 笔退款"},
	{regexp.MustCompile(`^(\d+) products warned, delisted or heard again$`), "%s 个产品被提醒、下架或恢复"},
	{regexp.MustCompile(`^(\d+) people reminded$`), "提醒 %s 人"},
	{regexp.MustCompile(`^(\d+) bills compared$`), "核对 %s 天的账单"},
	{regexp.MustCompile(`^(\d+) contradictions in the ledger$`), "发现 %s 处矛盾"},
}

// jobWords is a job's name in Chinese.
func jobWords(name string) words {
	if known, ok := wordsJobs[name]; ok {
		return say(known.name)
	}
	return words{text: name}
}

const (
	wordsEveryWithin  = "%s 点到 %s 点每 %s 分钟"
	wordsEveryMinute  = "每分钟"
	wordsEveryMinutes = "每 %s 分钟"
	wordsEveryHour    = "每小时第 %s 分钟"
	wordsEveryDay     = "每天 %s:%s"
)

// hours are those of a schedule that runs for a part of the day.
var hours = regexp.MustCompile(`^\d+-\d+$`)

// scheduleText is a schedule of five fields in words, or as it stands.
func scheduleText(lang, schedule string) string {
	f := strings.Fields(schedule)
	if len(f) != 5 || f[2]+f[3]+f[4] != "***" {
		return schedule
	}
	pad := func(s string) string { return strings.Repeat("0", max(0, 2-len(s))) + s }
	step, stepped := strings.CutPrefix(f[0], "*/")
	switch {
	case f[0] == "*" && f[1] == "*":
		return translate(lang, wordsEveryMinute)
	case stepped && f[1] == "*":
		return translate(lang, wordsEveryMinutes, step)
	case stepped && hours.MatchString(f[1]):
		from, to, _ := strings.Cut(f[1], "-")
		return translate(lang, wordsEveryWithin, from, to, step)
	case f[1] == "*":
		return translate(lang, wordsEveryHour, f[0])
	case !strings.ContainsAny(f[0]+f[1], "*/,-"):
		return translate(lang, wordsEveryDay, pad(f[1]), pad(f[0]))
	}
	return schedule
}

// checkWords are what a check looks at and what to do when it is not well.
type checkWords struct{ name, remedy string }

var wordsChecks = map[string]checkWords{
	"database": {"数据库", "停止服务，留一份数据库的副本，再恢复最近的备份。"},
	"account":  {"数据库归属", "用建库时的 --wechat.app-id 启动，或换一个 --data 或 --database。"},
	"redis":    {"Redis", "检查 Redis 是否运行和 --redis 的地址。没有它，服务用自己的缓存继续。"},
	"token":    {"访问令牌", "检查 --wechat.app-id 和 --wechat.secret，并确认服务器的地址在公众平台的 IP 白名单里。"},
	"template": {"模板", "在公众平台的「模板消息」里选一个模板，再到「模板」页选用它。"},
	"quota":    {"今日额度", "等到北京时间零点，或在公众平台清零一次调用额度。"},
	"clock":    {"时钟", "用 NTP 校准服务器的时钟：相差五分钟以上，微信的签名会被拒绝。"},
	"callback": {"回调地址", "确认服务正在运行，公众平台的「服务器配置」指向上面的地址，并核对 --wechat.token。"},
}

// wordsFieldKinds are what the fields of a template take.
var wordsFieldKinds = map[string]string{
	"thing": "20 个字以内，任意文字", "short_thing": "5 个字以内", "keyword": "20 个字以内，任意文字", "const": "20 个字以内，只能是审核通过的固定值",
	"enum": "只能是审核通过的固定值", "character_string": "32 位以内的字母、数字和符号，没有汉字", "number": "32 位以内的数字，可带小数",
	"letter": "32 个字母以内", "symbol": "5 个符号以内", "time": "24 小时制的时间，可带日期", "date": "日期，可带时间",
	"amount": "金额，10 位以内", "phone_number": "17 位以内的号码", "car_number": "车牌，8 位以内", "name": "10 个汉字或 20 个字母以内", "phrase": "5 个汉字以内",
}

// hasHan tells whether a text is Chinese.
func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}
