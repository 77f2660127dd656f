package wechatpay

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"hongyan/billing"
)

// The calls, as errors and metrics name them.
const (
	callPrepay      = "prepay"
	callQuery       = "query"
	callClose       = "close"
	callRefund      = "refund"
	callRefundQuery = "refund query"
	callBill        = "bill"
	callBillFile    = "bill file"
	callCheck       = "check"

	callCertificates = "certificates"
)

// errClosed is an attempt that was closed before.
var errClosed = errors.New("the trade is closed")

// meanings are codes that are an answer, for every call and for one. Old names
// of a code stand beside the new.
var meanings = map[string]map[string]error{
	"": {
		"ORDER_NOT_EXIST":    billing.ErrNoTrade,
		"ORDERNOTEXIST":      billing.ErrNoTrade,
		"OUT_TRADE_NO_USED":  billing.ErrTradeNoUsed,
		"ORDER_PAID":         billing.ErrTradePaid,
		"ORDERPAID":          billing.ErrTradePaid,
		"USER_PAYING":        billing.ErrTradePaying,
		"USERPAYING":         billing.ErrTradePaying,
		"NO_STATEMENT_EXIST": billing.ErrNoBill,
		"STATEMENT_CREATING": billing.ErrBillLater,
	},
	callPrepay:      {"ORDER_CLOSED": billing.ErrTradeNoUsed, "ORDERCLOSED": billing.ErrTradeNoUsed},
	callClose:       {"ORDER_CLOSED": errClosed, "ORDERCLOSED": errClosed},
	callRefund:      {"RESOURCE_NOT_EXISTS": billing.ErrNoTrade},
	callRefundQuery: {"RESOURCE_NOT_EXISTS": billing.ErrNoTrade},
}

// spoken are conditions that WeChat Pay tells by the text alone, under
// INVALID_REQUEST or PARAM_ERROR, as merchants report; no code exists for them.
var spoken = []struct {
	call, text string
	err        error
}{
	{callPrepay, "订单号重复", billing.ErrTradeNoUsed},
	{callPrepay, "重入", billing.ErrTradeNoUsed},
	{callPrepay, "已支付", billing.ErrTradePaid},
	{callPrepay, "已关闭", billing.ErrTradeNoUsed},
	{callClose, "已支付", billing.ErrTradePaid},
	{callClose, "已关闭", errClosed},
}

// temporary are codes that pass by themselves, whatever their status.
var temporary = map[string]bool{
	"FREQUENCY_LIMITED": true, "FREQUENCY_LIMIT_EXCEED": true, "FREQUENCY_LIMIT": true, "RATELIMIT_EXCEEDED": true,
	"SYSTEM_ERROR": true, "SYSTEMERROR": true, "BANK_ERROR": true, "BANKERROR": true,
}

// permanent are codes under a 5xx that no repetition helps.
var permanent = map[string]bool{"OPENID_MISMATCH": true}

// ofSetup are codes that blame the merchant's configuration.
var ofSetup = map[string]bool{
	"SIGN_ERROR": true, "NO_AUTH": true, "APPID_MCHID_NOT_MATCH": true, "APPID_NOT_EXIST": true,
	"MCH_NOT_EXISTS": true, "MCHID_NOT_EXIST": true, "INVALID_MCHID": true,
}

// meaning is the error of an answer that is none of success.
func meaning(call string, status int, code, message string) error {
	for _, of := range []string{call, ""} {
		if err := meanings[of][code]; err != nil {
			return fmt.Errorf("wechat pay %s: %w", call, err)
		}
	}
	if code == "INVALID_REQUEST" || code == "PARAM_ERROR" {
		for _, s := range spoken {
			if s.call == call && strings.Contains(message, s.text) {
				return fmt.Errorf("wechat pay %s: %w", call, s.err)
			}
		}
	}
	switch {
	case code == "" || temporary[code] || status == http.StatusTooManyRequests,
		status/100 != 4 && !permanent[code]:
		return &Failure{Call: call, Status: status, Code: code}
	}
	return &billing.Refusal{Code: code, Text: refusalText(code, cleanMessage(message)), Setup: ofSetup[code]}
}

var codeShape = regexp.MustCompile(`^[A-Z0-9_]{1,64}$`)

// cleanCode drops what is no code.
func cleanCode(code string) string {
	if !codeShape.MatchString(code) {
		return ""
	}
	return code
}

// maxMessage bounds what is shown of WeChat Pay's own words, in characters.
const maxMessage = 80

// word is a run that could be a number, a key or a signature.
var word = regexp.MustCompile(`[A-Za-z0-9_\-+=|*/]+`)

// cleanMessage is WeChat Pay's text without what it quotes of the request:
// openids, numbers, serials, signatures.
func cleanMessage(message string) string {
	message = strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) && !unicode.Is(unicode.Bidi_Control, r) && r != unicode.ReplacementChar {
			return r
		}
		return ' '
	}, message)
	message = word.ReplaceAllStringFunc(message, func(run string) string {
		switch {
		case len(run) >= 6 && strings.ContainsAny(run, "0123456789"), len(run) >= 20 && !strings.Contains(run, "/"), len(run) >= 40:
			return "…"
		}
		return run // a word, or the path of a field
	})
	return cut(strings.TrimSpace(message), maxMessage)
}

// cut keeps at most n characters.
func cut(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}

// cutBytes keeps whole characters of at most n bytes.
func cutBytes(text string, n int) string {
	if len(text) <= n {
		return text
	}
	n -= len("…")
	for !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "…"
}
