// What the WeChat browser gives a page to pay with. A page includes it as a
// classic script, only in sandbox mode:
//   <script src="…/sandbox/pay/bridge.js"></script>
// The sandbox may be a process of its own on another port of the same host;
// then the page's policy names that origin in script-src and connect-src.
// It asks the sandbox whether the call is signed, shows the pay sheet as the
// follower this browser is, and tells the page how it ended.
(() => {
  if (window.WeixinJSBridge) return;
  const base = new URL("..", document.currentScript.src);
  const name = "get_brand_wcpay_request";

  async function ask(path, body) {
    const response = await fetch(new URL(path, base), { method: "POST", credentials: "include", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer;
  }

  async function payRequest(request, tell) {
    try {
      const sheet = await ask("pay/invoke", request);
      const { paySheet } = await import(new URL("phone/paysheet.js", base));
      const { end, reason } = await paySheet(sheet, () => ask("pay/confirm", { prepayId: sheet.handle }));
      tell(reason ? { err_msg: name + ":" + end, err_desc: reason } : { err_msg: name + ":" + end });
    } catch (e) {
      tell({ err_msg: name + ":fail", err_desc: e.message });
    }
  }

  window.WeixinJSBridge = {
    invoke(method, request, callback) {
      const tell = (answer) => callback?.(answer);
      if (method === "getBrandWCPayRequest") payRequest(request, tell);
      else setTimeout(() => tell({ err_msg: method + ":fail_not_supported" }));
    },
    on() {},
    call() {},
  };
  // A page may wait for the bridge, and may have come first.
  const ready = () => document.dispatchEvent(new Event("WeixinJSBridgeReady"));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => setTimeout(ready));
  else setTimeout(ready);
})();
