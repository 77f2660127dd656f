package wxpusher

import (
	"fmt"
	"html"
)

// What followers read, in the old platform's message.

func inviteSummary(app string) string {
	return fmt.Sprintf("「%s」搬家了，请扫码继续接收消息", app)
}

func invitation(app, picture string) string {
	app = html.EscapeString(app)
	return fmt.Sprintf(`<p>你好。「%s」的消息今后由新的公众号发送。为了继续收到消息，请重新关注一次：</p>
<p><img src="%s" alt="你的专属二维码" style="width:240px"></p>
<ol><li>长按上面的二维码，选择识别；或者打开阅读原文，保存图片后用微信扫一扫。</li>
<li>关注公众号，看到「你已转到新平台」就完成了。</li></ol>
<p>你原来订阅的主题和付费时间会自动带过去，不用重新付费。</p>
<p>这个二维码只属于你，只能使用一次，请不要转发给别人。</p>`, app, html.EscapeString(picture))
}

// lost is what no import can carry over.
var lost = []string{
	"openids belong to the old official account, so everybody has to scan once",
	"nicknames and avatars: WeChat no longer gives them to anybody",
	"messages sent before, their pages and their states stay on the old platform",
	"UIDs change; app_subscribe carries the old one as extra, and --uids lists both",
	"simple push tokens (SPT_) belong to the person, who gets a new one here",
	"rejected people who never scan: reject them again if they follow anew",
}
