package sandbox

// What the phone itself says, as WeChat words it.
const (
	wordsNoAnswer  = "该公众号提供的服务出现故障，请稍后再试"
	wordsFollowed  = "你已关注该公众号"
	wordsLeft      = "你已取消关注该公众号"
	wordsExpired   = "二维码已过期"
	wordsNoSuch    = "没有这个二维码"
	wordsNotMember = "没有这个微信用户"
	wordsMustFirst = "还没有关注该公众号"
	wordsNoChoice  = "聊天里没有这个选项"
	wordsNoText    = "消息不能为空"
	wordsBadName   = "名字要有 1 到 12 个字"
	wordsPhone     = "沙箱手机 · 鸿雁"
	wordsAccount   = "鸿雁推送"
	wordsCommand   = `curl -s http://…/api/send/message -H 'Content-Type: application/json' -d '{"appToken":"AT_…","content":"你好，鸿雁","uids":["UID_…"]}'`
	wordsNoOne     = "还没有微信用户，请先添加一个"
	wordsDate      = "%d 年 %d 月 %d 日 %s"
	wordsAhead     = "比现实快"
	wordsHost      = "redirect_uri 域名与后台配置不一致"
)

var wordsWeekdays = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// profileWords tell what each profile is like.
var profileWords = []struct{ Name, Title, About string }{
	{"real", "真实", "与微信一致：有额度、频率限制和延迟"},
	{"fast", "快速", "规则与微信一致，没有延迟"},
	{"bench", "压测", "没有额度、频率和重复限制"},
	{"hostile", "恶劣", "重复回调、丢回执、断线，什么都会发生"},
}

// mediaWords stand for what a text log cannot show.
var mediaWords = map[string]string{
	"image": "[图片] ", "voice": "[语音] ", "video": "[视频] ", "music": "[音乐] ",
}
