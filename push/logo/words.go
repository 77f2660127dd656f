package logo

// Why a file makes no logo.
const (
	wordEmpty   = "没有收到图片。请选择一个 PNG、JPEG、GIF 或 WebP 文件"
	wordHeavy   = "图片最大 %d MiB。请压缩或裁小后再传"
	wordLarge   = "图片最大 %d×%d 像素，这张是 %d×%d。请缩小后再传"
	wordSVG     = "不接受 SVG：它可以带脚本，会在关注者的手机上执行。请导出成 PNG 再传"
	wordUnknown = "看不出这是图片。请选择 PNG、JPEG、GIF 或 WebP 文件"
	wordBroken  = "图片已损坏，或它的编码方式不受支持。请用看图软件另存为 PNG 再传"
)
