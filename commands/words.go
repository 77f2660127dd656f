package commands

import (
	"fmt"
	"time"

	"hongyan/push"
	"hongyan/push/session"
)

// Everything a follower reads from the platform, and every word it
// understands.

// words are the texts that ask for something by themselves, as plainWord
// writes them.
var words = map[string]Verb{
	"我的uid": MyUID,
	"uid":   MyUID,
	"我的spt": MySPT,
	"spt":   MySPT,
	"我的订阅":  MySubscriptions,
	"退订":    MySubscriptions,
	"取消关注":  MySubscriptions,
	"取消订阅":  MySubscriptions,
	"消息市场":  Market,
	"市场":    Market,
	"帮助":    Help,
	"help":  Help,
	"?":     Help,
	"关闭消息":  Mute,
	"暂停消息":  Mute,
	"打开消息":  Unmute,
	"开启消息":  Unmute,
	"恢复消息":  Unmute,
}

const (
	textOnly     = "这里只看得懂文字。请把要说的话打成文字再发一次，发送 帮助 可以看到能做什么。"
	tooFast      = "发得太频繁了，这条没有送出。请过一会儿再发。"
	keptTextGone = "这段文字只保留 10 分钟，已经找不到了。请重新发送一次。"
	rejected     = "对方没有接受你的关注。如果需要，请联系对方，或换一个账号。"
	suspended    = "这个应用已被平台管理员停用，现在不能关注。已经收到的消息还可以打开。"
	noTopic      = "没有找到这个主题，它可能已被删除。请向提供的人核对。"
	unknownCode  = "这个二维码不能用。请向提供二维码的人要一个新的，或发送 帮助 看看能做什么。"
	expiredCode  = "这个二维码已过期，没有生效。请向提供二维码的人要一个新的，再扫一次。"
)

func appName(name string, id push.AppID) string {
	return fmt.Sprintf("%s (#%d)", plainName(name), id)
}

// address is content as a follower types it for one app.
func address(id push.AppID, content string) string { return fmt.Sprintf("#%d %s", id, content) }

// keptName is how a tap names a kept text.
func keptName(number int) string { return fmt.Sprintf("%c%d", arrow, number) }

// word is a tap that sends a word of the table.
func word(w string) string { return tap(fmt.Sprintf("word%d", words[plainWord(w)]), w, w) }

func welcome() string {
	return "你好，这里是消息推送平台鸿雁。你关注的应用会把消息发到这里，你也可以在这里给它们发指令。\n\n" +
		"发送 #编号 关注应用，例如 #97\n" +
		"发送 #编号 内容 给应用发指令，例如 #97 重启服务器\n" +
		"发送 " + word("我的订阅") + " 查看和退订\n" +
		"发送 " + word("帮助") + " 查看更多"
}

func helpText() string {
	return "你可以发送：\n" +
		"#97 关注编号为 97 的应用\n" +
		"#97 重启服务器 给这个应用发指令\n" +
		"退订 #97 不再接收它的消息\n" +
		word("我的订阅") + " 你关注了什么\n" +
		word("我的UID") + " 开发者凭它给你发消息\n" +
		word("我的SPT") + " 你自己凭它给自己发消息\n" +
		word("消息市场") + " 有哪些付费消息\n" +
		word("关闭消息") + " 或 " + word("打开消息") + "\n\n" +
		"只关注了一个应用时，不用写编号，直接发内容。"
}

func noApps() string {
	return "你还没有关注应用，这句话没有送给任何人。\n\n" + helpText()
}

func noApp(id push.AppID) string {
	if id == 0 {
		return "没有这个编号的应用。请核对 # 后面的数字。"
	}
	return fmt.Sprintf("没有编号为 #%d 的应用。请核对 # 后面的数字。", id)
}

func notFollowing(name string, id push.AppID) string {
	return fmt.Sprintf("未订阅「%s」，回复 #%d 关注", plainName(name), id)
}

func notListening(name string) string {
	return fmt.Sprintf("「%s」不接收指令，这句话没有送出。", plainName(name))
}

func notTaken(name string) string {
	return fmt.Sprintf("「%s」已被平台管理员停用，这句话没有送出。需要时请联系应用的主人。", plainName(name))
}

func followed(name string, id push.AppID, greeting string) string {
	head := fmt.Sprintf("你已关注「%s」(#%d)。", plainName(name), id)
	if greeting != "" {
		return head + "\n" + greeting
	}
	return head + fmt.Sprintf("\n发送 #%d 内容 给它发指令，发送 退订 #%d 不再接收它的消息。", id, id)
}

func followedTopic(name string, id push.TopicID) string {
	return fmt.Sprintf("你已订阅主题「%s」。\n发送 退订主题 #%d 不再接收它的消息。", plainName(name), id)
}

func unfollowed(name string, id push.AppID) string {
	return fmt.Sprintf("已退订「%s」，你不会再收到它的消息。回复 #%d 可以重新关注。", plainName(name), id)
}

func unfollowedTopic(id push.TopicID) string {
	return fmt.Sprintf("已退订主题 #%d，你不会再收到它的消息。", id)
}

func yourUID(uid push.UID) string {
	return fmt.Sprintf("你的 UID：\n%s\n把它交给应用的开发者，对方就能给你发消息；你需要先关注那个应用。", uid)
}

func yourSPT(spt push.SPT) string {
	return fmt.Sprintf("你的 SPT：\n%s\n凭它就能给你发消息，请像密码一样保管，不要发给别人。", spt)
}

