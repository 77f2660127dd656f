package oa

import (
	"strings"

	"github.com/silenceper/wechat/v2/officialaccount/message"
)

// typed finds the struct for a document.
func typed(h Head, n *node) Event {
	if message.MsgType(h.Type) == message.MsgTypeEvent {
		return typedEvent(h, n)
	}
	return typedMessage(h, n)
}

// typedMessage covers what followers send.
func typedMessage(h Head, n *node) Event {
	switch message.MsgType(h.Type) {
	case message.MsgTypeText:
		return &Text{h, n.child("Content").text, menuID(n)}
	case message.MsgTypeImage:
		return &Image{h, n.get("PicUrl"), n.get("MediaId")}
	case message.MsgTypeVoice:
		return &Voice{h, n.get("MediaId"), n.get("Format"), n.get("MediaId16K"), n.get("Recognition")}
	case message.MsgTypeVideo, message.MsgTypeShortVideo:
		short := message.MsgType(h.Type) == message.MsgTypeShortVideo
		return &Video{h, n.get("MediaId"), n.get("ThumbMediaId"), short}
	case message.MsgTypeLocation:
		return &Location{h, n.decimal("Location_X"), n.decimal("Location_Y"), n.decimal("Scale"), n.get("Label")}
	case message.MsgTypeLink:
		return &Link{h, n.get("Title"), n.get("Description"), n.get("Url")}
	}
	return unknown(h, n)
}

// menuID is the tapped item of a menu message.
func menuID(n *node) string {
	if id := n.get("bizmsgmenuid"); id != "0" {
		return id
	}
	return ""
}

// typedEvent covers what happens. Names are compared without case: several
// have been seen in both.
func typedEvent(h Head, n *node) Event {
	switch name := strings.ToLower(h.Event); name {
	case "subscribe":
		return &Subscribe{h, strings.TrimPrefix(h.EventKey, "qrscene_"), n.get("Ticket")}
	case "unsubscribe":
		return &Unsubscribe{h}
	case "scan":
		return &Scan{h, h.EventKey, n.get("Ticket")}
	case "click":
		return &Click{h, h.EventKey}
	case "view":
		return &View{h, h.EventKey, n.get("MenuId", "MenuID")}
	case "view_miniprogram":
		return &ViewMiniProgram{h, h.EventKey, n.get("MenuId", "MenuID")}
	case "templatesendjobfinish":
		return &TemplateFinished{h, h.MsgID, finishStatus(n.get("Status"))}
	case "masssendjobfinish":
		return massFinished(h, n)
	case "scancode_push", "scancode_waitmsg":
		info := n.child("ScanCodeInfo")
		return &ScanCode{h, h.EventKey, info.get("ScanType"), info.get("ScanResult"), name == "scancode_waitmsg"}
	case "pic_sysphoto", "pic_photo_or_album", "pic_weixin":
		return pictures(h, n)
	case "location_select":
		i := n.child("SendLocationInfo")
		return &LocationPicked{h, h.EventKey, i.decimal("Location_X"), i.decimal("Location_Y"),
			i.decimal("Scale"), i.get("Label"), i.get("Poiname")}
	case "location":
		return &Position{h, n.decimal("Latitude"), n.decimal("Longitude"), n.decimal("Precision")}
	case "subscribe_msg_popup_event":
		return &SubscriptionPopup{h, choices(n, "SubscribeMsgPopupEvent")}
	case "subscribe_msg_change_event":
		return &SubscriptionChanged{h, choices(n, "SubscribeMsgChangeEvent")}
	case "subscribe_msg_sent_event":
		return subscriptionSent(h, n)
	default:
		return accountEvent(name, h, n)
	}
}

// accountEvent covers what concerns the account rather than a follower.
func accountEvent(name string, h Head, n *node) Event {
	switch name {
	case "user_info_modified", "user_authorization_revoke", "user_authorization_cancellation":
		return &Privacy{h, n.get("OpenID"), n.get("UnionID"), n.get("AppID"), n.get("RevokeInfo")}
	case "qualification_verify_success", "qualification_verify_fail", "naming_verify_success",
		"naming_verify_fail", "annual_renew", "verify_expired":
		return &Certification{h, n.moment("ExpiredTime"), n.moment("FailTime"), n.get("FailReason")}
	case "kf_create_session", "kf_close_session", "kf_switch_session":
		return &Session{h, n.get("KfAccount", "FromKfAccount"), n.get("ToKfAccount")}
	}
	return unknown(h, n)
}

func massFinished(h Head, n *node) Event {
	e := &MassFinished{head: h, JobID: h.MsgID, Status: n.get("Status"),
		Total: n.number("TotalCount"), Filtered: n.number("FilterCount"),
		Sent: n.number("SentCount"), Error: n.number("ErrorCount")}
	check := n.child("CopyrightCheckResult")
	e.CheckState = check.get("CheckState")
	for _, r := range check.list("ResultList", "item") {
		e.Copyright = append(e.Copyright, CopyrightResult{
			Index: r.number("ArticleIdx"), DeclareState: r.get("UserDeclareState"), AuditState: r.get("AuditState"),
			OriginalURL: r.get("OriginalArticleUrl"), OriginalType: r.get("OriginalArticleType"),
			CanReprint: r.flag("CanReprint"), NeedReplaceContent: r.flag("NeedReplaceContent"),
			NeedShowReprintSource: r.flag("NeedShowReprintSource")})
	}
	for _, r := range n.child("ArticleUrlResult").list("ResultList", "item") {
		e.Articles = append(e.Articles, ArticleURL{r.number("ArticleIdx"), r.get("ArticleUrl")})
	}
	return e
}

func pictures(h Head, n *node) Event {
	info := n.child("SendPicsInfo")
	e := &Pictures{head: h, Key: h.EventKey, Count: info.number("Count")}
	for _, item := range info.list("PicList", "item") {
		e.MD5 = append(e.MD5, item.get("PicMd5Sum"))
	}
	return e
}

func choices(n *node, wrapper string) []SubscriptionChoice {
	var all []SubscriptionChoice
	for _, item := range n.list(wrapper, "List") {
		all = append(all, SubscriptionChoice{item.get("TemplateId"),
			item.get("SubscribeStatusString") == "accept", item.get("PopupScene")})
	}
	return all
}

// subscriptionSent takes the first report's id as the event's own, so that two
// reports to one follower in one second have different keys.
func subscriptionSent(h Head, n *node) Event {
	e := &SubscriptionSent{head: h}
	for _, item := range n.list("SubscribeMsgSentEvent", "List") {
		e.Results = append(e.Results, SubscriptionResult{item.get("TemplateId"), item.number("MsgID", "MsgId"),
			item.number("ErrorCode"), item.get("ErrorStatus")})
	}
	if len(e.Results) > 0 && e.MsgID == 0 {
		e.MsgID = e.Results[0].NotifiedMsgID
	}
	return e
}

func unknown(h Head, n *node) Event {
	e := &Unknown{h, make(map[string]string, len(n.kids))}
	for i := range n.kids {
		if len(n.kids[i].kids) == 0 {
			e.Fields[n.kids[i].name] = n.kids[i].text
		}
	}
	return e
}
