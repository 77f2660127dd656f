package callback

// What developers and senders read about a callback.
const (
	wordNoCall = "回调任务没有内容，请联系平台管理员"

	wordURLLong   = "回调地址最长 %d 个字符，现在是 %d 个"
	wordURLBroken = "回调地址格式不对，请填写完整的 http:// 或 https:// 地址"
	wordURLScheme = "回调地址必须以 http:// 或 https:// 开头"
	wordURLUser   = "回调地址里不能带用户名和密码，请改用签名验证来源"
	wordURLHost   = "回调地址的域名不对，请检查拼写"
	wordURLPort   = "回调地址的端口必须在 1 到 65535 之间"
	wordURLNumber = "回调地址的域名不能是数字，IP 请写成 1.2.3.4 的形式"

	wordRefused = "回调地址是内网或保留地址，平台不会访问；确有需要请管理员用 " + Setting + " 放行"
	wordSecret  = "回调的签名密钥缺失或已损坏，请在控制台重新保存回调地址"

	wordStopped     = "平台正在重启，这次回调没有做完，稍后自动重试"
	wordTimeout     = "回调超时：15 秒内没有收到应答，请先应答再慢慢处理"
	wordNoName      = "找不到回调地址的域名，请检查拼写和 DNS 解析"
	wordNameServer  = "回调地址的域名暂时解析不了，请检查 DNS 服务"
	wordCertificate = "回调地址的 HTTPS 证书无效，请检查有效期、域名和证书链"
	wordTLS         = "回调地址的 HTTPS 握手失败，请检查端口是否支持 HTTPS"
	wordConnRefused = "回调服务器拒绝连接，请检查服务是否在运行、端口是否正确"
	wordUnreachable = "连不上回调服务器，请检查网络和防火墙"
	wordBroken      = "回调服务器中断了连接或应答不合 HTTP 规范（例如应答头过大），请检查服务日志"

	wordGone        = "回调服务器返回 410，已停用该回调地址；修好后请在控制台重新保存"
	wordRedirect    = "回调服务器返回 %d 跳转，平台不跟随跳转，请把回调地址改成跳转后的地址"
	wordBusy        = "回调服务器返回 %d，表示请求太多，稍后自动重试"
	wordForbidden   = "回调服务器返回 %d，拒绝了请求，请检查签名验证和访问限制"
	wordNotFound    = "回调服务器返回 %d，请检查回调地址的路径，并确认它接受 POST"
	wordServerError = "回调服务器返回 %d，请检查服务日志，稍后自动重试"
	wordStatus      = "回调服务器返回 %d，应当返回 2xx"

	wordBodyBroken  = "应答没有收完（超时或中断），没有取到回复"
	wordBodyLong    = "应答超过 64 KiB，没有取到回复"
	wordBodyPacked  = "应答被压缩，平台不解压，没有取到回复"
	wordBodyCharset = "应答不是 UTF-8 编码，没有取到回复"
	wordBodyNotJSON = "应答不是 JSON 对象，没有取到回复；不需要回复时请返回空内容"
	wordReplyType   = "应答里的 reply 不是文本，没有取到回复"
)
