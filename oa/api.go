package oa

// The paths of the platform this package asks.
const (
	pathToken       = "/cgi-bin/stable_token"
	pathTemplate    = "/cgi-bin/message/template/send"
	pathCustom      = "/cgi-bin/message/custom/send"
	pathQR          = "/cgi-bin/qrcode/create"
	pathMenu        = "/cgi-bin/menu/create"
	pathExchange    = "/sns/oauth2/access_token"
	pathQuota       = "/cgi-bin/openapi/quota/get"
	pathUser        = "/cgi-bin/user/info"
	pathCallbackIPs = "/cgi-bin/getcallbackip"
)