func nowMuted() string {
	return "已关闭消息，所有应用都不会再给你发消息。发送 " + word("打开消息") + " 恢复。"
}

func nowUnmuted() string {
	return "已打开消息，你会收到所关注的应用发来的消息。发送 " + word("关闭消息") + " 暂停。"
}

func stillMuted() string {
	return "你之前关闭了消息，发送 " + word("打开消息") + " 后才会收到。"
}

// A product whose code was scanned.
func productFound(name, page string) string {
	return "「" + plainName(name) + "」\n" + pageLink(page, "打开页面查看介绍和价格")
}

func productGone(name, page string) string {
	return "「" + plainName(name) + "」已经下架，现在不能购买。已付费的不受影响：\n" + pageLink(page, "打开页面查看有效期")
}

func productSoon(name string) string {
	return "「" + plainName(name) + "」还没有上架，请过些时候再扫一次。"
}

// The follower's own pages.
const (
	pageUID           = "打开页面复制 UID"
	pageSPT           = "打开页面复制或重设 SPT"
	pageSubscriptions = "打开页面逐个设置"
)

func pageLink(address, label string) string {
	return fmt.Sprintf(`<a href="%s">%s</a>`, address, label)
}

// The list of apps a text may be for.
const chooseHead = "你关注了几个应用，这句话发给谁？点一下："

func chooseMore(missing int) string {
	return fmt.Sprintf("还有 %d 个没有列出，请发送 #编号 内容 指定。", missing)
}

// The list of subscriptions.
const (
	subscriptionsHead = "你关注了："
	noSubscriptions   = "你还没有关注应用。发送 #编号 关注，例如 #97，或扫描应用的二维码。"
)

func subscriptionsMore(missing int) string {
	return fmt.Sprintf("还有 %d 个没有列出。", missing)
}

func appLine(name string, id push.AppID) string {
	bye := fmt.Sprintf("退订 #%d", id)
	return appName(name, id) + " " + tap(fmt.Sprintf("bye%d", id), bye, bye)
}

func topicLine(name string, id push.TopicID) string {
	bye := fmt.Sprintf("退订主题 #%d", id)
	return "主题 " + plainName(name) + " " + tap(fmt.Sprintf("byetopic%d", id), bye, bye)
}

// paidUntil stands behind what somebody has paid for.
func paidUntil(at time.Time) string {
	return "\n　付费至 " + at.In(china).Format("2006年1月2日 15:04")
}

var china = time.FixedZone("CST", 8*3600)

// The market, and what is sold with an app or topic.
const (
	marketText = "消息市场里有开发者上架的付费消息，按天付费，到期自动停止，不会自动续费。"
	noMarket   = "这里还没有消息市场。"
	pageMarket = "打开消息市场"
)

func offered(name, address string) string {
	return fmt.Sprintf("\n\n付费内容「%s」：%s", plainName(name), pageLink(address, "查看"))
}

func switchState(muted bool) string {
	if muted {
		return "\n消息已关闭，" + word("打开消息")
	}
	return "\n消息已打开，" + word("关闭消息")
}

func arrived(name string, id push.AppID, topics int) string {
	text := fmt.Sprintf("你已转到新平台，继续接收「%s」(#%d) 的消息。", plainName(name), id)
	if topics > 0 {
		text += fmt.Sprintf("原来订阅的 %d 个主题也跟着过来了。", topics)
	}
	return text + fmt.Sprintf("\n发送 #%d 内容 给它发指令，发送 退订 #%d 不再接收它的消息。", id, id)
}

func codeTaken(name string, id push.AppID) string {
	return fmt.Sprintf("这是别人的专属二维码，已经用过了，你没有关注任何应用。请扫发给你自己的那个；想直接关注「%s」，回复 #%d。", plainName(name), id)
}

// What is asked by a code of the console, and how it is answered.
const (
	allowWord  = "允许"
	refuseWord = "拒绝"

	approvalGone    = "这个二维码不能用了：它已过期、已用过，或不是给你的。请在电脑上刷新页面，再扫一次。"
	approvalTooLate = "没有成功：它已经被别人用过，或应用已不存在。请在电脑上刷新页面，再试一次。"
	approvalFull    = "没有成功：这个应用的成员已满。请对方先移出不再需要的成员，再邀请你一次。"
)

func approvalAsked(a session.Approval) string {
	head := map[session.Purpose]string{
		session.Login:  "有一个浏览器请求以你的身份登录鸿雁控制台。",
		session.Step:   "控制台请你确认：" + plainName(a.What),
		session.Invite: "你被邀请管理应用：" + plainName(a.What),
		session.First:  "这个二维码会让你成为这台鸿雁的管理员，并登录控制台。",
	}[a.Purpose]
	return head + "\n\n来自：" + plainName(a.Place) + "\n核对码：" + a.Code +
		"\n\n请核对屏幕上显示的也是 " + a.Code + "，并且是你自己打开的页面。别人发来的二维码不要允许。\n\n" +
		tap("allow", allowWord+" "+a.Code, allowWord) + "　　" + tap("refuse", refuseWord+" "+a.Code, refuseWord)
}

func approvalAnswered(a session.Approval, allowed bool) string {
	if !allowed {
		return "已拒绝，什么都没有发生。"
	}
	return map[session.Purpose]string{
		session.Login:  "已允许，电脑上的页面会自己打开控制台。",
		session.Step:   "已允许，请回到电脑上的页面。",
		session.Invite: "你已成为应用的成员。在控制台登录后可以看到它。",
		session.First:  "你已成为管理员，电脑上的页面会自己打开控制台。",
	}[a.Purpose]
}
