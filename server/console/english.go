package console

import "maps"

// inEnglish is the other language of every text, by section.
var inEnglish = together(frameEnglish, loginEnglish, appsEnglish, callbacksEnglish, overviewEnglish,
	peopleEnglish, settingsEnglish, membersEnglish, logEnglish, adminEnglish, marketEnglish, sendEnglish, productsEnglish)

func together(all ...map[string]string) map[string]string {
	one := make(map[string]string)
	for _, m := range all {
		maps.Copy(one, m)
	}
	return one
}

var frameEnglish = map[string]string{
	"鸿雁": "Hongyan", "跳到内容": "Skip to content", "切换应用": "Switch app", "选择应用": "Choose an app", "全部应用": "All apps",
	"新建应用": "New app", "菜单": "Menu", "导航": "Navigation", "管理": "Administration", "我的登录": "My sign-ins", "沙箱手机": "Sandbox phone",
	"接口文档": "API reference", "退出": "Sign out", "选填": "optional", "下一页": "Next page", "未知浏览器": "Unknown browser",
	"保存": "Save", "取消": "Cancel", "已保存": "Saved",

	"所有者": "Owner", "开发者": "Developer", "只读": "Read-only",
	"概览": "Overview", "发送": "Send", "消息": "Messages", "关注者": "Followers", "主题": "Topics", "二维码": "QR codes", "回调": "Callbacks",
	"设置": "Settings", "成员": "Members", "操作记录": "Audit log", "概况": "Overview", "公众号": "Official account", "模板": "Templates",
	"用户": "Users", "应用": "Apps", "限额": "Limits", "举报": "Reports", "定时任务": "Jobs", "备份": "Backup",

	"刚刚": "just now", "%d 秒前": "%d s ago", "%d 分钟前": "%d min ago", "%d 小时前": "%d h ago", "%d 天前": "%d days ago",
	"%d 秒后": "in %d s", "%d 分钟后": "in %d min", "%d 小时后": "in %d h", "%d 天后": "in %d days",

	"没有执行": "Nothing was done", "出错了": "Something broke", "打开控制台": "Open the console", "我的应用": "My apps",
	"这个请求来自别的网站。请回到控制台，从页面上再操作一次。": "The request came from another site. Go back to the console and do it there.",
	"没有这个页面": "There is no such page",
	"地址可能写错了，或者你没有权限看它。": "The address may be mistyped, or you may not see it.",
	"没有这个应用": "There is no such app",
	"它可能已被删除，或者你不是它的成员。请联系应用的所有者。": "It may have been deleted, or you are not a member. Ask the app's owner.",
	"没有这个主题": "There is no such topic",
	"它可能已被删除。请回到主题列表。": "It may have been deleted. Go back to the list of topics.",
	"没有这条消息": "There is no such message",
	"消息保留 7 天，之后连同页面一起删除。": "Messages are kept for 7 days, then deleted with their pages.",
	"没有这个回调": "There is no such callback",
	"回调记录保留 7 天。请回到回调列表。":        "Callbacks are kept for 7 days. Go back to the list.",
	"没有这个二维码":                    "There is no such code",
	"它可能已过期。请回到二维码列表。":           "It may have expired. Go back to the list of codes.",
	"没有这个关注者":                    "There is no such follower",
	"对方可能已经取消关注。请回到关注者列表。":       "They may have unfollowed. Go back to the list of followers.",
	"没有这个定时发送":                   "There is no such scheduled send",
	"它可能已经发出或取消。":                "It may have been sent or cancelled.",
	"应用至少要有一个所有者。请先让另一位成员成为所有者。": "An app keeps at least one owner. Make another member an owner first.",
	"这个链接不能用了":                   "This link is no longer good",
	"管理员链接只能用一次，重新启动也会换成新的。在服务器上运行 hongyan admin 可以得到新的链接。": "The administrator's link works once, and a restart replaces it. Run hongyan admin on the server for a new one.",
	"登录":         "Sign in",
	"你的角色不能做这件事": "Your role does not cover this",
	"请联系应用的所有者，让对方来做，或者给你更高的角色。": "Ask the app's owner to do it, or for a higher role.",
	"这个表单已经提交过": "This form was sent before",
	"为了不重复执行，同一个表单只生效一次。请返回并刷新页面，看看是否已经生效。": "A form counts once, so that nothing is done twice. Go back, reload, and see whether it took effect.",
	"这个页面打开得太久，或者来自另一次登录。请返回并刷新页面，再提交一次。":   "The page was open for too long, or belongs to another sign-in. Go back, reload and send it again.",
	"表单没有完整送达。请返回再提交一次。":                    "The form did not arrive whole. Go back and send it again.",
	"请求太多":     "Too many requests",
	"请过一分钟再试。": "Try again in a minute.",
	"二维码已过期或被拒绝。请返回再来一次。": "The code expired or was refused. Go back and start again.",
	"提交的内容太大。请减小后再试。":     "What you sent is too large. Make it smaller and try again.",
	"微信没有答应": "WeChat refused",
	"暂时联系不上微信，或微信拒绝了这次请求。请稍后再试；管理员可以运行 hongyan doctor 查看原因。": "WeChat cannot be reached or refused the request. Try again later; the administrator can run hongyan doctor to see why.",
	"服务器没能完成这次操作，什么都没有改变。请稍后再试；原因记在服务器的日志里。":                 "The server could not do this and changed nothing. Try again later; the reason is in the server's log.",
}

