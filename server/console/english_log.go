package console

var logEnglish = map[string]string{
	"谁在什么时候改了什么。密钥和令牌的值不会记下来。": "Who changed what, and when. The values of secrets and tokens are not in it.",
	"操作人": "By whom", "筛选": "Filter", "所有人": "Everybody", "全部操作": "Everything", "系统": "System", "空": "empty",
	"还没有操作": "Nothing yet", "改设置、换密钥、增减成员，都会记在这里。": "Changed settings, replaced secrets and members that come and go stand here.",
	"没有符合条件的操作": "Nothing fits", "换一个筛选条件再看。": "Try another filter.",
	"控制台": "console", "接口": "API", "命令行": "command line", "微信": "WeChat",
	"新建了应用": "made the app", "改了名称": "changed the name", "改了欢迎语": "changed the greeting", "改了介绍": "changed the description",
	"改了联系方式": "changed the contact", "换了图标": "changed the logo", "去掉了图标": "removed the logo", "改了设置页地址": "changed the settings page",
	"换了跳转签名密钥": "replaced the key for links", "改了是否接受 GET 发送": "changed whether sends by GET are taken", "重置了 AppToken": "reset the AppToken",
	"删除了应用": "deleted the app", "恢复了应用": "restored the app", "改了回调地址": "changed the callback address", "换了回调签名密钥": "replaced the signing secret",
	"加入了成员":  "added the member",
	"登录了控制台": "signed in with", "设为管理员": "made an administrator:", "取消了管理员": "is an administrator no more:",
	"重新启用了回调地址": "enabled the callback address again", "改了成员的角色": "changed the role of", "移出了成员": "removed the member",
}
