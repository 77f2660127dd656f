package sandbox

import (
	"errors"
	"fmt"

	"hongyan/oa"
	"hongyan/oa/sandbox/pay"
)

// ErrProfile says that no profile has that name.
var ErrProfile = errors.New("no such profile")

// Profile gives the settings of that name. Callback mode and format belong to
// the account and are kept when a profile is chosen.
func Profile(name string) (Settings, error) {
	switch name {
	case "", "real":
		return realProfile(), nil
	case "fast":
		return fastProfile(), nil
	case "bench":
		return benchProfile(), nil
	case "hostile":
		return hostileProfile(), nil
	}
	return Settings{}, fmt.Errorf("%w: %q is none of real, fast, bench, hostile", ErrProfile, name)
}

// realProfile is WeChat as documented; where it says nothing, a middle guess.
func realProfile() Settings {
	return Settings{
		Profile:      "real",
		CallbackMode: oa.ModeSafe, CallbackTimeoutMs: 5000, CallbackAttempts: 3, CallbackPool: 64,
		MenuID:       "given",
		TokenSeconds: 7200, TokenOverlapSeconds: 300,
		StableForcePerDay: 20, StableForceSpacingMs: 30_000, ClearQuotaPerMonth: 10,
		Quotas:   realQuotas(),
		SoftRate: 250, MaxInFlight: 400, LatencyMinMs: 20, LatencyMaxMs: 80,
		CheckFields: true, CheckTemplate: true, CheckFollow: true, UnfollowedCode: codeNotFollowing,
		UserPerMinute: 60, RepeatSeconds: 60, BlockedWords: []string{"红包", "优惠券", "领取奖励"},
		ClientMsgIDSeconds: 600, ClientMsgIDAnswer: "same", ClientMsgIDCode: 40241, ClientMsgIDMax: 64,
		FinishMaxMs: 3000, FinishStatus: statusSystemFailed,
		CheckWindows: true, SaidQuota: 5, SaidHours: 48, TapQuota: 3, TapSeconds: 60,
		QRDefaultSeconds: 60, QRPermanentMax: 100_000, CodeSeconds: 300,
		ChatEntries: 200, ChatTotal: 300_000,
		Pay: pay.Real(),
	}
}

func realQuotas() map[string]int64 {
	return map[string]int64{
		pathToken:        2_000,
		pathStableToken:  500_000,
		pathTemplateSend: 100_000,
		pathCustomSend:   500_000,
		pathQRCreate:     100_000,
		pathMenuCreate:   1_000,
		pathMenuGet:      10_000,
		pathMenuDelete:   1_000,
		pathUserGet:      500,
		pathUserInfo:     5_000_000,
	}
}

// fastProfile keeps every rule of real and drops the waiting.
func fastProfile() Settings {
	s := realProfile()
	s.Profile = "fast"
	s.LatencyMinMs, s.LatencyMaxMs, s.FinishMaxMs = 0, 0, 0
	s.SoftRate, s.MaxInFlight = 0, 0
	s.Pay = pay.Fast()
	return s
}

// benchProfile has no quota, no rate and no repeat rule. It still knows a
// repeated client_msg_id and still reports every finish.
func benchProfile() Settings {
	s := fastProfile()
	s.Profile = "bench"
	s.Quotas = map[string]int64{}
	s.UserPerMinute, s.RepeatSeconds, s.BlockedWords = 0, 0, nil
	s.ClearQuotaPerMonth, s.StableForcePerDay, s.StableForceSpacingMs = 0, 0, 0
	s.Pay.RefundSpacingSeconds = 0
	return s
}

// hostileProfile does at once what WeChat has been seen to do now and then.
func hostileProfile() Settings {
	s := fastProfile()
	s.Profile = "hostile"
	s.CallbackDuplicate, s.Noise, s.MenuID = 0.2, 0.3, "zero"
	s.CallbackOverlapMs = 1500
	s.TokenSeconds, s.TokenOverlapSeconds = 30, 0
	s.LatencyMaxMs, s.FinishMaxMs = 200, 2000
	s.BusyRatio, s.BusyDelivered, s.CutDelivered, s.HangDelivered = 0.05, 0.05, 0.05, 0.01
	s.ClientMsgIDAnswer = "new"
	s.DropFinish, s.DuplicateFinish, s.EarlyFinish, s.ReorderFinish = 0.05, 0.1, 0.1, 0.3
	s.FailFinish, s.FinishStatus, s.FinishLower = 0.05, statusFreqLimit, true
	s.QRAnswersZero = true
	s.Pay = pay.Hostile()
	return s
}
