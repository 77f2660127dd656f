package console

import "hongyan/push"

// The titles of the pages of settings.
var (
	wordsSettings   = say("设置")
	wordsTrial      = say("测试回调地址")
	wordsDeleteApp  = say("删除应用")
	wordsNewToken   = say("新的 AppToken")
	wordsNewSecret  = say("新的回调签名密钥")
	wordsNewLinkKey = say("新的跳转签名密钥")
)

// What stands beside something that is shown once.
var (
	wordsTokenOnce   = say("它只显示这一次，请现在换到你的程序里。原来的 AppToken 已经作废。")
	wordsFirstSecret = say("它只显示这一次，请现在配置到你的服务器上，用它验证每个回调的签名。然后回到设置，测试并保存回调地址。")
	wordsNextSecret  = say("它只显示这一次，请现在换到你的服务器上。原来的密钥还有效 24 小时：期间每个回调带两个签名，用哪一个验证都可以。")
	wordsLinkKeyOnce = say("它只显示这一次，请现在配置到你的服务器上，用它验证跳转链接的签名。")
)

const wordsSecretFirst = "还没有签名密钥。请先生成一个，配置到你的服务器上，再测试地址。"

var (
	wordsNoEndpoint = notice{mark: "!", title: say("没有执行"), text: say("这个应用没有回调地址。请先在设置里测试并保存一个。")}
	wordsProof      = notice{mark: "!", title: say("没有执行"), text: say("这个地址还没有测试过，或者测试已超过 30 分钟。请回到设置，再测试一次。")}
)

// wordsRoleCan says what each role may do.
var wordsRoleCan = map[push.Role]string{
	push.Owner:     "一切：密钥、地址、成员、删除",
	push.Developer: "发消息，管理主题、二维码、关注者和回调",
	push.Reader:    "只能看",
}

// The pages of members.
var (
	wordsMembers = say("成员")
	wordsInvite  = say("邀请成员")
)

const (
	wordsRoleUnknown = "请选择一个角色"
	wordsManyMembers = "一个应用最多有 %d 个成员，请先移出不再需要的"
)