var loginEnglish = map[string]string{
	"成为管理员": "Become the administrator", "登录鸿雁控制台": "Sign in to Hongyan",
	"用微信扫一扫。扫码的人会成为这台鸿雁的管理员。":            "Scan with WeChat. Whoever scans becomes the administrator of this installation.",
	"用微信扫一扫，在手机上点「允许」。没有关注公众号的，扫码后会先关注。": "Scan with WeChat and tap 允许 (allow) on the phone. If you do not follow the account yet, the scan follows it first.",
	"登录二维码": "Sign-in code", "确认二维码": "Confirmation code", "手机上会显示核对码": "The phone shows the same code:",
	"我已在手机上允许": "I allowed it on the phone", "这里是沙箱：": "This is the sandbox: ", "打开沙箱手机": "open the sandbox phone",
	"，点一下二维码栏里最新的一张，再点「允许」。": ", click the newest code in its tray, then tap 允许.",
	"进入控制台": "Enter the console", "二维码已过期，换一张": "The code expired: get another", "手机上选择了拒绝。再来一次": "Refused on the phone: start again",
	"已扫码，请在手机上点「允许」": "Scanned: tap 允许 on the phone", "等待扫码，%d 分钟内有效": "Waiting for the scan; good for %d minutes", "等待扫码": "Waiting for the scan",
	"请在微信里确认": "Confirm in WeChat", "这一步影响较大，需要你本人用微信扫码并点「允许」。": "This step matters: scan with your own WeChat and tap 允许.",
	"上一次没有得到允许，请重新扫码。": "It was not allowed last time; scan again.", "继续": "Go on",
	"二维码已过期，请返回再来一次。": "The code expired; go back and start again.", "手机上选择了拒绝，什么都没有发生。": "Refused on the phone; nothing happened.",
	"名字": "Name", "同事在成员列表和操作记录里看到的名字。": "What your colleagues see in members and the audit log.", "我的 UID": "My UID",
	"已登录的浏览器": "Signed-in browsers", "现在这个": "this one", "登录于": "signed in", "最近使用": "last used", "退出其他所有浏览器": "Sign out all others",
	"已退出那个浏览器": "That browser is signed out", "已退出其他所有浏览器": "All other browsers are signed out",
}

var appsEnglish = map[string]string{
	"还没有应用": "No apps yet", "应用是你发消息的身份：关注它的人收到消息，也能给它发指令。先建一个。": "An app is who your messages come from: its followers receive them and can send it commands. Make the first one.",
	"名称": "Name", "关注者看到的名字，例如「构建通知」。": "What followers see, such as “Build notices”.", "欢迎语": "Greeting",
	"关注之后立即收到的一句话。": "Said to everybody who follows.", "新建": "Create", "应用已建好": "The app is ready", "应用「%s」已建好": "The app “%s” is ready",
	"这是它的 AppToken，凭它就能以这个应用的名义发消息。它只显示这一次，请现在保存到安全的地方；丢了可以重置。": "This is its AppToken: whoever has it sends as this app. It is shown this once, so keep it somewhere safe now; a lost one can be reset.",
	"关注它：在公众号里发送": "To follow it, say in the account:", "发第一条消息（把 UID 换成收件人的）": "Send the first message (put the receiver's UID)",
	"打开应用": "Open the app", "发送消息": "Send a message",
}
