package pay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Settings are what WeChat Pay does, and what nobody outside knows that it
// does. Shares lie between 0 and 1, names ending in Ms are milliseconds, and a
// limit of 0 is none.
type Settings struct {
	MerchantName string `json:"merchantName"` // on the pay sheet
	SkewMs       int64  `json:"skewMs"`       // how far its signatures' clock is ahead

	// Orders.
	PrepaySeconds   int64 `json:"prepaySeconds"`   // life of a prepay_id and of a code_url
	ExpireSeconds   int64 `json:"expireSeconds"`   // of an order without time_expire
	ExpiredCloses   bool  `json:"expiredCloses"`   // an expired order is CLOSED, else NOTPAY
	RequireHTTPS    bool  `json:"requireHTTPS"`    // of notify_url
	LengthsInBytes  bool  `json:"lengthsInBytes"`  // else in characters
	CertificateOnly bool  `json:"certificateOnly"` // a request without Wechatpay-Serial is answered by the certificate, else by the public key
	// ReuseAnswer to a used out_trade_no with other parameters: duplicate,
	// mismatch, param or used. ReuseRefused is how often the same parameters
	// meet it too.
	ReuseAnswer  string  `json:"reuseAnswer"`
	ReuseRefused float64 `json:"reuseRefused"`
	// ClosePaidCode answers the closing of a paid order.
	ClosePaidCode string `json:"closePaidCode"`

	// Paying. PayingMs keeps an order at USERPAYING before it is paid.
	PayingMs    int64   `json:"payingMs"`
	FailPayment float64 `json:"failPayment"` // the bank refuses

	// Notices. CertificateNotices is the share signed by the platform's
	// certificate instead of the public key.
	NoticeTimeoutMs    int64   `json:"noticeTimeoutMs"`
	NoticeMinMs        int64   `json:"noticeMinMs"` // before the first attempt
	NoticeMaxMs        int64   `json:"noticeMaxMs"`
	CertificateNotices float64 `json:"certificateNotices"`
	DropNotices        float64 `json:"dropNotices"`      // never sent at all
	DuplicateNotices   float64 `json:"duplicateNotices"` // sent twice, at once or one after the other
	ReorderNotices     float64 `json:"reorderNotices"`   // held back up to a minute
	// Fakes are requests before a real notice that must be refused, by kind
	// (FakeKinds) and how often. FakesOnly sends them in its place.
	Fakes     map[string]float64 `json:"fakes"`
	FakesOnly bool               `json:"fakesOnly"`

	// Refunds.
	RefundMinMs          int64   `json:"refundMinMs"` // from accepted to done
	RefundMaxMs          int64   `json:"refundMaxMs"`
	RefundEnd            string  `json:"refundEnd"` // SUCCESS, CLOSED or ABNORMAL
	RefundSpacingSeconds int64   `json:"refundSpacingSeconds"`
	RefundMax            int     `json:"refundMax"`  // of one order
	RefundDays           int64   `json:"refundDays"` // after payment
	NotEnough            float64 `json:"notEnough"`  // 403 NOT_ENOUGH

	// Bills. A day's bill is CREATING until BillMinutes after the next
	// midnight in Beijing.
	BillMinutes        int64 `json:"billMinutes"`
	BillCreating       bool  `json:"billCreating"`       // whatever the time
	BillCreatingStatus int   `json:"billCreatingStatus"` // HTTP status of STATEMENT_CREATING: unknown
	BillURLSeconds     int64 `json:"billURLSeconds"`
	BillBOM            bool  `json:"billBOM"` // the file begins with a byte order mark
}

// Real is WeChat Pay as documented; where it says nothing, a middle guess.
func Real() Settings {
	return Settings{
		MerchantName:  wordsMerchant,
		PrepaySeconds: 7200, ExpireSeconds: 7 * 86400,
		ReuseAnswer: "duplicate", ClosePaidCode: "INVALID_REQUEST",
		NoticeTimeoutMs: 5000, NoticeMinMs: 200, NoticeMaxMs: 2000,
		RefundMinMs: 2000, RefundMaxMs: 10_000, RefundEnd: "SUCCESS", RefundSpacingSeconds: 60, RefundMax: 50, RefundDays: 365,
		BillMinutes: 600, BillCreatingStatus: 400, BillURLSeconds: 300,
	}
}

