package console

var membersEnglish = map[string]string{
	"角色": "Role", "加入于": "Since", "操作": "Action", "没有名字": "no name", "你": "you", "更改": "Change", "保存角色": "Save the role", "移出": "Remove",
	"移出之后，对方不再看得到这个应用。对方见过的 AppToken 仍然有效，需要的话请重置。": "They will not see this app any more. An AppToken they have seen is still good; reset it if need be.",
	"邀请成员": "Invite a member", "会显示一张 30 分钟内有效的二维码，扫码并点「允许」的第一个人成为成员。": "Shows a code that is good for 30 minutes; the first who scans it and taps 允许 (allow) becomes a member.",
	"显示邀请码": "Show the code", "退出应用": "Leave the app", "之后你不再看得到「%s」，除非再次被邀请。": "You will not see “%s” any more unless you are invited again.",
	"请对方用微信扫码，并在手机上点「允许」，成为「%s」的%s。": "Have them scan this with WeChat and tap 允许 (allow) on the phone. Joining “%s” as: %s.",
	"邀请二维码": "Invitation code", "返回成员列表": "Back to the members", "邀请码已过期，请返回成员列表再来一次。": "The code expired: go back to the members and start again.",
	"对方选择了拒绝，什么都没有发生。": "They refused; nothing happened.", "已扫码，等对方点「允许」": "Scanned: waiting for 允许 (allow)",
	"一切：密钥、地址、成员、删除": "everything: secrets, addresses, members, deletion", "发消息，管理主题、二维码、关注者和回调": "sends; topics, codes, followers and callbacks", "只能看": "looks only",
	"请选择一个角色": "Choose a role", "一个应用最多有 %d 个成员，请先移出不再需要的": "An app has at most %d members; remove those who are not needed first", "角色已更改": "The role is changed", "已移出": "Removed", "已退出应用「%s」": "You left “%s”", "对方已加入": "They joined",
	"把应用「%s」的成员「%s」改为%s": "In “%s”, make the member “%s”: %s", "把「%s」移出应用「%s」": "Remove “%s” from “%s”", "退出应用「%s」，不再是它的成员": "Leave “%s”",
	"成为应用「%s」的%s": "Join “%s” as: %s",
}
