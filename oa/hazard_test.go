package oa

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// say is a text message with content written as it stands into the document.
func say(content string) string {
	return doc("text", "<Content>"+content+"</Content><MsgId>7</MsgId>")
}

// TestF27_HostileXMLIsRefused names the reason for every document.
func TestF27_HostileXMLIsRefused(t *testing.T) {
	good := say("<![CDATA[好]]>")
	inside := func(nodes string) string { return doc("text", nodes) }
	for _, c := range []struct {
		name, doc string
		want      error
	}{
		{"empty", "", ErrEmpty},
		{"blanks", " \r\n\t", ErrEmpty},
		{"byte order mark alone", "\ufeff", ErrEmpty},
		{"comment alone", "<!-- 无 -->", ErrEmpty},
		{"declaration alone", `<?xml version="1.0"?>`, ErrEmpty},
		{"no XML", "success", ErrRoots},
		{"JSON", `{"MsgType":"text"}`, ErrRoots},
		{"10 MB", strings.Repeat(good, 10<<20/len(good)), ErrTooLarge},
		{"64 KiB and one byte", good + strings.Repeat(" ", maxDocument+1-len(good)), ErrTooLarge},
		{"deep", inside(strings.Repeat("<a>", 17) + strings.Repeat("</a>", 17)), ErrTooDeep},
		{"very deep", strings.Repeat("<a>", 9000), ErrTooMany},
		{"DTD", `<!DOCTYPE xml>` + good, ErrDTD},
		{"DTD in lower case", `<!doctype xml>` + good, ErrDTD},
		{"DTD after the declaration", `<?xml version="1.0"?><!DOCTYPE xml []>` + good, ErrDTD},
		{"DTD behind a control character", "<\x01!DOCTYPE xml>" + good, ErrDTD},
		{"DTD within", inside("<!DOCTYPE xml><Content>x</Content>"), ErrDTD},
		{"entity", `<!DOCTYPE x [<!ENTITY a "b">]>` + say("&a;"), ErrDTD},
		{"billion laughs", `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>` + say("&b;"), ErrDTD},
		{"external entity", `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + say("&a;"), ErrDTD},
		{"parameter entity", `<!DOCTYPE x [<!ENTITY % a SYSTEM "http://169.254.169.254/"> %a;]>` + good, ErrDTD},
		{"DTD in an attribute that swallows it", `<xml a="><!DOCTYPE x>">` + "</xml>", ErrDTD},
		{"undeclared entity", say("&nbsp;"), ErrMalformed},
		{"GBK", "<xml><Content>\xc4\xe3\xba\xc3</Content></xml>", ErrEncoding},
		{"declared as GBK", `<?xml version="1.0" encoding="GBK"?>` + good, ErrEncoding},
		{"UTF-16", "\xff\xfe<\x00x\x00m\x00l\x00>\x00", ErrEncoding},
		{"broken UTF-8", say("<![CDATA[\xe9\x9b]]>"), ErrEncoding},
		{"surrogate", say("<![CDATA[\xed\xa0\x80]]>"), ErrEncoding},
		{"trailing document", good + good, ErrRoots},
		{"trailing text", good + "x", ErrRoots},
		{"leading text", "x" + good, ErrRoots},
		{"duplicate node", inside("<Content>a</Content><Content>b</Content>"), ErrDuplicate},
		{"duplicate sender", inside("<FromUserName>victim</FromUserName>"), ErrDuplicate},
		{"sender injected by a follower", say("<![CDATA[x]]></Content><FromUserName><![CDATA[victim]]></FromUserName><Content><![CDATA[]]>"), ErrDuplicate},
		{"duplicate deep within", inside("<A><B>1</B><B>2</B></A>"), ErrDuplicate},
		{"mixed content", say("a<b>c</b>"), ErrMixed},
		{"mixed content at the root", "<xml>x" + strings.TrimPrefix(good, "<xml>"), ErrMixed},
		{"50,000 attributes", "<xml " + strings.Repeat(`a="" `, 10000) + ">" + "</xml>", ErrTooMany},
		{"many tags", "<xml>" + strings.Repeat("<a/>", 5000) + "</xml>", ErrTooMany},
		{"unclosed", strings.TrimSuffix(good, "</xml>"), ErrMalformed},
		{"closed wrong", strings.Replace(good, "</xml>", "</XML>", 1), ErrMalformed},
		{"open CDATA", "<xml><Content><![CDATA[x</Content></xml>", ErrMalformed},
		{"open comment", "<xml><!-- x", ErrMalformed},
		{"open tag", good[:len(good)-2], ErrMalformed},
		{"instruction within", inside("<?php x ?>"), ErrMalformed},
		{"no sender", "<xml><CreateTime>1</CreateTime><MsgType>text</MsgType></xml>", ErrNoHead},
		{"empty sender", strings.Replace(good, "oia2TjuEGTNoeX76QEjQNrcURxG8", "", 1), ErrNoHead},
		{"sender in a namespace", strings.ReplaceAll(good, "FromUserName", "a:FromUserName"), ErrNoHead},
		{"no time", strings.Replace(good, "1395658920", "", 1), ErrNoHead},
		{"time beyond the calendar", strings.Replace(good, "1395658920", "9223372036854775807", 1), ErrNoHead},
		{"negative time", strings.Replace(good, "1395658920", "-5", 1), ErrNoHead},
		{"no type", strings.Replace(good, "<![CDATA[text]]>", "", 1), ErrNoHead},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev, err := Parse([]byte(c.doc), false)
			if !errors.Is(err, c.want) || ev != nil {
				t.Errorf("got %v, %v, want %v", ev, err, c.want)
			}
		})
	}
}

// TestF27_HostileXMLIsCheap: the worst document costs no more than a few
// milliseconds, or a flood of them would stop the server.
func TestF27_HostileXMLIsCheap(t *testing.T) {
	for name, body := range map[string]string{
		"attributes":    "<xml " + strings.Repeat(`a="" `, 50000) + "/>",
		"deep":          strings.Repeat("<a>", 1<<20),
		"tags":          "<xml>" + strings.Repeat("<a/>", 16000) + "</xml>",
		"distinct tags": "<xml>" + manyTags(1020) + "</xml>",
		"references":    say(strings.Repeat("&#2;", 15000)),
		"CDATA ends":    say("<![CDATA[" + strings.Repeat("]]>x", 15000) + "]]>"),
		"controls":      say("<![CDATA[" + strings.Repeat("\x02", 60000) + "]]>"),
	} {
		started := time.Now()
		for range 10 {
			Parse([]byte(body), false)
		}
		if took := time.Since(started) / 10; took > 50*time.Millisecond {
			t.Errorf("%s: %s for one document", name, took)
		}
	}
}

func manyTags(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<a%d/>", i)
	}
	return b.String()
}

// TestF27_FollowersMayTypeAnything: what WeChat sends although XML forbids it
// reaches the commands as the follower typed it, without what cannot be shown.
func TestF27_FollowersMayTypeAnything(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"control characters", "<![CDATA[#97\x02 重启\x00\x1f]]>", "#97 重启"},
		{"noncharacters", "<![CDATA[a\uffffb\ufffec]]>", "abc"},
		{"line breaks stay", "<![CDATA[一\n二\t三]]>", "一\n二\t三"},
		{"numeric reference to a control character", "a&#2;b&#x1F;c&#0;d", "abcd"},
		{"references that are text in CDATA", "<![CDATA[&#2;&amp;&#20320;]]>", "&#2;&amp;&#20320;"},
		{"lawful references", "&#20320;&#x597D;&lt;&#9;|", "你好<\t|"},
		{"reference without end", "<![CDATA[&#2]]>", "&#2"},
		{"nested ]]>", "<![CDATA[a]]>b]]>", "a]]>b"},
		{"]]> at the end", "<![CDATA[a]]>]]>", "a]]>"},
		{"]]> twice", "<![CDATA[]]>]]>x]]>", "]]>]]>x"},
		{"]]> split lawfully", "<![CDATA[a]]]]><![CDATA[>b]]>", "a]]>b"},
		{"nodes typed after ]]>", "<![CDATA[a]]>b</Content><Event>subscribe</Event>]]>", "a]]>b</Content><Event>subscribe</Event>"},
		{"a DTD typed by a follower", "<![CDATA[<!DOCTYPE x><!ENTITY a>]]>", "<!DOCTYPE x><!ENTITY a>"},
		{"emoji", "<![CDATA[👨‍👩‍👧‍👦🐦]]>", "👨‍👩‍👧‍👦🐦"},
		{"rare Chinese", "<![CDATA[𠮷野家]]>", "𠮷野家"},
		{"many angle brackets", "<![CDATA[" + strings.Repeat("<", 5000) + "]]>", strings.Repeat("<", 5000)},
		{"empty", "<![CDATA[]]>", ""},
		{"self-closed", "", ""},
		{"plain text", "hello", "hello"},
		{"blanks around", "<![CDATA[ x ]]>", " x "},
		{"comment between", "a<!-- 注 -->b", "ab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev, err := Parse([]byte(say(c.content)), false)
			if err != nil {
				t.Fatal(err)
			}
			if got := ev.(*Text).Content; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestParse_ToleratesHarmlessForms(t *testing.T) {
	good := say("<![CDATA[好]]>")
	spaced := regexp.MustCompile(`(</\w+>)<`)
	for name, body := range map[string]string{
		"declaration":      `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + good,
		"byte order mark":  "\ufeff" + good,
		"blanks around":    "\n " + good + "\n",
		"indentation":      spaced.ReplaceAllString(good, "$1\n\t<"),
		"comment":          "<!-- 微信 -->" + good,
		"unknown nodes":    doc("text", "<Content>好</Content><MsgId>7</MsgId><New><Deep>1</Deep></New><Encrypt>x</Encrypt>"),
		"attribute":        strings.Replace(good, "<xml>", `<xml version="2">`, 1),
		"namespace":        strings.Replace(good, "<xml>", `<xml xmlns="urn:x" xmlns:a="urn:a">`, 1),
		"foreign node":     doc("text", "<Content>好</Content><MsgId>7</MsgId><a:Content>坏</a:Content>"),
		"order of nodes":   doc("text", "<MsgId>7</MsgId><Content>好</Content>"),
		"exactly 64 KiB":   good + strings.Repeat(" ", maxDocument-len(good)),
		"16 levels":        doc("text", "<Content>好</Content><MsgId>7</MsgId>"+strings.Repeat("<a>", 15)+strings.Repeat("</a>", 15)),
		"carriage returns": spaced.ReplaceAllString(good, "$1\r\n<"),
	} {
		ev, err := Parse([]byte(body), false)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text, ok := ev.(*Text); !ok || text.Content != "好" || text.MsgID != 7 {
			t.Errorf("%s: got %+v", name, ev)
		}
	}
}

// TestF27_HostileJSONIsRefused is the same for the other format.
func TestF27_HostileJSONIsRefused(t *testing.T) {
	head := `"ToUserName":"gh_1","FromUserName":"o1","CreateTime":1395658920,"MsgType":"text"`
	for _, c := range []struct {
		name, doc string
		want      error
	}{
		{"empty", "", ErrEmpty},
		{"blanks", "\n ", ErrEmpty},
		{"XML", say("x"), ErrMalformed},
		{"list", "[]", ErrMalformed},
		{"null", "null", ErrMalformed},
		{"text", `"x"`, ErrMalformed},
		{"cut", `{` + head, ErrMalformed},
		{"no comma", `{"a":1 "b":2}`, ErrMalformed},
		{"number as name", `{1:2}`, ErrMalformed},
		{"broken literal", `{"a":tru}`, ErrMalformed},
		{"trailing document", `{` + head + `}{}`, ErrRoots},
		{"trailing text", `{` + head + `}x`, ErrRoots},
		{"duplicate", `{` + head + `,"MsgType":"event"}`, ErrDuplicate},
		{"duplicate written with escapes", `{` + head + `,"Msg\u0054ype":"event"}`, ErrDuplicate},
		{"duplicate within", `{` + head + `,"A":{"b":1,"b":2}}`, ErrDuplicate},
		{"deep objects", `{` + head + `,"a":` + strings.Repeat(`{"a":`, 16) + "1" + strings.Repeat("}", 17), ErrTooDeep},
		{"deep lists", `{` + head + `,"a":` + strings.Repeat(`[`, 9000), ErrTooDeep},
		{"many values", `{` + head + `,"a":[` + strings.Repeat("1,", 5000) + `1]}`, ErrTooMany},
		{"too large", `{` + head + `,"a":"` + strings.Repeat("x", maxDocument) + `"}`, ErrTooLarge},
		{"GBK", "{\"a\":\"\xc4\xe3\"}", ErrEncoding},
		{"no sender", `{"CreateTime":1,"MsgType":"text"}`, ErrNoHead},
		{"sender is an object", `{"FromUserName":{"a":"o1"},"CreateTime":1,"MsgType":"text"}`, ErrNoHead},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev, err := Parse([]byte(c.doc), true)
			if !errors.Is(err, c.want) || ev != nil {
				t.Errorf("got %v, %v, want %v", ev, err, c.want)
			}
		})
	}
}

