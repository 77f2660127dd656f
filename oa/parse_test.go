package oa

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// doc wraps nodes in the common head of a document.
func doc(kind string, nodes string) string {
	return `<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName><FromUserName><![CDATA[oia2TjuEGTNoeX76QEjQNrcURxG8]]></FromUserName>` +
		`<CreateTime>1395658920</CreateTime><MsgType><![CDATA[` + kind + `]]></MsgType>` + nodes + `</xml>`
}

// event is doc for an event.
func event(name, nodes string) string {
	return doc("event", `<Event><![CDATA[`+name+`]]></Event>`+nodes)
}

// cdata is one node.
func cdata(name, text string) string { return "<" + name + "><![CDATA[" + text + "]]></" + name + ">" }

// row is one line of the platform's tables: a document and what it says.
type row struct {
	name, xml string
	want      Event
}

// rows are the events and messages the platform documents, with its samples'
// values.
func rows() []row {
	key := cdata("EventKey", "6")
	return []row{
		{"subscribe", event("subscribe", ""), &Subscribe{}},
		{"subscribe with empty key", event("subscribe", cdata("EventKey", "")), &Subscribe{}},
		{"subscribe by code", event("subscribe", cdata("EventKey", "qrscene_123123")+cdata("Ticket", "TICKET")), &Subscribe{Scene: "123123", Ticket: "TICKET"}},
		{"subscribe by code named qrscene_", event("subscribe", cdata("EventKey", "qrscene_qrscene_1")), &Subscribe{Scene: "qrscene_1"}},
		{"unsubscribe", event("unsubscribe", cdata("EventKey", "")), &Unsubscribe{}},
		{"SCAN", event("SCAN", cdata("EventKey", "SCENE_VALUE")+cdata("Ticket", "TICKET")), &Scan{Scene: "SCENE_VALUE", Ticket: "TICKET"}},
		{"SCAN of a scene named qrscene_", event("SCAN", cdata("EventKey", "qrscene_1")), &Scan{Scene: "qrscene_1"}},
		{"CLICK", event("CLICK", cdata("EventKey", "EVENTKEY")), &Click{Key: "EVENTKEY"}},
		{"VIEW", event("VIEW", cdata("EventKey", "www.qq.com")+"<MenuId>MENUID</MenuId>"), &View{URL: "www.qq.com", MenuID: "MENUID"}},
		{"VIEW, as the table has it", event("VIEW", cdata("EventKey", "www.qq.com")+"<MenuID>7</MenuID>"), &View{URL: "www.qq.com", MenuID: "7"}},
		{"view_miniprogram", event("view_miniprogram", cdata("EventKey", "pages/index?a=1")+"<MenuId>1</MenuId>"), &ViewMiniProgram{Path: "pages/index?a=1", MenuID: "1"}},
		{"scancode_push", event("scancode_push", key+"<ScanCodeInfo>"+cdata("ScanType", "qrcode")+cdata("ScanResult", "1")+"</ScanCodeInfo>"), &ScanCode{Key: "6", Kind: "qrcode", Result: "1"}},
		{"scancode_waitmsg", event("scancode_waitmsg", key+"<ScanCodeInfo>"+cdata("ScanType", "qrcode")+cdata("ScanResult", "2")+"</ScanCodeInfo>"), &ScanCode{Key: "6", Kind: "qrcode", Result: "2", Waits: true}},
		{"pic_sysphoto", event("pic_sysphoto", key+"<SendPicsInfo><Count>1</Count><PicList><item>"+cdata("PicMd5Sum", "1b5f7c23b5bf75682a53e7b6d163e185")+"</item></PicList></SendPicsInfo>"), &Pictures{Key: "6", Count: 1, MD5: []string{"1b5f7c23b5bf75682a53e7b6d163e185"}}},
		{"pic_photo_or_album", event("pic_photo_or_album", key+"<SendPicsInfo><Count>2</Count><PicList><item>"+cdata("PicMd5Sum", "a")+"</item><item>"+cdata("PicMd5Sum", "b")+"</item></PicList></SendPicsInfo>"), &Pictures{Key: "6", Count: 2, MD5: []string{"a", "b"}}},
		{"pic_weixin", event("pic_weixin", key+"<SendPicsInfo><Count>0</Count><PicList></PicList></SendPicsInfo>"), &Pictures{Key: "6"}},
		{"location_select", event("location_select", key+"<SendLocationInfo>"+cdata("Location_X", "23")+cdata("Location_Y", "113.5")+cdata("Scale", "15")+cdata("Label", "广州市海珠区客村艺苑路 106号")+cdata("Poiname", "")+"</SendLocationInfo>"), &LocationPicked{Key: "6", X: 23, Y: 113.5, Scale: 15, Label: "广州市海珠区客村艺苑路 106号"}},
		{"LOCATION", event("LOCATION", "<Latitude>23.137466</Latitude><Longitude>113.352425</Longitude><Precision>119.385040</Precision>"), &Position{Latitude: 23.137466, Longitude: 113.352425, Precision: 119.385040}},
		{"TEMPLATESENDJOBFINISH", event("TEMPLATESENDJOBFINISH", "<MsgID>3557254367693750277</MsgID>"+cdata("Status", "success")), &TemplateFinished{TemplateMsgID: 3557254367693750277, Status: "success"}},
		{"finish in lower case", event("templatesendjobfinish", "<MsgID>200163836</MsgID>"+cdata("Status", "failed:user block")), &TemplateFinished{TemplateMsgID: 200163836, Status: "failed:user block"}},
		{"finish in mixed case", event("TemplateSendJobFinish", "<MsgID>200163836</MsgID>"+cdata("Status", "failed: system failed")), &TemplateFinished{TemplateMsgID: 200163836, Status: "failed:system failed"}},
		{"finish named MsgId", event("TEMPLATESENDJOBFINISH", "<MsgId>200163836</MsgId>"+cdata("Status", "failed:freq limit")), &TemplateFinished{TemplateMsgID: 200163836, Status: "failed:freq limit"}},
		{"MASSSENDJOBFINISH", event("MASSSENDJOBFINISH", "<MsgID>1000001625</MsgID>"+cdata("Status", "err(30003)")+"<TotalCount>3</TotalCount><FilterCount>2</FilterCount><SentCount>1</SentCount><ErrorCount>1</ErrorCount>"+
			"<CopyrightCheckResult><Count>2</Count><ResultList><item><ArticleIdx>1</ArticleIdx><UserDeclareState>0</UserDeclareState><AuditState>2</AuditState>"+cdata("OriginalArticleUrl", "Url_1")+"<OriginalArticleType>1</OriginalArticleType><CanReprint>1</CanReprint><NeedReplaceContent>1</NeedReplaceContent><NeedShowReprintSource>0</NeedShowReprintSource></item><item><ArticleIdx>2</ArticleIdx></item></ResultList><CheckState>2</CheckState></CopyrightCheckResult>"+
			"<ArticleUrlResult><Count>1</Count><ResultList><item><ArticleIdx>1</ArticleIdx>"+cdata("ArticleUrl", "Url")+"</item></ResultList></ArticleUrlResult>"),
			&MassFinished{JobID: 1000001625, Status: "err(30003)", Total: 3, Filtered: 2, Sent: 1, Error: 1, CheckState: "2",
				Copyright: []CopyrightResult{{Index: 1, DeclareState: "0", AuditState: "2", OriginalURL: "Url_1", OriginalType: "1", CanReprint: true, NeedReplaceContent: true}, {Index: 2}},
				Articles:  []ArticleURL{{1, "Url"}}}},
		{"subscribe_msg_popup_event", event("subscribe_msg_popup_event", "<SubscribeMsgPopupEvent><List>"+cdata("TemplateId", "VRR0")+cdata("SubscribeStatusString", "accept")+"<PopupScene>2</PopupScene></List><List>"+cdata("TemplateId", "9nLI")+cdata("SubscribeStatusString", "reject")+"<PopupScene>2</PopupScene></List></SubscribeMsgPopupEvent>"),
			&SubscriptionPopup{Choices: []SubscriptionChoice{{"VRR0", true, "2"}, {"9nLI", false, "2"}}}},
		{"subscribe_msg_change_event", event("subscribe_msg_change_event", "<SubscribeMsgChangeEvent><List>"+cdata("TemplateId", "VRR0")+cdata("SubscribeStatusString", "reject")+"</List></SubscribeMsgChangeEvent>"),
			&SubscriptionChanged{Choices: []SubscriptionChoice{{"VRR0", false, ""}}}},
		{"subscribe_msg_sent_event", event("subscribe_msg_sent_event", "<SubscribeMsgSentEvent><List>"+cdata("TemplateId", "VRR0")+"<MsgID>1700827132819554304</MsgID><ErrorCode>0</ErrorCode>"+cdata("ErrorStatus", "success")+"</List></SubscribeMsgSentEvent>"),
			&SubscriptionSent{Results: []SubscriptionResult{{"VRR0", 1700827132819554304, 0, "success"}}}},
		{"user_info_modified", event("user_info_modified", cdata("OpenID", "o1")+cdata("AppID", "wx1")+cdata("RevokeInfo", "301")), &Privacy{UserOpenID: "o1", AppID: "wx1", RevokeInfo: "301"}},
		{"user_authorization_revoke", event("user_authorization_revoke", cdata("OpenID", "o1")+cdata("UnionID", "u1")), &Privacy{UserOpenID: "o1", UnionID: "u1"}},
		{"user_authorization_cancellation", event("user_authorization_cancellation", cdata("OpenID", "o1")), &Privacy{UserOpenID: "o1"}},
		{"qualification_verify_success", event("qualification_verify_success", "<ExpiredTime>4102444800</ExpiredTime>"), &Certification{Expires: time.Unix(4102444800, 0)}},
		{"qualification_verify_fail", event("qualification_verify_fail", "<FailTime>1442401156</FailTime>"+cdata("FailReason", "by time")), &Certification{FailedAt: time.Unix(1442401156, 0), FailReason: "by time"}},
		{"naming_verify_success", event("naming_verify_success", "<ExpiredTime>1442401093</ExpiredTime>"), &Certification{Expires: time.Unix(1442401093, 0)}},
		{"naming_verify_fail", event("naming_verify_fail", "<FailTime>1442401061</FailTime>"), &Certification{FailedAt: time.Unix(1442401061, 0)}},
		{"annual_renew", event("annual_renew", "<ExpiredTime>1442401004</ExpiredTime>"), &Certification{Expires: time.Unix(1442401004, 0)}},
		{"verify_expired", event("verify_expired", "<ExpiredTime>1442400900</ExpiredTime>"), &Certification{Expires: time.Unix(1442400900, 0)}},
		{"kf_create_session", event("kf_create_session", cdata("KfAccount", "test1@test")), &Session{Account: "test1@test"}},
		{"kf_close_session", event("kf_close_session", cdata("KfAccount", "test1@test")), &Session{Account: "test1@test"}},
		{"kf_switch_session", event("kf_switch_session", cdata("FromKfAccount", "a@test")+cdata("ToKfAccount", "b@test")), &Session{Account: "a@test", NextAccount: "b@test"}},
		{"an event of tomorrow", event("debug_demo", cdata("debug_str", "你好")+"<Deep><er>1</er></Deep>"), &Unknown{Fields: map[string]string{"debug_str": "你好", "Event": "debug_demo"}}},

		{"text", doc("text", cdata("Content", "this is a test")+"<MsgId>1234567890123456</MsgId>"), &Text{Content: "this is a test"}},
		{"text of an article", doc("text", cdata("Content", "好")+"<MsgId>1</MsgId><MsgDataId>xxxx</MsgDataId><Idx>2</Idx>"), &Text{Content: "好"}},
		{"menu message", doc("text", cdata("Content", "满意")+"<MsgId>1</MsgId>"+cdata("bizmsgmenuid", "101")), &Text{Content: "满意", MenuID: "101"}},
		{"menu message with an id of ours", doc("text", cdata("Content", "满意")+"<MsgId>1</MsgId>"+cdata("bizmsgmenuid", "k:7")), &Text{Content: "满意", MenuID: "k:7"}},
		{"menu message that lost its id", doc("text", cdata("Content", "满意")+"<MsgId>1</MsgId><bizmsgmenuid>0</bizmsgmenuid>"), &Text{Content: "满意"}},
		{"menu message with empty id", doc("text", cdata("Content", "满意")+"<MsgId>1</MsgId>"+cdata("bizmsgmenuid", "")), &Text{Content: "满意"}},
		{"image", doc("image", cdata("PicUrl", "this is a url")+cdata("MediaId", "media_id")+"<MsgId>1</MsgId>"), &Image{URL: "this is a url", MediaID: "media_id"}},
		{"voice", doc("voice", cdata("MediaId", "media_id")+cdata("Format", "amr")+cdata("MediaId16K", "media_id_16k")+cdata("Recognition", "腾讯微信团队")+"<MsgId>1</MsgId>"), &Voice{MediaID: "media_id", Format: "amr", MediaID16K: "media_id_16k", Recognition: "腾讯微信团队"}},
		{"video", doc("video", cdata("MediaId", "media_id")+cdata("ThumbMediaId", "thumb")+"<MsgId>1</MsgId>"), &Video{MediaID: "media_id", ThumbMediaID: "thumb"}},
		{"shortvideo", doc("shortvideo", cdata("MediaId", "media_id")+cdata("ThumbMediaId", "thumb")+"<MsgId>1</MsgId>"), &Video{MediaID: "media_id", ThumbMediaID: "thumb", Short: true}},
		{"location", doc("location", "<Location_X>23.134521</Location_X><Location_Y>113.358803</Location_Y><Scale>20</Scale>"+cdata("Label", "位置信息")+"<MsgId>1</MsgId>"), &Location{X: 23.134521, Y: 113.358803, Scale: 20, Label: "位置信息"}},
		{"link", doc("link", cdata("Title", "title")+cdata("Description", "desc")+cdata("Url", "http://a/?b&c")+"<MsgId>1</MsgId>"), &Link{Title: "title", Description: "desc", URL: "http://a/?b&c"}},
		{"a message of tomorrow", doc("hologram", cdata("MediaId", "m")), &Unknown{Fields: map[string]string{"MediaId": "m"}}},
	}
}

