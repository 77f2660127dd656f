package page

import (
	"fmt"

	"hongyan/push"
	"hongyan/server/ui"
)

// Times as they are shown, in Go's layout.
const (
	wordsDay = "2006年1月2日"
)

// wordsSimplePush stands where the app's name would, for a message that was
// sent by an SPT.
const wordsSimplePush = "极简推送"

var wordsKind = map[push.SubscriptionKind]string{push.OfApp: "应用", push.OfTopic: "主题"}

// mine is the way out of a page that cannot go on.
var mine = &ui.Link{Text: "我的订阅", URL: subscriptionsPath}

var (
	wordsNoMessage = ui.Notice{
		Mark:  "雁",
		Title: "这条消息看不到了",
		Text:  "消息保留 7 天，过期后自动删除，发送方也可以提前删除。如果刚刚收到，请从微信里的通知卡片重新打开，链接可能不完整。",
	}
	wordsBroken = ui.Notice{
		Mark:  "雁",
		Title: "页面暂时打不开",
		Text:  "服务器出了点问题，消息没有丢失。请稍等一会儿再打开。",
	}
	wordsNowhere = ui.Notice{Mark: "雁", Title: "没有这个页面", Text: "链接可能不完整。请从微信里的消息或菜单重新打开。"}
	wordsForeign = ui.Notice{Mark: "雁", Title: "没有执行",
		Text: "这个操作是从别的网站发起的，为了安全没有执行。如果是你本人要做的，请打开「我的订阅」再操作一次。", Action: mine}
	wordsInvalid  = ui.Notice{Mark: "雁", Title: "没有执行", Text: "提交的内容不完整。请返回上一页再操作一次。"}
	wordsNoTarget = ui.Notice{Mark: "雁", Title: "没有找到要关注的应用或主题",
		Text: "它可能已被删除，或者链接不完整。请向提供链接的人核对。"}
	wordsSuspended = ui.Notice{Mark: "雁", Title: "应用已被停用",
		Text: "平台管理员停用了这个应用，现在不能关注。已经收到的消息还可以打开。", Action: mine}
	wordsRejected = ui.Notice{Mark: "雁", Title: "对方没有接受你的关注",
		Text: "应用的管理者屏蔽了你的账号，所以现在不能关注。如果需要，请联系对方。", Action: mine}
	wordsNoDoor = ui.Notice{Mark: "雁", Title: "没有可以进入的设置页",
		Text: "这个应用没有自己的设置页，或者你没有关注它。请在「我的订阅」里查看。", Action: mine}
	wordsNoAddress = ui.Notice{Mark: "雁", Title: "这条消息没有可以打开的原文",
		Text: "发送方没有给出网址，或者给出的不是网页地址。请返回消息。"}
	wordsWeChat = ui.Notice{Mark: "雁", Title: "微信暂时没有回应",
		Text: "没能向微信确认你是谁。请稍等一会儿，再从微信里重新打开。", Action: mine}
	wordsSignInLost = ui.Notice{Mark: "雁", Title: "登录没有完成",
		Text: "登录链接只能用一次，10 分钟内有效，而且要在打开它的那个微信里用。请重新打开一次。", Action: &ui.Link{Text: "重新打开", URL: subscriptionsPath}}
	wordsSnapshot = ui.Notice{Mark: "雁", Title: "请打开完整页面",
		Text: "现在看到的是微信的网页快照，微信给出的是一个临时身份，不是你本人，所以不能用它操作。请点页面下方的「使用完整服务」再继续。"}
	wordsReported       = ui.Notice{Mark: "雁", Title: "已收到你的举报", Text: "管理员会查看这条消息。发送方不会知道是谁举报的。不想再收到的话，可以在「我的订阅」里关闭。", Action: mine}
	wordsReportedBefore = ui.Notice{Mark: "雁", Title: "你已经举报过这条消息", Text: "第一次的举报已经收到，不用重复提交。", Action: mine}
)

// over is for a form that was sent when nobody was signed in any more.
func over(path string) ui.Notice {
	return ui.Notice{Mark: "雁", Title: "登录已过期", Text: "离开时间太长，这次操作没有执行。请重新打开页面再操作一次。",
		Action: &ui.Link{Text: "重新打开", URL: path}}
}

