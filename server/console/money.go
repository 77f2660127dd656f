package console

import (
	"fmt"
	"strconv"
	"strings"
)

// money writes fen as people read them.
func money(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s¥%s.%02d", sign, num(fen/100), fen%100)
}

// plainMoney writes fen as a field or a spreadsheet holds them.
func plainMoney(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}

// fenOf reads an amount as people write it, such as 9.9 or ¥1,200. What is none,
// or holds parts of a fen, gives -1.
func fenOf(text string) int64 {
	text = strings.NewReplacer(",", "", "，", "", "¥", "", "￥", "", "元", "", " ", "").Replace(text)
	whole, part, dot := strings.Cut(text, ".")
	if len(part) > 2 || dot && part == "" || strings.Trim(whole+part, "0123456789") != "" || whole == "" || len(whole) > 12 {
		return -1
	}
	fen, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	if err != nil {
		return -1
	}
	return fen
}
