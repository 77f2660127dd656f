package billing

import "fmt"

// What people read of bills and differences.
const (
	textNeedNote     = "请写明查到了什么、怎么处理的，1 到 %d 个字符。"
	textNotBooked    = "没有入账"
	textNotInBill    = "前后两天的账单里都没有"
	textLaterInBill  = "后来的账单 %s 里有"
	textLedgerBroken = "流水自相矛盾"
	textEndDiffers   = "到期时间与流水不符"
)

func differencesText(day string, n int64) string {
	return fmt.Sprintf("微信支付 %s 的账单与账本有 %d 处不一致。\n\n请到控制台的「支付」里逐条核对：每条都写着该怎么做。", day, n)
}
