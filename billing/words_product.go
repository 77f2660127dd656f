package billing

import (
	"fmt"
	"time"
)

// What people read of products.
const (
	textProductName     = "产品名要有 1 到 %d 个字符，现在是 %d 个。请改正后再保存。"
	textDescription     = "介绍最多 %d 个字符，现在是 %d 个。请缩短后再保存。"
	textNotText         = "名称或介绍里有无法保存的字符。请删去后再保存。"
	textTrialDays       = "试用天数要在 0 到 %d 之间。请改正后再保存。"
	textResources       = "一个产品最多包含 %d 项，现在是 %d 项。请去掉一些后再保存。"
	textPlans           = "一个产品最多有 %d 个套餐，现在是 %d 个。请去掉一些后再保存。"
	textPlanDays        = "套餐的天数要在 1 到 %d 之间。请改正后再保存。"
	textPlanPrice       = "套餐的价格要在 ¥0.01 和 %s 之间。请改正后再保存。"
	textForeignResource = "产品只能包含本应用和它的主题。请重新选择。"
	textNoPlan          = "产品还没有套餐。请先添加一个套餐，再提交审核。"
	textNoResource      = "产品还没有包含任何应用或主题。请先选择，再提交审核。"
	textNeedReason      = "请写明原因，1 到 %d 个字符，产品的所有者会看到。"
)

// wordsStates name the states.
var wordsStates = map[ProductState]string{Draft: "草稿", Submitted: "待审核", Listed: "已上架", Warned: "将下架", Delisted: "已下架"}

func submittedText(p Product) string {
	return fmt.Sprintf("产品「%s」提交了审核。请到控制台的「产品审核」里查看，同意或退回。", plain(p.Name))
}

func listedText(p Product) string {
	return fmt.Sprintf("产品「%s」通过了审核，已在消息市场上架。\n\n连续 3 天没有通过它推送消息会收到提醒，6 天会自动下架。", plain(p.Name))
}

func refusedText(p Product, reason string) string {
	return fmt.Sprintf("产品「%s」没有通过审核：%s\n\n请修改后重新提交。", plain(p.Name), plain(reason))
}

func delistedText(p Product, reason string) string {
	return fmt.Sprintf("产品「%s」被管理员下架：%s\n\n已付费的用户不受影响。修改后可以重新提交审核。", plain(p.Name), plain(reason))
}

const textSilent = "连续 6 天没有推送，自动下架"

func warnedText(p Product, now time.Time) string {
	since := p.ListedAt
	if p.PushedAt.After(since) {
		since = p.PushedAt
	}
	leaves := now.Add(WarnedFor)
	if at := since.Add(DelistAfter); at.After(leaves) {
		leaves = at
	}
	return fmt.Sprintf("产品「%s」从 %s 起没有推送过消息，已连续 3 天以上。\n\n如果到 %s 仍没有推送，它会自动从消息市场下架。通过它包含的应用或主题推送一条消息，提醒就会解除。",
		plain(p.Name), date(since), date(leaves))
}

func silentText(p Product) string {
	return fmt.Sprintf("产品「%s」连续 6 天没有推送过消息，已自动从消息市场下架。\n\n已付费的用户不受影响。要重新上架：先通过它包含的应用或主题推送一条消息，再到控制台的「产品」里点「重新上架」，不用重新审核。",
		plain(p.Name))
}