// bodyOnly compares what an event adds to its head; of an unknown one, the
// fields that are wanted.
var bodyOnly = cmp.Options{
	cmp.Exporter(func(reflect.Type) bool { return true }),
	cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".head" }, cmp.Ignore()),
	cmp.FilterPath(func(p cmp.Path) bool { return strings.Contains(p.GoString(), ".Fields") },
		cmp.Comparer(func(a, b map[string]string) bool { return contains(a, b) || contains(b, a) })),
}

// contains reports whether every entry of b is in a.
func contains(a, b map[string]string) bool {
	for key, want := range b {
		if a[key] != want {
			return false
		}
	}
	return true
}

func TestParse_EveryDocumentedRow(t *testing.T) {
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			got, err := Parse([]byte(r.xml), false)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.want, got, bodyOnly); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			wantHead(t, got.Head(), r.xml)
		})
	}
}

func wantHead(t *testing.T, h *Head, doc string) {
	t.Helper()
	if h.To != "gh_7f083739789a" || h.OpenID != "oia2TjuEGTNoeX76QEjQNrcURxG8" || h.At.Unix() != 1395658920 {
		t.Errorf("head %+v", h)
	}
	if string(h.Raw) != doc {
		t.Errorf("Raw is not the document")
	}
	if n := len(h.Key()); n == 0 || n > maxKey {
		t.Errorf("key %q has %d bytes", h.Key(), n)
	}
}