var (
	wordsFollowFirst = codeView{Title: "请先关注公众号",
		Text: "你还没有关注公众号，或者已经取消关注，所以收不到消息，也不能管理订阅。",
		Alt:  "公众号的二维码", Steps: []string{"长按二维码，选择「识别图中二维码」", "关注后回到这里，重新打开页面"}}
	wordsOutside = codeView{Title: "请在微信里打开",
		Text: "这个页面要由微信确认你是谁，在别的浏览器里打不开。",
		Alt:  "本页链接的二维码", Steps: []string{"在电脑上：用微信「扫一扫」扫描二维码", "在手机上：复制本页链接，发到微信里再点开"}}
)

const wordsBack = "返回"

func wordsFollowCode(t push.Target, inside, pictured bool) codeView {
	v := codeView{Title: fmt.Sprintf("关注%s「%s」", wordsKind[t.Kind], t.Name), Text: meaning(t), Alt: "关注用的二维码"}
	switch {
	case !pictured:
		v.Steps = []string{"二维码暂时生成不了，请稍等一会儿再打开"}
		if t.Kind == push.OfApp {
			v.Steps = append(v.Steps, fmt.Sprintf("如果已经关注公众号，也可以在聊天里发送 #%d", t.ID))
		}
	case inside:
		v.Steps = []string{"长按二维码，选择「识别图中二维码」", "先关注公众号，随后自动关注" + wordsKind[t.Kind]}
	default:
		v.Steps = []string{"打开微信，用「扫一扫」扫描二维码", "没关注公众号的话，先点「关注」"}
	}
	return v
}

func meaning(t push.Target) string {
	if t.Kind == push.OfTopic {
		return fmt.Sprintf("关注后，「%s」发到这个主题的消息会出现在你的微信里。随时可以取消。", t.AppName)
	}
	return "关注后，它的消息会出现在你的微信里，你也可以给它发指令。它的开发者只知道你的 UID，不知道你的微信号。随时可以取消。"
}

type followWords struct{ Title, Meaning, Do, Following, Done, Muted, Door, Mine, QR, Contact string }

func wordsFollow(t push.Target) followWords {
	w := followWords{
		Title: "关注" + wordsKind[t.Kind], Meaning: meaning(t), Do: "关注", Following: "已关注",
		Done:  "你会在微信里收到这个主题的消息。",
		Muted: "你关闭了全部消息，打开后才会收到。请到「我的订阅」里打开。",
		Door:  "进入应用的设置", Mine: "我的订阅", QR: "用二维码让别人关注", Contact: "联系方式：",
	}
	if t.Kind == push.OfApp {
		w.Done = fmt.Sprintf("你会在微信里收到它的消息。在聊天里发送 #%d 加内容，可以给它发指令。", t.ID)
	}
	return w
}

type printedWords struct{ Title, Text, NoScript string }

var wordsPrinted = printedWords{"关注应用或主题", "正在打开。如果没有反应，链接可能不完整，请向提供链接的人核对。",
	"这个链接要用到浏览器的脚本，而它现在是关闭的。请打开脚本再试，或者在公众号的聊天里发送 # 加应用编号，例如 #97。"}

type subscriptionsWords struct {
	Title, Blocked, All, AllOn, AllOff, On, Off, TurnOn, TurnOff, Paid, Door, Leave string
	Empty                                                                           ui.Notice
}

var wordsSubscriptions = subscriptionsWords{
	Title: "我的订阅", Blocked: "微信现在不把消息发给你：", All: "全部消息",
	AllOn: "已打开，会收到下面各项的消息", AllOff: "已关闭，什么消息都不会收到",
	On: "接收中", Off: "已关闭消息", TurnOn: "打开消息", TurnOff: "关闭消息",
	Paid: "付费至", Door: "进入设置", Leave: "取消关注",
	Empty: ui.Notice{Mark: "雁", Title: "还没有关注", Text: "扫描应用的二维码，或在聊天里发送 # 加应用编号，例如 #97，关注后会出现在这里。"},
}

