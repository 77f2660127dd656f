package pay

import (
	"encoding/json"
	"net/http"
)

// A refusal is an answer with an error code.
type refusal struct {
	status int
	code   string
	text   string
	detail *detail
}

// A detail points at the field that is wrong.
type detail struct {
	Field    string `json:"field"`
	Value    string `json:"value"`
	Issue    string `json:"issue"`
	Location string `json:"location"`
}

// Error is the code and its text.
func (r *refusal) Error() string { return r.code + " " + r.text }

func refuse(status int, code, text string) *refusal {
	return &refusal{status: status, code: code, text: text}
}

func badSign(text string) *refusal {
	return &refusal{status: http.StatusUnauthorized, code: "SIGN_ERROR", text: text,
		detail: &detail{Field: "signature", Issue: "sign not match", Location: "authorization"}}
}

// badField refuses one field of the body.
func badField(field, value, issue string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: "PARAM_ERROR", text: "输入源“/body/" + field + "”" + issue,
		detail: &detail{Field: "/body/" + field, Value: value, Issue: issue, Location: "body"}}
}

func (r *refusal) body() []byte {
	text, _ := json.Marshal(struct { // strings only
		Code    string  `json:"code"`
		Message string  `json:"message"`
		Detail  *detail `json:"detail,omitempty"`
	}{r.code, r.text, r.detail})
	return text
}

// statuses are the HTTP status of each code.
var statuses = map[string]int{
	"PARAM_ERROR": 400, "INVALID_REQUEST": 400, "APPID_MCHID_NOT_MATCH": 400, "MCH_NOT_EXISTS": 400, "ORDER_CLOSED": 400,
	"NO_STATEMENT_EXIST": 400, "STATEMENT_CREATING": 400, "SIGN_ERROR": 401,
	"NO_AUTH": 403, "RULE_LIMIT": 403, "TRADE_ERROR": 403, "ACCOUNT_ERROR": 403, "NOT_ENOUGH": 403, "OUT_TRADE_NO_USED": 403,
	"ORDER_NOT_EXIST": 404, "RESOURCE_NOT_EXISTS": 404, "FREQUENCY_LIMITED": 429, "FREQUENCY_LIMIT_EXCEED": 429,
	"SYSTEM_ERROR": 500, "OPENID_MISMATCH": 500, "BANK_ERROR": 500, "USER_PAYING": 202, "USERPAYING": 202,
}

// Refuse is the answer of a code that was dialled in: its body, and its HTTP
// status unless one is given.
func Refuse(code, message string, status int) (int, []byte) {
	if status == 0 {
		if status = statuses[code]; status == 0 {
			status = http.StatusInternalServerError
		}
	}
	if message == "" {
		message = "系统繁忙，请稍后重试"
	}
	return status, refuse(status, code, message).body()
}
