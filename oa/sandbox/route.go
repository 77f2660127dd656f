package sandbox

import (
	"net/http"
	"sync"
	"sync/atomic"
)

// The paths of the platform that the sandbox answers.
const (
	pathToken          = "/cgi-bin/token"
	pathStableToken    = "/cgi-bin/stable_token"
	pathTemplateSend   = "/cgi-bin/message/template/send"
	pathTemplateList   = "/cgi-bin/template/get_all_private_template"
	pathTemplateAdd    = "/cgi-bin/template/api_add_template"
	pathTemplateDelete = "/cgi-bin/template/del_private_template"
	pathCustomSend     = "/cgi-bin/message/custom/send"
	pathCustomTyping   = "/cgi-bin/message/custom/typing"
	pathQRCreate       = "/cgi-bin/qrcode/create"
	pathShowQR         = "/cgi-bin/showqrcode"
	pathMenuCreate     = "/cgi-bin/menu/create"
	pathMenuGet        = "/cgi-bin/menu/get"
	pathMenuDelete     = "/cgi-bin/menu/delete"
	pathUserInfo       = "/cgi-bin/user/info"
	pathUserBatch      = "/cgi-bin/user/info/batchget"
	pathUserGet        = "/cgi-bin/user/get"
	pathQuotaGet       = "/cgi-bin/openapi/quota/get"
	pathQuotaClear     = "/cgi-bin/openapi/quota/clear"
	pathRIDGet         = "/cgi-bin/openapi/rid/get"
	pathClearQuota     = "/cgi-bin/clear_quota"
	pathClearQuotaV2   = "/cgi-bin/clear_quota/v2"
	pathCallbackIPs    = "/cgi-bin/getcallbackip"
	pathDomainIPs      = "/cgi-bin/get_api_domain_ip"
	pathTicket         = "/cgi-bin/ticket/getticket"
	pathOAuthToken     = "/sns/oauth2/access_token"
	pathOAuthRefresh   = "/sns/oauth2/refresh_token"
	pathOAuthCheck     = "/sns/auth"
	pathOAuthUser      = "/sns/userinfo"
)

// A route is one call of the platform with what is counted of it.
type route struct {
	path   string
	method string
	open   bool // needs no access_token
	secret bool // its bodies never enter the log
	handle func(*Sandbox, *call) error

	calls   atomic.Int64
	okays   atomic.Int64
	answers sync.Map // errcode → *atomic.Int64, of refusals
	used    quotaCounter
}

// table lists every call.
func (s *Sandbox) table() map[string]*route {
	const get, post = http.MethodGet, http.MethodPost
	routes := map[string]*route{}
	for _, r := range []*route{
		{path: pathToken, method: get, open: true, secret: true, handle: (*Sandbox).giveToken},
		{path: pathStableToken, method: post, open: true, secret: true, handle: (*Sandbox).giveStableToken},
		{path: pathTemplateSend, method: post, handle: (*Sandbox).sendTemplate},
		{path: pathTemplateList, method: get, handle: (*Sandbox).listTemplates},
		{path: pathTemplateAdd, method: post, handle: (*Sandbox).addTemplate},
		{path: pathTemplateDelete, method: post, handle: (*Sandbox).deleteTemplate},
		{path: pathCustomSend, method: post, handle: (*Sandbox).sendCustom},
		{path: pathCustomTyping, method: post, handle: (*Sandbox).typing},
		{path: pathQRCreate, method: post, handle: (*Sandbox).createQR},
		{path: pathShowQR, method: get, open: true, handle: (*Sandbox).showQR},
		{path: pathMenuCreate, method: post, handle: (*Sandbox).createMenu},
		{path: pathMenuGet, method: get, handle: (*Sandbox).getMenu},
		{path: pathMenuDelete, method: get, handle: (*Sandbox).deleteMenu},
		{path: pathUserInfo, method: get, handle: (*Sandbox).userInfo},
		{path: pathUserBatch, method: post, handle: (*Sandbox).userBatch},
		{path: pathUserGet, method: get, handle: (*Sandbox).userList},
		{path: pathQuotaGet, method: post, handle: (*Sandbox).getQuota},
		{path: pathQuotaClear, method: post, handle: (*Sandbox).clearOneQuota},
		{path: pathRIDGet, method: post, handle: (*Sandbox).explainRID},
		{path: pathClearQuota, method: post, handle: (*Sandbox).clearQuota},
		{path: pathClearQuotaV2, method: post, open: true, secret: true, handle: (*Sandbox).clearQuotaV2},
		{path: pathCallbackIPs, method: get, handle: (*Sandbox).callbackIPs},
		{path: pathDomainIPs, method: get, handle: (*Sandbox).callbackIPs},
		{path: pathTicket, method: get, secret: true, handle: (*Sandbox).giveTicket},
		{path: pathOAuthToken, method: get, open: true, secret: true, handle: (*Sandbox).exchangeCode},
		{path: pathOAuthRefresh, method: get, open: true, secret: true, handle: (*Sandbox).refreshGrant},
		{path: pathOAuthCheck, method: get, open: true, secret: true, handle: (*Sandbox).checkGrant},
		{path: pathOAuthUser, method: get, open: true, secret: true, handle: (*Sandbox).grantUser},
	} {
		routes[r.path] = r
	}
	return routes
}

// count books an answer.
func (r *route) count(code int) {
	if code == 0 {
		r.okays.Add(1)
		return
	}
	n, ok := r.answers.Load(code)
	if !ok {
		n, _ = r.answers.LoadOrStore(code, new(atomic.Int64))
	}
	n.(*atomic.Int64).Add(1)
}