func wordsUnfollow(t push.Target) confirmView {
	v := confirmView{Title: fmt.Sprintf("取消关注%s「%s」", wordsKind[t.Kind], t.Name), Do: "取消关注", Keep: "保留"}
	if t.Kind == push.OfTopic {
		v.Text = "你不会再收到这个主题的消息，应用的其他消息不受影响。以后可以重新关注。"
	} else {
		v.Text = "你不会再收到它直接发给你的消息，也不能再给它发指令。它的主题要另外取消。已付费的时间会保留，以后可以重新关注。"
	}
	return v
}

type identityWords struct{ Title, Text, Example, Reset string }

const wordsHello = "你好"

var (
	wordsUID   = identityWords{Title: "我的UID", Text: "把它交给应用的开发者，对方就能给你发消息；你需要先关注那个应用。单凭 UID，别人什么也做不了。", Example: "开发者这样发送"}
	wordsSPT   = identityWords{Title: "我的SPT", Text: "凭它就能给你发消息，不用建应用。请像密码一样保管，不要发给别人。", Example: "在终端里试一试", Reset: "重设 SPT"}
	wordsReset = confirmView{Title: "重设 SPT", Text: "旧的 SPT 立刻失效，用它给你发消息的程序都会失败，直到换上新的。这一步不能撤销。", Do: "重设", Keep: "保留现在的"}
)

type helpPart struct {
	Title string
	Lines []string
}

var wordsHelp = struct {
	Title string
	Parts []helpPart
}{"帮助", []helpPart{
	{"在公众号的聊天里发送", []string{"#97 关注编号为 97 的应用", "#97 重启服务器 给这个应用发指令", "退订 #97 不再接收它的消息", "关闭消息 或 打开消息 一次管全部", "只关注了一个应用时，不用写编号，直接发内容"}},
	{"收不到消息时", []string{"看「我的订阅」里全部消息和那一项是不是打开的", "看公众号的消息是不是被折叠，或设成了不接收", "请发送方查看发送结果，里面写着原因"}},
	{"不想收到某些消息", []string{"打开那条消息，点下方的「不再接收」", "或者在「我的订阅」里关闭消息、取消关注", "是骚扰或骗局，请点「举报」"}},
}}

type silenceWords struct{ Title, Text, Do, Off, Undo, Mine, Simple, Reset, Gone string }

var wordsSilence = silenceWords{
	Title: "不再接收", Text: "关闭后，新的消息不再发给你。", Do: "关闭消息", Off: "已关闭消息",
	Undo:   "随时可以在「我的订阅」里重新打开。持有这条消息链接的人都能关闭，所以不要把链接转发给别人。",
	Mine:   "我的订阅",
	Simple: "这条消息是用你的 SPT 发来的，谁有这个 SPT 谁就能发。重设 SPT 后，旧的立刻失效。", Reset: "去重设 SPT",
	Gone: "你已经不再关注发送方，不会再收到它的消息。",
}

func wordsSilenceTopic(name string) string { return fmt.Sprintf("主题「%s」的消息", name) }
func wordsSilenceApp(name string) string {
	return fmt.Sprintf("应用「%s」的全部消息，包括它的主题", name)
}

type reportWords struct{ Title, Reason, More, Fate, Do string }

var (
	wordsReport = reportWords{Title: "举报这条消息", Reason: "是什么问题", More: "补充说明（可以不填）",
		Fate: "只有管理员会看到你的举报。每条消息只用举报一次。", Do: "提交举报"}
	wordsReasons      = []string{"垃圾广告", "诈骗或钓鱼", "违法违规", "骚扰或冒充", "其他"}
	wordsChooseReason = "还没有选择原因。请选一个再提交。"
)

func wordsTooLong(n int) string {
	return fmt.Sprintf("补充说明最多 %d 个字，现在是 %d 个。请删减后再提交。", maxReport, n)
}

type leaveWords struct{ Title, Text, Lookalike, Plain, Go, Back string }

var wordsLeave = leaveWords{
	Title: "即将离开鸿雁", Text: "下面的网址由消息的发送方给出，不归鸿雁管理。请核对域名，不要在不认识的网站输入密码。",
	Lookalike: "域名里有非英文字母，可能与别的网站相似。请核对上面的实际写法。",
	Plain:     "这个网站没有加密，途中可能被别人看到。",
	Go:        "继续访问", Back: "返回消息",
}
