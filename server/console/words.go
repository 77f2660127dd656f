package console

import "hongyan/push"

// What the console says beyond its templates. Each text has an English one in
// english*.go.
const (
	wordsHongyan   = "鸿雁"
	unknownBrowser = "未知浏览器"

	wordsNow        = "刚刚"
	wordsSecondsAgo = "%d 秒前"
	wordsMinutesAgo = "%d 分钟前"
	wordsHoursAgo   = "%d 小时前"
	wordsDaysAgo    = "%d 天前"
	wordsInSeconds  = "%d 秒后"
	wordsInMinutes  = "%d 分钟后"
	wordsInHours    = "%d 小时后"
	wordsInDays     = "%d 天后"
)

var wordsRoles = map[push.Role]string{push.Owner: "所有者", push.Developer: "开发者", push.Reader: "只读"}

// The titles of pages.
var (
	wordsLogin      = say("登录")
	wordsStep       = say("请在微信里确认")
	wordsMe         = say("我的登录")
	wordsApps       = say("应用")
	wordsNewApp     = say("新建应用")
	wordsAppCreated = say("应用已建好")
	wordsOverview   = say("概览")
)

// appSections and adminSections are the rails.
var appSections = []section{
	{"", "概览", "◱"},
	{"send", "发送", "✎"},
	{"messages", "消息", "✉"},
	{"people", "关注者", "☺"},
	{"topics", "主题", "❖"},
	{"codes", "二维码", "▦"},
	{"products", "产品", "¥"},
	{"callbacks", "回调", "⇄"},
	{"settings", "设置", "⚙"},
	{"members", "成员", "⚇"},
	{"log", "操作记录", "≡"},
}

var adminSections = []section{
	{"", "概况", "◱"},
	{"account", "公众号", "✆"},
	{"templates", "模板", "▤"},
	{"users", "用户", "☺"},
	{"apps", "应用", "❖"},
	{"limits", "限额", "⇥"},
	{"reports", "举报", "⚑"},
	{"products", "产品审核", "◈"},
	{"pay", "支付", "¥"},
	{"jobs", "定时任务", "↻"},
	{"log", "操作记录", "≡"},
	{"backup", "备份", "⇩"},
}

// The pages for what went wrong.
var (
	wordsForeign = notice{"✕", say("没有执行"), say("这个请求来自别的网站。请回到控制台，从页面上再操作一次。"), say("打开控制台"), Prefix}
	wordsNowhere = notice{"?", say("没有这个页面"), say("地址可能写错了，或者你没有权限看它。"), say("打开控制台"), Prefix}
	wordsNoApp   = notice{"?", say("没有这个应用"), say("它可能已被删除，或者你不是它的成员。请联系应用的所有者。"), say("我的应用"), Prefix}

	wordsNoTopic     = notice{mark: "?", title: say("没有这个主题"), text: say("它可能已被删除。请回到主题列表。")}
	wordsNoMessage   = notice{mark: "?", title: say("没有这条消息"), text: say("消息保留 7 天，之后连同页面一起删除。")}
	wordsNoCallback  = notice{mark: "?", title: say("没有这个回调"), text: say("回调记录保留 7 天。请回到回调列表。")}
	wordsNoCode      = notice{mark: "?", title: say("没有这个二维码"), text: say("它可能已过期。请回到二维码列表。")}
	wordsNoFollower  = notice{mark: "?", title: say("没有这个关注者"), text: say("对方可能已经取消关注。请回到关注者列表。")}
	wordsNoScheduled = notice{mark: "?", title: say("没有这个定时发送"), text: say("它可能已经发出或取消。")}
	wordsLastOwner   = notice{mark: "!", title: say("没有执行"), text: say("应用至少要有一个所有者。请先让另一位成员成为所有者。")}
	wordsLinkUsed    = notice{"!", say("这个链接不能用了"), say("管理员链接只能用一次，重新启动也会换成新的。在服务器上运行 hongyan admin 可以得到新的链接。"), say("登录"), Prefix + "login"}
	wordsRole        = notice{mark: "!", title: say("你的角色不能做这件事"), text: say("请联系应用的所有者，让对方来做，或者给你更高的角色。")}

	wordsFormUsed     = notice{mark: "!", title: say("这个表单已经提交过"), text: say("为了不重复执行，同一个表单只生效一次。请返回并刷新页面，看看是否已经生效。")}
	wordsFormStrange  = notice{mark: "!", title: say("没有执行"), text: say("这个页面打开得太久，或者来自另一次登录。请返回并刷新页面，再提交一次。")}
	wordsForm         = notice{mark: "!", title: say("没有执行"), text: say("表单没有完整送达。请返回再提交一次。")}
	wordsBusy         = notice{mark: "!", title: say("请求太多"), text: say("请过一分钟再试。")}
	wordsApprovalGone = notice{mark: "!", title: say("没有执行"), text: say("二维码已过期或被拒绝。请返回再来一次。")}
	wordsTooLarge     = notice{mark: "!", title: say("没有执行"), text: say("提交的内容太大。请减小后再试。")}
	wordsInvalid      = notice{mark: "!", title: say("没有执行")}
	wordsWeChat       = notice{mark: "!", title: say("微信没有答应"), text: say("暂时联系不上微信，或微信拒绝了这次请求。请稍后再试；管理员可以运行 hongyan doctor 查看原因。")}
	wordsBroken       = notice{mark: "!", title: say("出错了"), text: say("服务器没能完成这次操作，什么都没有改变。请稍后再试；原因记在服务器的日志里。")}
)