func TestParseJSON_ReadsWhatWeChatMayWrite(t *testing.T) {
	body := `{"ToUserName":"gh_1","FromUserName":"o1","CreateTime":"4102444800","MsgType":"text","Content":"a\u0000\u0002\ud83d\udc26\uffff 好","MsgId":3557254367693750277,"x":null,"y":true,"z":[],"w":{}}`
	ev, err := Parse([]byte(body), true)
	if err != nil {
		t.Fatal(err)
	}
	text := ev.(*Text)
	if text.Content != "a🐦 好" || text.MsgID != 3557254367693750277 || text.At.Unix() != 4102444800 {
		t.Errorf("got %+v", text)
	}
}

// TestF27_ErrorsDoNotQuoteTheDocument: an error is logged, and a document is
// somebody's message.
func TestF27_ErrorsDoNotQuoteTheDocument(t *testing.T) {
	for _, body := range []string{
		say("<secret秘密>"), doc("text", "<秘密>1</秘密><秘密>2</秘密>"), say("&秘密;"), `{"秘密":1,"秘密":2}`, `{"秘密"`,
	} {
		for _, asJSON := range []bool{false, true} {
			_, err := Parse([]byte(body), asJSON)
			if err == nil || strings.Contains(err.Error(), "秘密") {
				t.Errorf("%s: %v", body, err)
			}
		}
	}
}

func TestSanitize_LeavesGoodDocumentsAlone(t *testing.T) {
	for _, r := range rows() {
		in := []byte(r.xml)
		out, err := sanitize(in)
		if err != nil || !bytes.Equal(in, out) || &in[0] != &out[0] {
			t.Errorf("%s: copied or changed: %v", r.name, err)
		}
	}
}