// TestParse_JSONSaysTheSame writes every row's tree as JSON and expects the
// same event.
func TestParse_JSONSaysTheSame(t *testing.T) {
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			root, err := parseXML([]byte(r.xml))
			if err != nil {
				t.Fatal(err)
			}
			body, err := json.Marshal(jsonOf(&root))
			if err != nil {
				t.Fatal(err)
			}
			got, err := Parse(body, true)
			if err != nil {
				t.Fatalf("%s: %v", body, err)
			}
			if diff := cmp.Diff(r.want, got, bodyOnly); diff != "" {
				t.Errorf("%s: -want +got\n%s", body, diff)
			}
		})
	}
}

// jsonOf writes a tree the way the platform's JSON format does: one List is an
// object, several are a list; item is left out.
func jsonOf(n *node) any {
	if len(n.kids) == 0 {
		if n.name == "CreateTime" || n.name == "MsgID" || n.name == "MsgId" {
			return json.RawMessage(n.text)
		}
		return n.text
	}
	if n.kids[0].name == "item" {
		list := []any{}
		for i := range n.kids {
			list = append(list, jsonOf(&n.kids[i]))
		}
		return list
	}
	out := map[string]any{}
	for i := range n.kids {
		kid := &n.kids[i]
		value := jsonOf(kid)
		switch first := out[kid.name].(type) {
		case nil:
			out[kid.name] = value
		case []any:
			out[kid.name] = append(first, value)
		default:
			out[kid.name] = []any{first, value}
		}
	}
	return out
}

