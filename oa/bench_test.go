package oa_test

import (
	"testing"

	"hongyan/oa"
)

const (
	textXML   = `<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName><FromUserName><![CDATA[oia2TjuEGTNoeX76QEjQNrcURxG8]]></FromUserName><CreateTime>1348831860</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[#97 重启服务器]]></Content><MsgId>1234567890123456</MsgId></xml>`
	finishXML = `<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName><FromUserName><![CDATA[oia2TjuEGTNoeX76QEjQNrcURxG8]]></FromUserName><CreateTime>1395658920</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>3557254367693750277</MsgID><Status><![CDATA[success]]></Status></xml>`
)

func benchmarkParse(b *testing.B, doc string, asJSON bool) {
	body := []byte(doc)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := oa.Parse(body, asJSON); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseText(b *testing.B)   { benchmarkParse(b, textXML, false) }
func BenchmarkParseFinish(b *testing.B) { benchmarkParse(b, finishXML, false) }
func BenchmarkParseJSON(b *testing.B) {
	benchmarkParse(b, `{"ToUserName":"gh_7f083739789a","FromUserName":"oia2TjuEGTNoeX76QEjQNrcURxG8","CreateTime":1395658920,"MsgType":"event","Event":"TEMPLATESENDJOBFINISH","MsgID":3557254367693750277,"Status":"success"}`, true)
}
