package console

import (
	"cmp"
	"slices"
	"time"

	"hongyan/billing"
	"hongyan/push"
)

// An advice is something that needs attention: what is the matter, what to do,
// and where.
type advice struct {
	tone         string // bad or wait
	text, remedy words
	url          string // "": nowhere in the console
	link         words
}

// conditions are all that is looked at.
var conditions = []func(push.Installation, System, time.Time) *advice{
	func(in push.Installation, _ System, now time.Time) *advice {
		if !in.PausedUntil.After(now) {
			return nil
		}
		return &advice{"bad", say("公众号暂停发送到 %s：%s", clock(in.PausedUntil), in.PauseReason), say("消息都在排队，不会丢失。修好原因后，可以在「公众号」里立即恢复。"),
			Prefix + "admin/account", say("公众号")}
	},
	func(_ push.Installation, s System, _ time.Time) *advice {
		if s.DiskSize == 0 || s.DiskFree*100/s.DiskSize >= 10 && s.DiskFree >= 1<<30 {
			return nil
		}
		return &advice{"bad", say("磁盘只剩 %s", bytesText(s.DiskFree)), say("写满后收不下新的消息。请清理磁盘，或换一个更大的。"), "", words{}}
	},
	func(_ push.Installation, s System, _ time.Time) *advice {
		if s.Redis == "" || s.Redis == "ok" {
			return nil
		}
		return &advice{"bad", say("连不上 Redis"), say("服务没有中断，但限额只按单个节点计算，缓存不再共享。请检查 Redis 和 --redis 的地址。"), "", words{}}
	},
	func(in push.Installation, _ System, _ time.Time) *advice {
		if in.Quota.At.IsZero() || in.Quota.Limit == 0 || in.Quota.Left*10 > in.Quota.Limit {
			return nil
		}
		return &advice{"wait", say("今天的模板消息只剩 %s 条", num(in.Quota.Left)), say("用完后微信拒绝发送，直到北京时间零点。可以先减少群发，或在公众平台清零一次调用额度。"), "", words{}}
	},
	func(in push.Installation, _ System, now time.Time) *advice {
		if !in.PausedUntil.IsZero() || in.Deliveries.Oldest.IsZero() || now.Sub(in.Deliveries.Oldest) < time.Minute {
			return nil
		}
		return &advice{"wait", say("最早的消息已等待 %s", push.WaitText(now.Sub(in.Deliveries.Oldest))), say("可能正在群发，也可能微信变慢了。运行检查可以看到原因。"), Prefix + "admin/account?check=1", say("运行检查")}
	},
	func(in push.Installation, _ System, now time.Time) *advice {
		if in.Callbacks.Oldest.IsZero() || now.Sub(in.Callbacks.Oldest) < time.Minute {
			return nil
		}
		return &advice{"wait", say("最早的回调已等待 %s", push.WaitText(now.Sub(in.Callbacks.Oldest))), say("多半是开发者的服务器应答太慢。其他应用的回调不受影响。"), "", words{}}
	},
	func(in push.Installation, _ System, _ time.Time) *advice {
		if len(in.FailedJobs) == 0 {
			return nil
		}
		return &advice{"bad", say("定时任务「%s」上一次没有成功", jobWords(in.FailedJobs[0].Job)), say("打开它看原因；修好后可以立即执行一次。"),
			Prefix + "admin/jobs/" + in.FailedJobs[0].Job, say("查看任务")}
	},
	func(in push.Installation, _ System, _ time.Time) *advice {
		if in.Complaints == 0 {
			return nil
		}
		return &advice{"wait", say("%d 条举报等待处理", in.Complaints), say("看看消息内容，需要时撤下页面或停用应用。"), Prefix + "admin/reports", say("处理举报")}
	},
}

// attention is what needs the administrator, the worst first. It depends on
// nothing but its arguments.
func attention(in push.Installation, s System, now time.Time) (all []advice) {
	for _, look := range conditions {
		if a := look(in, s, now); a != nil {
			all = append(all, *a)
		}
	}
	return worstFirst(all)
}

// worstFirst puts bad before wait.
func worstFirst(all []advice) []advice {
	slices.SortStableFunc(all, func(a, b advice) int { return cmp.Compare(a.tone, b.tone) })
	return all
}

// attentionToMoney is what of selling needs the administrator.
func attentionToMoney(st billing.Standing) (all []advice) {
	if st.Differences > 0 {
		all = append(all, advice{"bad", say("%s 处钱款与账本不一致", num(st.Differences)), say("逐条核对，每条都写着该怎么做。"), Prefix + "admin/pay", say("核对")})
	}
	if st.Moving > 0 {
		all = append(all, advice{"wait", say("%s 笔退款两天没有完成", num(st.Moving)), say("多半是商户余额不足。充值后平台会自动再试。"), Prefix + "admin/pay", say("查看")})
	}
	if st.Undecided > 0 {
		all = append(all, advice{"wait", say("%s 笔退款申请三天没有人处理", num(st.Undecided)), say("由产品的所有者决定。可以联系他们。"), Prefix + "admin/pay", say("查看")})
	}
	if st.Waiting > 0 {
		all = append(all, advice{"wait", say("%s 个产品等待审核", num(st.Waiting)), say("看看介绍、套餐和包含的内容，再上架或退回。"), Prefix + "admin/products", say("去审核")})
	}
	return all
}
