package wechat

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRender_SaysAsMuchAsTheKindAllows(t *testing.T) {
	tests := []struct{ kind, value, want string }{
		{"thing", "服务器重启完成", "服务器重启完成"},
		{"thing", "一二三四五六七八九十一二三四五六七八九十", "一二三四五六七八九十一二三四五六七八九十"},
		{"thing", "一二三四五六七八九十一二三四五六七八九十又", "一二三四五六七八九十一二三四五六七八九…"},
		{"thing", "第一行\n第二行\r\n\t第三行　完", "第一行 第二行 第三行 完"},
		{"thing", "警告🔥磁盘⚠️已满 👨‍👩‍👧", "警告磁盘⚠已满"},
		{"thing", "a\x00\x07b\u200b\u202ec\xff", "abc"},
		{"thing", "", "无"}, {"thing", " \n ", "无"}, {"thing", "🔥🔥", "无"},
		{"thing", "<b>&\"'</b>", "<b>&\"'</b>"},
		{"keyword", "订单已发货", "订单已发货"},
		{"short_thing", "服务器已重启", "服务器已重"},
		{"const", "已完成", "已完成"}, {"const", "", ""}, {"enum", "成功\n", "成功"},
		{"character_string", "A1b2-C3", "A1b2-C3"}, {"character_string", "编号 ＡＢ－１２", "AB-12"}, {"character_string", "中文", "-"},
		{"character_string", "2024-01-02 03:04:05", "2024-01-02-03:04:05"}, {"character_string", strings.Repeat("x", 40), strings.Repeat("x", 32)},
		{"number", "共 1,234,567.50 元", "1234567.50"}, {"number", "００７", "7"}, {"number", "没有", "0"}, {"number", "0.5", "0.5"},
		{"number", strings.Repeat("7", 33), strings.Repeat("9", 32)}, {"number", strings.Repeat("7", 31) + ".25", strings.Repeat("7", 31)},
		{"number", strings.Repeat("7", 29) + ".2555", strings.Repeat("7", 29) + ".25"},
		{"letter", "Hi 你好 42", "Hi"}, {"letter", "你好", "N"},
		{"symbol", "a+b=c!?%^&", "+=!?%"}, {"symbol", "无", "-"},
		{"time", "2024-02-03 04:05:06", "2024年2月3日 04:05"}, {"time", "15:01", "15:01"}, {"time", "9:07", "09:07"}, {"time", "2019年10月1日 15:01", "2019年10月1日 15:01"},
		{"time", "2024-12-31T23:30:00Z", "2025年1月1日 07:30"}, {"time", "09:00~18:00", "09:00~18:00"}, {"time", "2024/2/29", "2024年2月29日 00:00"},
		{"time", "2024-02-30 25:61", "00:00"}, {"time", "", "00:00"}, {"time", "明天", "00:00"},
		{"date", "2024-02-03", "2024年2月3日"}, {"date", "2024-02-03 04:05", "2024年2月3日 04:05"}, {"date", "15:01", "2000年1月1日"}, {"date", "2023-02-29", "2000年1月1日"},
		{"date", "2024-01-01~2024-01-31", "2024年1月1日~2024年1月31日"}, {"date", "", "2000年1月1日"},
		{"amount", "12.3元", "¥12.3"}, {"amount", "￥1,000", "¥1000"}, {"amount", "$9.999", "$9.99"}, {"amount", "免费", "¥0"},
		{"amount", "12345678901", "¥9999999999"}, {"amount", "123456789.99", "¥123456789.9"},
		{"phone_number", "+86-138 0013 8000", "+86-13800138000"}, {"phone_number", "暂无", "0"}, {"phone_number", "+-()", "0"},
		{"car_number", "粤Ａ·8z888挂", "粤A8Z888挂"}, {"car_number", "京A12345D", "京A12345"}, {"car_number", "无", "A00000"}, {"car_number", "", "A00000"},
		{"name", "张三", "张三"}, {"name", "Bob Smith", "Bob-Smith"}, {"name", "小明Bob97", "小明"}, {"name", "97", "无"}, {"name", "欧阳一二三四五六七八九十", "欧阳一二三四五六七八"},
		{"phrase", "已完成", "已完成"}, {"phrase", "OK", "通知"}, {"phrase", "一二三四五六", "一二三四五"},
		{"没有这种", "照 thing 处理", "照 thing 处理"},
	}
	for _, tt := range tests {
		got := Render(tt.kind, tt.value)
		if got != tt.want {
			t.Errorf("Render(%q, %q) = %q, want %q", tt.kind, tt.value, got, tt.want)
		}
		if err := obeys(tt.kind, got); err != nil {
			t.Errorf("Render(%q, %q) = %q: %v", tt.kind, tt.value, got, err)
		}
	}
}

func TestRender_ObeysEveryKindForAnyText(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		"重启", "服务器", "a", "Z", "0", "12", "9.5", "-", "~", ":", "年", "月", "日", "2024-02-29", "15:04", "¥", "元", ",", ".", " ", "\n", "\x00", "\xff",
		"🔥", "👨‍👩‍👧", "\u200d", "\ufe0f", "\u202e", "\u0301", "𠮷", "Ａ", "０", "　", "々", "〇", "鿿", "\ue000", "\U000e0041", "\u2028", "é", "İ", "ß", "挂", "+", "(", "T", "Z",
	})
	text := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(pieces, 0, 40).Draw(t, "pieces"), "")
	}))
	rapid.Check(t, func(t *rapid.T) {
		kind, value := rapid.SampledFrom(Kinds()).Draw(t, "kind"), text.Draw(t, "value")
		got := Render(kind, value)
		if err := obeys(kind, got); err != nil {
			t.Fatalf("Render(%q, %q) = %q: %v", kind, value, got, err)
		}
		if again := Render(kind, got); again != got {
			t.Fatalf("Render(%q, %q) = %q, and once more %q", kind, value, got, again)
		}
	})
}

func FuzzRender(f *testing.F) {
	f.Add("thing", "服务器磁盘空间不足，请尽快清理日志文件")
	f.Fuzz(func(t *testing.T, kind, value string) {
		got := Render(kind, value)
		if err := obeys(kind, got); err != nil {
			t.Fatalf("Render(%q, %q) = %q: %v", kind, value, got, err)
		}
	})
}

func BenchmarkRender(b *testing.B) {
	for b.Loop() {
		Render("thing", "服务器磁盘空间不足，请尽快清理日志文件以免影响服务")
		Render("time", "2024-02-03 04:05:06")
		Render("character_string", "A1b2C3")
	}
}
