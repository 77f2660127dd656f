(function () {
  "use strict";
  var main = document.querySelector("main[data-order]");
  if (!main) return;
  var at = main.dataset.order, shown = main.dataset.state, watch = main.dataset.watch;
  var button = document.querySelector("#pay"), said = document.querySelector("#said");
  var looks = 0, timer = 0, busy = false;

  function tell(text) { said.textContent = text; said.hidden = !text; }

  // The server says how the order stands. What the bridge says proves nothing.
  function look() {
    fetch(at + "/state", { credentials: "same-origin", cache: "no-store" }).then(function (r) {
      if (r.status === 404) return "";
      if (!r.ok) throw new Error();
      return r.text();
    }).then(function (now) {
      if (now !== shown) location.reload();
      else again();
    }).catch(again);
  }
  function again() {
    looks++;
    clearTimeout(timer);
    timer = setTimeout(look, document.hidden ? 10000 : looks < 20 ? 1000 : looks < 80 ? 3000 : 10000);
  }
  function soon() { looks = 0; again(); }

  function done(ok, text) {
    busy = ok;
    if (button) button.setAttribute("aria-disabled", String(ok));
    tell(text);
    soon();
  }

  function bridge(then) {
    if (window.WeixinJSBridge) return then();
    var late = setTimeout(function () { done(false, main.dataset.nobridge); }, 8000);
    document.addEventListener("WeixinJSBridgeReady", function () { clearTimeout(late); then(); }, { once: true });
  }

  function pay() {
    if (busy) return;
    busy = true;
    button.setAttribute("aria-disabled", "true");
    tell("");
    fetch(at + "/pay", { method: "POST", credentials: "same-origin", cache: "no-store" }).then(function (r) { return r.json(); }).then(function (a) {
      if (a.changed) return location.reload();
      if (a.error) return done(false, a.error);
      bridge(function () {
        window.WeixinJSBridge.invoke("getBrandWCPayRequest", a.request, function (answer) {
          var end = /:(ok|cancel)$/.exec(answer.err_msg);
          if (end && end[1] === "ok") done(true, main.dataset.confirming);
          else done(false, end ? main.dataset.cancelled : main.dataset.failed);
        });
      });
    }).catch(function () { done(false, main.dataset.offline); });
  }

  if (button) button.addEventListener("click", pay);
  // A page that the back button brings again may show what is over.
  addEventListener("pageshow", function (e) { if (e.persisted) location.reload(); });
  document.addEventListener("visibilitychange", function () { if (watch && !document.hidden) soon(); });
  if (watch) again();
})();