// Fast keeps every rule of Real and drops the waiting.
func Fast() Settings {
	s := Real()
	s.NoticeMinMs, s.NoticeMaxMs, s.RefundMinMs, s.RefundMaxMs = 0, 0, 0, 0
	return s
}

// Hostile does at once what happens now and then.
func Hostile() Settings {
	s := Fast()
	s.NoticeMaxMs, s.RefundMaxMs = 2000, 2000
	s.CertificateNotices, s.DropNotices, s.DuplicateNotices, s.ReorderNotices = 0.3, 0.05, 0.2, 0.2
	s.ReuseRefused, s.ExpiredCloses = 0.1, true
	s.Fakes = map[string]float64{}
	for _, kind := range FakeKinds {
		s.Fakes[kind] = 0.05
	}
	return s
}

// ErrSetting says that a setting has a value it cannot have.
var ErrSetting = errors.New("bad pay setting")

// Validate names the first setting that cannot be.
func (s *Settings) Validate() error {
	for name, share := range map[string]float64{"reuseRefused": s.ReuseRefused, "failPayment": s.FailPayment, "certificateNotices": s.CertificateNotices,
		"dropNotices": s.DropNotices, "duplicateNotices": s.DuplicateNotices, "reorderNotices": s.ReorderNotices, "notEnough": s.NotEnough} {
		if share < 0 || share > 1 {
			return fmt.Errorf("%w: %s %g is not within 0 and 1", ErrSetting, name, share)
		}
	}
	for kind, share := range s.Fakes {
		if !slices.Contains(FakeKinds, kind) || share < 0 || share > 1 {
			return fmt.Errorf("%w: fakes %q %g is none of %v with a share within 0 and 1", ErrSetting, kind, share, FakeKinds)
		}
	}
	switch {
	case s.NoticeTimeoutMs < 1:
		return fmt.Errorf("%w: noticeTimeoutMs %d is not positive", ErrSetting, s.NoticeTimeoutMs)
	case reuseRefusals[s.ReuseAnswer] == nil:
		return fmt.Errorf("%w: reuseAnswer %q is none of duplicate, mismatch, param, used", ErrSetting, s.ReuseAnswer)
	case refundEvents[s.RefundEnd] == "":
		return fmt.Errorf("%w: refundEnd %q is none of SUCCESS, CLOSED, ABNORMAL", ErrSetting, s.RefundEnd)
	case closePaidStatus[s.ClosePaidCode] == 0:
		return fmt.Errorf("%w: closePaidCode %q is none of INVALID_REQUEST, ORDERPAID, TRADE_ERROR", ErrSetting, s.ClosePaidCode)
	case s.BillCreatingStatus < 200 || s.BillCreatingStatus > 599:
		return fmt.Errorf("%w: billCreatingStatus %d is no HTTP status", ErrSetting, s.BillCreatingStatus)
	}
	return nil
}

// A Dial is an object of settings, by their JSON names, that lies over the
// others for as long as the faults stand.
type Dial map[string]json.RawMessage

// Over returns s under the dial. Names that are no settings are refused.
func (s Settings) Over(d Dial) (Settings, error) {
	if len(d) == 0 {
		return s, nil
	}
	object, err := json.Marshal(d)
	if err != nil {
		return s, fmt.Errorf("%w: %w", ErrSetting, err)
	}
	s = s.Clone()
	read := json.NewDecoder(bytes.NewReader(object))
	read.DisallowUnknownFields()
	if err := read.Decode(&s); err != nil {
		return s, fmt.Errorf("%w: %w", ErrSetting, err)
	}
	return s, s.Validate()
}

// Clone is a copy that shares nothing with s.
func (s Settings) Clone() Settings {
	fakes := make(map[string]float64, len(s.Fakes))
	for kind, share := range s.Fakes {
		fakes[kind] = share
	}
	s.Fakes = fakes
	return s
}
