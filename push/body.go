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
