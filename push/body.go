package push

import (
	"bytes"
	"encoding/json"
	"time"

	"hongyan/store"
)

// The actions of callbacks.
const (
	actionSubscribe = "app_subscribe"
	actionUplink    = "send_up_cmd"
	actionPay       = "order_pay"
)

// The bodies of callbacks. Receivers compare them with WxPusher's, so the
// order of the keys counts.
type (
	callbackBody struct {
		Action string `json:"action"`
		Data   any    `json:"data"`
	}
	subscribeData struct {
		AppID       AppID  `json:"appId"`
		AppKey      string `json:"appKey"`
		AppName     string `json:"appName"`
		Source      Source `json:"source"`
		UserName    string `json:"userName"`
		UserHeadImg string `json:"userHeadImg"`
		Time        int64  `json:"time"`
		UID         UID    `json:"uid"`
		Extra       string `json:"extra"`
	}
	uplinkData struct {
		UID     UID    `json:"uid"`
		AppID   AppID  `json:"appId"`
		AppKey  string `json:"appKey"`
		AppName string `json:"appName"`
		Time    int64  `json:"time"`
		Content string `json:"content"`
	}
	paymentData struct {
		AddTime    int64     `json:"addTime"` // ms; negative on a refund
		Amount     int64     `json:"amount"`  // fen; negative on a refund
		AppID      AppID     `json:"appId"`
		CreateTime int64     `json:"createTime"` // of the order
		Product    ProductID `json:"prodId"`
		TradeNo    string    `json:"tradeNo"`
		Type       int       `json:"type"` // 1 paid, 2 refund
		UID        UID       `json:"uid"`
	}
)

func subscribeBody(a App, uid UID, via Source, extra string, at time.Time) []byte {
	return marshal(callbackBody{actionSubscribe, subscribeData{
		AppID: a.ID, AppKey: a.Key, AppName: a.Name, Source: via, Time: store.Millis(at), UID: uid, Extra: extra,
	}})
}

func uplinkBody(a App, uid UID, content string, at time.Time) []byte {
	return marshal(callbackBody{actionUplink, uplinkData{
		UID: uid, AppID: a.ID, AppKey: a.Key, AppName: a.Name, Time: store.Millis(at), Content: content,
	}})
}

func paymentBody(p Payment, uid UID) []byte {
	kind := 1
	if p.Amount < 0 {
		kind = 2
	}
	return marshal(callbackBody{actionPay, paymentData{
		AddTime: p.Added.Milliseconds(), Amount: p.Amount, AppID: p.App, CreateTime: store.Millis(p.Ordered),
		Product: p.Product, TradeNo: p.TradeNo, Type: kind, UID: uid,
	}})
}

// marshal writes compact JSON with <, > and & as they are.
func marshal(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // strings and integers always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
