// The pay sheet: what a phone shows before it pays. The phone page and the
// pages inside WeChat show the same one.
import { words } from "./words.js";

const style = new CSSStyleSheet();
style.replaceSync(`
.pay-sheet { --pay-card: #fff; --pay-ink: #161616; --pay-soft: #5c5c5c; --pay-line: #e2e2e2; --pay-go: #0a7a42; --pay-bad: #b3261e;
  box-sizing: border-box; position: fixed; z-index: 2147483000; inset: 0; display: grid; align-items: end; width: 100%; height: 100%; max-width: none; max-height: none;
  margin: 0; padding: 0; border: 0; background: rgb(0 0 0 / .55); color: var(--pay-ink); overflow: hidden; }
.pay-sheet.within { position: absolute; z-index: 6; }
.pay-sheet::backdrop { background: none; }
.pay-sheet * { box-sizing: border-box; }
.pay-card { display: grid; gap: 4px; justify-items: center; width: 100%; max-width: 480px; max-height: 100%; margin: 0 auto; padding: 24px 20px max(20px, env(safe-area-inset-bottom));
  border-radius: 14px 14px 0 0; background: var(--pay-card); text-align: center; overflow-y: auto; font: 16px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; }
.pay-card p { margin: 0; max-width: 100%; overflow-wrap: anywhere; }
.pay-card .pay-amount { font-size: 40px; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; }
.pay-card .pay-about { color: var(--pay-soft); font-size: 14px; }
.pay-card .pay-reason { padding-top: 8px; color: var(--pay-bad); }
.pay-acts { display: grid; gap: 8px; width: 100%; padding-top: 20px; }
.pay-acts button { all: unset; box-sizing: border-box; min-height: 48px; border-radius: 8px; text-align: center; font-weight: 600; cursor: pointer; }
.pay-acts button:focus-visible { outline: 3px solid #3c7bd9; outline-offset: 2px; }
.pay-acts .pay-yes, .pay-acts .pay-done { background: var(--pay-go); color: #fff; }
.pay-acts .pay-no { border: 1px solid var(--pay-line); color: var(--pay-ink); font-weight: 400; }
.pay-acts button[aria-disabled="true"] { opacity: .6; cursor: default; }
@media (min-width: 760px) { .pay-sheet:not(.within) { align-items: center; } .pay-sheet:not(.within) .pay-card { max-width: 380px; border-radius: 14px; } }
@media (prefers-color-scheme: dark) { .pay-sheet { --pay-card: #242426; --pay-ink: #ececec; --pay-soft: #ababab; --pay-line: #4a4a4e; --pay-bad: #ff9d95; } }
`);

const make = (name, className, text) => {
  const e = document.createElement(name);
  e.className = className;
  e.textContent = text ?? "";
  return e;
};

export const yuan = (fen) => "¥" + Math.floor(fen / 100) + "." + String(fen % 100).padStart(2, "0");

// paySheet shows an order until the person is done with it. pay confirms it
// and returns an outcome. Without place it covers the page, else that element.
// It resolves to { end: "ok" | "cancel" | "fail", reason }.
export function paySheet(sheet, pay, place) {
  if (!document.adoptedStyleSheets.includes(style)) document.adoptedStyleSheets = [...document.adoptedStyleSheets, style];
  const dialog = make("dialog", place ? "pay-sheet within" : "pay-sheet");
  dialog.setAttribute("aria-labelledby", "pay-title");
  const card = make("div", "pay-card");
  const title = make("p", "pay-merchant", sheet.merchant);
  title.id = "pay-title";
  const amount = make("p", "pay-amount", sheet.total ? yuan(sheet.total) : "");
  const about = make("p", "pay-about", sheet.description);
  const reason = make("p", "pay-reason", sheet.reason);
  reason.setAttribute("role", "status");
  const acts = make("div", "pay-acts");
  card.append(title, amount, about, reason, acts);
  dialog.append(card);
  (place ?? document.body).append(dialog);
  const before = document.activeElement;

  return new Promise((resolve) => {
    let outcome = { end: "cancel" };
    const leave = () => {
      dialog.close();
      dialog.remove();
      before?.focus?.({ preventScroll: true });
      resolve(outcome);
    };
    const button = (className, text, act) => {
      const b = make("button", className, text);
      b.type = "button";
      b.addEventListener("click", act);
      return b;
    };
    // over shows how it ended, until the person has seen it.
    const over = (end, text) => {
      outcome = { end, reason: end === "fail" ? text : undefined };
      if (end === "ok") title.textContent = text;
      else reason.textContent = text;
      acts.replaceChildren(button("pay-done", words.pay.done, leave));
      acts.firstChild.focus();
    };
    const confirm = async () => {
      if (yes.ariaDisabled === "true") return;
      yes.ariaDisabled = "true";
      yes.textContent = words.pay.busy;
      try {
        const got = await pay();
        if (got.shown === "failed") over("fail", got.reason);
        else over("ok", got.shown === "paid" ? words.pay.paid : words.pay.paying);
      } catch (e) {
        over("fail", e.message);
      }
    };
    const yes = button("pay-yes", words.pay.yes, confirm);
    acts.append(yes, button("pay-no", words.pay.no, leave));
    dialog.addEventListener("cancel", (e) => { e.preventDefault(); leave(); });
    dialog.addEventListener("keydown", (e) => { if (place && e.key === "Escape") { e.stopPropagation(); leave(); } });
    if (place) dialog.show();
    else dialog.showModal();
    if (sheet.reason) over("fail", sheet.reason);
    else yes.focus();
  });
}