func TestTemplateFinished_OKOnlyOnSuccess(t *testing.T) {
	for status, want := range map[string]bool{"success": true, " success ": true, "failed:user block": false,
		"failed: system failed": false, "failed:freq limit": false, "": false, "successful": false} {
		ev, err := Parse([]byte(event("TEMPLATESENDJOBFINISH", "<MsgID>1</MsgID>"+cdata("Status", status))), false)
		if err != nil {
			t.Fatal(err)
		}
		if got := ev.(*TemplateFinished).OK(); got != want {
			t.Errorf("status %q: OK = %v", status, got)
		}
	}
}

func TestParse_TimesBeyond2038(t *testing.T) {
	body := strings.Replace(doc("text", cdata("Content", "未来")+"<MsgId>1</MsgId>"), "1395658920", "4102444800", 1)
	ev, err := Parse([]byte(body), false)
	if err != nil || ev.Head().At.UTC().Year() != 2100 {
		t.Errorf("got %v, %v", ev, err)
	}
}

func TestParse_OddNumbers(t *testing.T) {
	for text, want := range map[string]int64{"<![CDATA[]]>": 0, "": 0, " 7 ": 7, "x": 0, "9223372036854775807": 9223372036854775807, "9223372036854775808": 0, "-1": -1} {
		ev, err := Parse([]byte(doc("text", cdata("Content", "x")+"<MsgId>"+text+"</MsgId>")), false)
		if err != nil {
			t.Fatal(err)
		}
		if got := ev.Head().MsgID; got != want {
			t.Errorf("MsgId %q read as %d, want %d", text, got, want)
		}
	}
}

