package oa

// ellipsis marks a text that was cut.
const ellipsis = "…"

// wordsContested warns the operator of two programs quarrelling over the token.
const wordsContested = "access_token 反复失效：可能有其他程序使用同一个 AppSecret 刷新凭证，请停用它或改用 stable_token"

// Remedy is what an operator can do about an error code, empty when there is
// nothing to do but wait.
func Remedy(code int) string {
	switch code {
	case 40001:
		return "access_token 失效，系统会自动刷新；若反复出现，请检查是否有其他程序使用同一个 AppSecret。"
	case 40014:
		return "access_token 无效，系统会自动刷新；若反复出现，请检查是否有其他程序使用同一个 AppSecret。"
	case 42001:
		return "access_token 过期，系统会自动刷新；若反复出现，请校准服务器时间。"
	case -1:
		return "微信系统繁忙，稍后自动重试，无需处理。"
	case 42010:
		return "发送过快，稍后自动重试。"
	case 43117:
		return "给这位关注者发送过于频繁，稍后自动重试；请降低对同一用户的推送频率。"
	case 45011:
		return "接口调用过于频繁，一分钟后自动重试。"
	case 89504, 89505:
		return "等待公众号管理员确认群发，请管理员在微信中确认。"
	case 45009:
		return "当日接口调用额度已用完，发送已暂停，北京时间零点后自动恢复；也可在公众平台“接口权限”中查看额度或清零。"
	case 40003:
		return "openid 无效，请确认该用户属于当前公众号。"
	case 43004:
		return "用户尚未关注公众号，重新关注后才能收到消息。"
	case 43019:
		return "用户在公众号黑名单中，请在公众平台“用户管理”中移出。"
	case 43101:
		return "用户未订阅或拒收此通知，需用户重新订阅。"
	case 45015:
		return "距用户上次互动已超时或用户已取关，客服消息无法送达，改用模板消息。"
	case 45047:
		return "本次互动可发的客服消息条数已用完，等用户再次互动或改用模板消息。"
	case 48002:
		return "用户拒收公众号消息。"
	case 50002:
		return "用户账号受限，无法接收消息。"
	case 50005:
		return "用户尚未关注公众号，重新关注后才能收到消息。"
	case 70000:
		return "用户开启了未成年人保护，无法接收此消息。"
	case 40008:
		return "消息类型错误，请升级程序。"
	case 40033:
		return "内容含有不允许的转义字符，请检查菜单或链接。"
	case 40036:
		return "模板 ID 长度错误，请检查配置中的模板 ID。"
	case 40037:
		return "模板 ID 无效或模板已被删除，请在公众平台“模板消息”中核对并更新配置。"
	case 40039:
		return "消息链接长度错误，请缩短链接。"
	case 40052:
		return "二维码类型错误，请升级程序。"
	case 40053:
		return "二维码参数错误，请检查场景值。"
	case 40241:
		return "60 秒内向同一用户发送了相同内容，请修改内容或稍后再发。"
	case 40249:
		return "消息因内容违规被微信拦截，请修改内容，不要重发。"
	case 41030:
		return "跳转页面无效，请检查链接。"
	case 43116:
		return "模板已被微信封禁，请更换模板并检查推送内容是否合规。"
	case 44002:
		return "请求内容为空，请升级程序。"
	case 45001:
		return "多媒体文件过大，请压缩后再发。"
	case 45002:
		return "消息内容过长，请缩短。"
	case 45008:
		return "图文数量超出限制，请减少。"
	case 45072, 45080:
		return "输入状态指令错误，请升级程序。"
	case 45081:
		return "输入状态已下发，无需处理。"
	case 47001:
		return "请求格式错误，请升级程序。"
	case 47003:
		return "模板字段不符合要求，请核对各字段的类型和长度（thing 类最多 20 个字）。"
	case 40002:
		return "凭证类型错误，请升级程序。"
	case 40013:
		return "AppID 无效，请检查配置中的 AppID。"
	case 40125:
		return "AppSecret 错误，请在公众平台“基本配置”中核对或重置，并更新配置。"
	case 40164:
		return "服务器 IP 不在白名单，请在公众平台“基本配置”的 IP 白名单中加入本机出口 IP。"
	case 40200:
		return "公众号类型没有此权限，请使用已认证的服务号。"
	case 40243:
		return "AppSecret 已被冻结，请在公众平台“基本配置”中解冻或重置。"
	case 41001:
		return "缺少 access_token，请升级程序。"
	case 41002:
		return "缺少 AppID，请检查配置。"
	case 41004:
		return "缺少 AppSecret，请检查配置。"
	case 43002:
		return "请求方式错误，请检查代理是否改写了请求。"
	case 43106:
		return "公众号的此项能力因违规被处罚，请在公众平台“通知中心”查看。"
	case 45109:
		return "统一服务消息接口已下线，请改用模板消息。"
	case 48001:
		return "公众号没有此接口的权限，请确认已认证并在公众平台“接口权限”中开通。"
	case 48004:
		return "接口已被封禁，请在公众平台“通知中心”查看原因并申诉。"
	case 48006:
		return "本月清零额度的次数已用完，等待额度自动恢复。"
	case 50001:
		return "公众号未授权此接口，请在公众平台“接口权限”中开通。"
	case 50004:
		return "获取凭证的接口被禁用，请在公众平台查看账号状态。"
	case 50007:
		return "账号已被冻结，请在公众平台查看账号状态。"
	case 89503:
		return "此 IP 调用接口需管理员确认，请管理员在微信中确认。"
	case 89506:
		return "此 IP 的调用已被管理员拒绝，24 小时后可再试。"
	case 89507:
		return "此 IP 的调用已被管理员拒绝，1 小时后可再试。"
	case 40029:
		return "网页授权码无效，请让用户重新打开页面。"
	case 40163:
		return "网页授权码已被使用，请让用户重新打开页面。"
	}
	return ""
}
