package console

import "hongyan/push"

var wordsLog = say("操作记录")

const (
	wordsEverybody  = "所有人"
	wordsEverything = "全部操作"
	wordsJoined     = "加入了成员"
)

// wordsVia are the ways by which something is changed.
var wordsVia = map[string]string{
	push.ViaConsole: "控制台", push.ViaAPI: "接口", push.ViaCommand: "命令行", push.ViaWeChat: "微信", push.ViaJob: "定时任务",
}

// wordsKinds are what the log can be narrowed to: the beginning of actions.
var wordsKinds = []option{
	{"app", "应用"}, {"callback", "回调"}, {"member", "成员"}, {"topic", "主题"}, {"code", "二维码"}, {"follower", "关注者"}, {"message", "消息"}, {"schedule", "定时发送"}, {"product", "产品"}, {"refund", "退款"}, {"coupon", "优惠码"},
}

// wordsActions say what was done. An action without words is shown as it is.
var wordsActions = map[string]string{
	"app.create":          "新建了应用",
	"app.name":            "改了名称",
	"app.greeting":        "改了欢迎语",
	"app.description":     "改了介绍",
	"app.contact":         "改了联系方式",
	"app.logo":            "换了图标",
	"app.logo_remove":     "去掉了图标",
	"app.setting_url":     "改了设置页地址",
	"app.setting_key":     "换了跳转签名密钥",
	"app.query_send":      "改了是否接受 GET 发送",
	"app.token":           "重置了 AppToken",
	"app.delete":          "删除了应用",
	"app.restore":         "恢复了应用",
	"callback.url":        "改了回调地址",
	"callback.secret":     "换了回调签名密钥",
	"callback.enable":     "重新启用了回调地址",
	"callback.replay":     "重放了一个回调",
	"callback.replay-all": "重放了失败的回调",
	"member.role":         "改了成员的角色",
	"member.remove":       "移出了成员",
	"session.begin":       "登录了控制台",
	"user.admin":          "设为管理员",
	"user.plain":          "取消了管理员",
	"user.bar":            "禁止进入控制台",
	"user.unbar":          "允许进入控制台",
	"session.end":         "结束了登录",
	"app.suspend":         "停用了应用",
	"app.unsuspend":       "恢复了停用的应用",
	"app.limit":           "改了应用的限额",
	"topic.create":        "新建了主题",
	"topic.rename":        "改了主题名称",
	"topic.delete":        "删除了主题",
	"follower.add":        "加入了主题",
	"follower.remove":     "移除了关注者",
	"follower.reject":     "屏蔽了关注者",
	"follower.accept":     "解除了屏蔽",
	"code.create":         "新建了二维码",
	"message.remove":      "撤下了消息页面",
	"limits.set":          "改了限额",
	"template.set":        "改了模板",
	"template.try":        "试发了模板",
	"menu.set":            "恢复了菜单",
	"account.resume":      "恢复了发送",
	"report.handle":       "处理了举报",
	"job.run":             "执行了任务",
	"backup.make":         "做了备份",
	"backup.download":     "下载了备份",
	"message.send":        "发送了消息",
	"message.schedule":    "定了一次发送",
	"message.pause":       "暂停了发送",
	"message.resume":      "继续了发送",
	"message.cancel":      "取消了发送",
	"schedule.cancel":     "取消了定时发送",
	"schedule.move":       "改了定时发送的时间",
	"product.create":      "新建了产品",
	"product.edit":        "改了产品",
	"product.cover":       "换了产品封面",
	"product.submit":      "提交了产品审核",
	"product.withdraw":    "撤回了产品审核",
	"product.list":        "上架了产品",
	"product.refuse":      "退回了产品",
	"product.delist":      "下架了产品",
	"product.relist":      "重新上架了产品",
	"product.gift":        "赠送了天数",
	"coupon.create":       "新建了优惠码",
	"coupon.end":          "停用了优惠码",
	"refund.send":         "主动退款",
	"refund.approve":      "同意了退款",
	"refund.decline":      "拒绝了退款",
	"product.warn":        "提醒产品太久没有推送",
	"product.silence":     "因沉默下架了产品",
	"product.heard":       "产品恢复了推送",
	"difference.settle":   "处理了一处差异",
}
