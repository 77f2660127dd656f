package sandbox

import (
	"strconv"
	"sync"
	"time"
)

// Error codes of the platform that this package gives.
const (
	codeBusy            = -1
	codeBadSecret       = 40001
	codeBadGrant        = 40002
	codeBadOpenID       = 40003
	codeBadAppID        = 40013
	codeBadToken        = 40014
	codeBadOAuthCode    = 40029
	codeBadMenu         = 40033
	codeBadURLSize      = 40039
	codeBadTemplate     = 40037
	codeBadMsgType      = 40008
	codeBadAction       = 40052
	codeBadActionInfo   = 40053
	codeBadURL          = 40066
	codeUsedOAuthCode   = 40163
	codeBadIP           = 40164
	codeRepeated        = 40241
	codeBlockedContent  = 40249
	codeNoToken         = 41001
	codeNoAppID         = 41002
	codeNoSecret        = 41004
	codeTokenExpired    = 42001
	codeMustGET         = 43001
	codeMustPOST        = 43002
	codeNotFollowing    = 43004
	codeTemplateBanned  = 43116
	codeTooFrequent     = 43117
	codeEmptyBody       = 44002
	codeTooLong         = 45002
	codeQuota           = 45009
	codeWindowOver      = 45015
	codeTooManyCodes    = 45029
	codeWindowUsed      = 45047
	codeTypingNotNeeded = 45072
	codeNoMenu          = 46003
	codeNotJSON         = 47001
	codeBadArgument     = 47003
	codeRefuses         = 48002
	codeClearUsed       = 48006
	codeBadQuotaPath    = 76021
	codeBadRID          = 76023
)

// messages are the platform's texts for its codes, without the rid.
var messages = map[int]string{
	codeBusy:            "system error",
	codeBadSecret:       "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
	codeBadGrant:        "invalid grant_type",
	codeBadOpenID:       "invalid openid",
	codeBadMsgType:      "invalid message type",
	codeBadAppID:        "invalid appid",
	codeBadToken:        "invalid access_token",
	codeBadOAuthCode:    "invalid code",
	codeBadMenu:         "invalid charset. please check your request, if include \\uxxxx will create fail!",
	codeBadTemplate:     "invalid template_id",
	codeBadURLSize:      "invalid url size",
	codeBadAction:       "invalid action name",
	codeBadActionInfo:   "invalid action info",
	codeBadURL:          "invalid url",
	codeUsedOAuthCode:   "code been used",
	codeRepeated:        "The message is duplicate in 60 seconds",
	codeBlockedContent:  "this template msg has been blocked for illegal content",
	codeNoToken:         "access_token missing",
	codeNoAppID:         "appid missing",
	codeNoSecret:        "appsecret missing",
	codeTokenExpired:    "access_token expired",
	codeMustGET:         "require GET method",
	codeMustPOST:        "require POST method",
	codeNotFollowing:    "require subscribe",
	43019:               "require remove blacklist",
	43101:               "user refuse to accept the msg",
	codeTemplateBanned:  "This template_id is banned",
	codeTooFrequent:     "Sending messages to this openid too frequently, please try later",
	codeEmptyBody:       "empty post data",
	codeTooLong:         "content size out of limit",
	codeQuota:           "reach max api daily quota limit",
	45011:               "api minute-quota reach limit, must slower, retry next minute",
	codeWindowOver:      "response out of time limit or subscription is canceled",
	codeTooManyCodes:    "qrcode count out of limit",
	codeWindowUsed:      "out of response count limit",
	codeTypingNotNeeded: "invalid command",
	codeNoMenu:          "menu no exist",
	codeNotJSON:         "data format error",
	codeBadArgument:     "argument invalid!",
	48001:               "api unauthorized",
	codeRefuses:         "user block message",
	48004:               "api forbidden for irregularities",
	codeClearUsed:       "forbid to clear quota because of reaching the limit",
	50002:               "user limited",
	50004:               "forbidden token interface",
	50007:               "account frozen",
	codeBadQuotaPath:    "cgi_path not found, please check",
	codeBadRID:          "rid not found",
	89503:               "this ip calling needs admin confirm, please contact admin",
	89506:               "this ip calling has been refused by admin twice in 24 hours",
	89507:               "this ip calling has been refused by admin in 1 hour",
}

// A refusal is an answer with an errcode.
type refusal struct {
	code int
	text string // replaces the code's own text
}

// Error is the code and its text.
func (r *refusal) Error() string { return strconv.Itoa(r.code) + " " + r.message() }

func (r *refusal) message() string {
	if r.text != "" {
		return r.text
	}
	if text, ok := messages[r.code]; ok {
		return text
	}
	return "error"
}

func refuse(code int) *refusal { return &refusal{code: code} }

// appendRefusal writes the answer of an error; every errmsg ends with a rid.
func appendRefusal(out []byte, r *refusal, rid string) []byte {
	out = append(out, `{"errcode":`...)
	out = strconv.AppendInt(out, int64(r.code), 10)
	out = append(out, `,"errmsg":`...)
	out = appendString(out, r.message()+" rid: "+rid)
	return append(out, '}')
}

const answerOK = `{"errcode":0,"errmsg":"ok"}`

// rids remember the last refused calls, for openapi/rid/get.
type rids struct {
	mu    sync.Mutex
	known map[string]riddenCall
	order []string
}

type riddenCall struct {
	at     time.Time
	cost   time.Duration
	url    string // without the query, which holds the token
	body   string
	answer string
	ip     string
}

const ridsKept = 1000

func newRIDs() *rids { return &rids{known: map[string]riddenCall{}} }

func (r *rids) put(rid string, c riddenCall) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.order) >= ridsKept {
		delete(r.known, r.order[0])
		r.order = r.order[1:]
	}
	r.known[rid] = c
	r.order = append(r.order, rid)
}

func (r *rids) get(rid string) (riddenCall, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.known[rid]
	return c, ok
}
