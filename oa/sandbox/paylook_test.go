package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hongyan/server/browsertest"
)

// A till is a shop whose pages and phone are open in a browser.
type till struct {
	*shop
	page *browsertest.Page
	url  string
}

// newTill serves the sandbox and one page of the shop, which pays through the
// bridge as a page of the server does, under as strict a policy. Apart, the
// bridge comes from a sandbox on another port.
func newTill(t *testing.T, width int, scheme browsertest.Scheme, apart bool) *till {
	t.Helper()
	s := &till{shop: newShop(t)}
	running(t, s.platform)
	mux := http.NewServeMux()
	mux.Handle("/sandbox/", s.Handler())
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /pay.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte(`addEventListener("click", (e) => {
			if (e.target.id !== "buy") return;
			WeixinJSBridge.invoke("getBrandWCPayRequest", JSON.parse(e.target.dataset.request), (a) => { document.querySelector("#end").textContent = a.err_msg + " " + (a.err_desc ?? ""); });
		});
		document.addEventListener("WeixinJSBridgeReady", () => { document.querySelector("#ready").textContent = "就绪"; });`))
	})
	sandboxOrigin := ""
	mux.HandleFunc("GET /buy", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self' "+sandboxOrigin+"; connect-src 'self' "+sandboxOrigin+"; style-src 'self'; img-src 'self'")
		fmt.Fprintf(w, `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>买</title>
			<h1>鸿雁会员</h1><button id="buy" data-request='%s'>购买</button><p id="ready"></p><p id="end"></p>
			<script src="%s/sandbox/pay/bridge.js"></script><script src="/pay.js"></script>`, r.URL.Query().Get("request"), sandboxOrigin)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(func() { s.HangUp(); server.Close() })
	s.url = server.URL
	if apart {
		other := httptest.NewServer(s.Handler())
		t.Cleanup(other.Close)
		sandboxOrigin = other.URL
	}
	s.page = browsertest.New(t, width, 812, scheme)
	return s
}

// request is what the page hands to the bridge for an order.
func (s *till) request(no string) string {
	s.t.Helper()
	order, err := s.jsapi(no, 990)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{"appId": *order.Appid, "timeStamp": *order.TimeStamp, "nonceStr": *order.NonceStr,
		"package": *order.Package, "signType": *order.SignType, "paySign": *order.PaySign})
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// opens the shop's page as that follower.
func (s *till) opens(openid, request string) {
	s.t.Helper()
	to := "/buy?request=" + strings.NewReplacer("+", "%2B", "%", "%25", "&", "%26").Replace(request)
	s.page.Open(s.url + "/sandbox/api/followers/" + openid + "/open?url=" + strings.NewReplacer("%", "%25", "&", "%26", "+", "%2B", "#", "%23").Replace(to))
	s.page.WaitText("#ready", "就绪")
}

// A page inside WeChat pays: the sheet, the outcome, and what the page hears.
func TestPay_BridgePaysAsThatFollower(t *testing.T) {
	for _, apart := range []bool{false, true} {
		t.Run(fmt.Sprintf("apart %v", apart), func(t *testing.T) { bridgePays(t, apart) })
	}
}

func bridgePays(t *testing.T, apart bool) {
	s := newTill(t, 375, browsertest.Light, apart)
	request := s.request("bridge-0001")
	s.opens(s.buyer.OpenID, request)
	for _, step := range []struct{ click, want string }{{".pay-no", "get_brand_wcpay_request:cancel"}, {".pay-yes", "get_brand_wcpay_request:ok"}} {
		s.page.Click("#buy")
		s.page.WaitText(".pay-amount", "¥9.90")
		s.page.Click(step.click)
		if step.click == ".pay-yes" {
			s.page.WaitText(".pay-merchant", "支付成功")
			s.page.Click(".pay-done")
		}
		s.page.WaitText("#end", step.want)
	}
	s.page.Click("#buy")
	s.page.WaitText(".pay-reason", "订单已支付")
	s.page.Click(".pay-done")
	s.page.WaitText("#end", "get_brand_wcpay_request:fail 订单已支付")
	if got := s.state("bridge-0001"); got != "SUCCESS" {
		t.Errorf("the order is %s, want SUCCESS", got)
	}
	s.page.WantQuiet()
}