func TestHead_KeyKnowsThePitfalls(t *testing.T) {
	at := time.Unix(1395658920, 0)
	base := Head{OpenID: "o1", At: at, Type: "text", MsgID: 7}
	later := base
	later.At = at.Add(time.Second)
	other := base
	other.OpenID = "o2"
	finish := Head{OpenID: "o1", At: at, Type: "event", Event: "TEMPLATESENDJOBFINISH", MsgID: 1}
	finish2 := finish
	finish2.MsgID = 2
	subscribe := Head{OpenID: "o1", At: at, Type: "event", Event: "subscribe", EventKey: "qrscene_1"}
	scan := Head{OpenID: "o1", At: at, Type: "event", Event: "SCAN", EventKey: "1"}
	scan2 := scan
	scan2.EventKey = "2"
	noID := Head{OpenID: "o1", At: at, Type: "text", Raw: []byte("a")}
	noID2 := Head{OpenID: "o1", At: at, Type: "text", Raw: []byte("b")}
	long := Head{OpenID: strings.Repeat("o", 500), At: at, Type: "text", MsgID: 7}
	long2 := long
	long2.MsgID = 8
	seen := map[string]int{}
	for i, h := range []Head{base, later, other, finish, finish2, subscribe, scan, scan2, noID, noID2, long, long2} {
		key := h.Key()
		if j, taken := seen[key]; taken {
			t.Errorf("events %d and %d have the key %q", i, j, key)
		}
		if len(key) > maxKey {
			t.Errorf("key of %d bytes", len(key))
		}
		seen[key] = i
	}
	lower := finish
	lower.Event = "templatesendjobfinish"
	if lower.Key() != finish.Key() {
		t.Error("the case of an event's name changes its key")
	}
}

// TestFuzzCorpora_AreThere keeps the committed corpora from being lost.
func TestFuzzCorpora_AreThere(t *testing.T) {
	for _, name := range []string{"FuzzParse", "FuzzParseJSON", "FuzzHandler"} {
		files, err := os.ReadDir(filepath.Join("testdata", "fuzz", name))
		if err != nil || len(files) < 200 {
			t.Errorf("%s has %d inputs (%v), want 200", name, len(files), err)
		}
	}
}