// A call that the merchant did not sign, and somebody else's order, fail.
func TestPay_BridgeRefuses(t *testing.T) {
	s := newTill(t, 375, browsertest.Light, false)
	request := s.request("bridge-0002")
	for _, c := range []struct{ name, openid, request, want string }{
		{"altered", s.buyer.OpenID, strings.Replace(request, `"nonceStr":"`, `"nonceStr":"x`, 1), "支付验证签名失败"},
		{"MD5", s.buyer.OpenID, strings.Replace(request, `"RSA"`, `"MD5"`, 1), "调起支付的参数不完整"},
		{"another payer", s.Add().OpenID, request, "只有下单的人可以支付这笔订单"},
	} {
		s.opens(c.openid, c.request)
		s.page.Click("#buy")
		s.page.WaitText(".pay-reason", c.want)
		s.page.Click(".pay-done")
		s.page.WaitText("#end", "get_brand_wcpay_request:fail "+c.want)
	}
}

// The pay sheet of a scanned code_url, on both screens in both schemes.
func TestPay_SheetLooks(t *testing.T) {
	for _, width := range []int{375, 1280} {
		for _, scheme := range []browsertest.Scheme{browsertest.Light, browsertest.Dark} {
			t.Run(fmt.Sprintf("%d-%v", width, scheme), func(t *testing.T) { payLooks(t, width, scheme) })
		}
	}
}

func payLooks(t *testing.T, width int, scheme browsertest.Scheme) {
	s := newTill(t, width, scheme, false)
	code := must[string](t)(s.native("sheet-0001", 12345))
	look := func(name string) {
		t.Helper()
		s.page.Screenshot(fmt.Sprintf("pay-%s-%d-%v", name, width, scheme))
		s.page.WantFits()
		s.page.WantContrast()
	}
	s.page.Open(s.url + "/sandbox/?as=" + s.buyer.OpenID)
	s.page.WaitText("#codes-list", "¥123.45")
	if width < 760 {
		s.page.Click(`.tabs [data-sheet="codes"]`)
		s.page.Wait("#codes.up")
	}
	s.page.Type("#scan-text", code)
	look("tray")
	s.page.Click("#scan-form button")
	s.page.WaitText(".pay-amount", "¥123.45")
	s.page.WaitText(".pay-about", "鸿雁会员 30 天")
	look("sheet")
	s.page.Press("\x1b")
	s.page.WaitUntil(`!document.querySelector(".pay-sheet")`)
	if got := s.state("sheet-0001"); got != "NOTPAY" {
		t.Errorf("after cancelling: %s", got)
	}
	if width < 760 {
		s.page.Click(`.tabs [data-sheet="codes"]`)
		s.page.Wait("#codes.up")
	}
	s.page.Click("#codes-list button")
	s.page.Wait(".pay-yes")
	s.page.Click(".pay-yes")
	s.page.WaitText(".pay-merchant", "支付成功")
	look("paid")
	s.page.Click(".pay-done")
	s.page.WaitUntil(`!document.querySelector("#codes-list").textContent.includes("¥123.45")`)
	s.page.WantQuiet()
	if got := s.Payments().Transactions[0]; got.State != "SUCCESS" || got.OpenID != s.buyer.OpenID {
		t.Errorf("transaction %+v", got)
	}
	s.opens(s.buyer.OpenID, s.request("sheet-0002"))
	s.page.Click("#buy")
	s.page.WaitText(".pay-amount", "¥9.90")
	look("bridge")
}

// A page of another host may neither ask nor read.
func TestPay_BridgeRefusesStrangers(t *testing.T) {
	s := newShop(t)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(func() { s.HangUp(); server.Close() })
	for origin, want := range map[string]int{"": 200, server.URL: 200, "http://127.0.0.1:1": 200, "https://evil.example": 403, "null": 403} {
		r, err := http.NewRequest("POST", server.URL+"/sandbox/pay/confirm", strings.NewReader(`{"prepayId":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		if origin != "" {
			r.Header.Set("Origin", origin)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}
		w, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = w.Body.Close()
		if w.StatusCode != want {
			t.Errorf("origin %q: got %d, want %d", origin, w.StatusCode, want)
		}
	}
}
