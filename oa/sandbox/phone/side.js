// What stands beside the phone: followers, codes, faults.
import { $, attempt, avatar, call, el, toast } from "./dom.js";
import { yuan } from "./paysheet.js";
import { words } from "./words.js";

const send = "/cgi-bin/message/template/send";

let seen = ""; // whose row was last brought into view

// people draws the list; the chosen one has the buttons.
export function people(crowd, chosen, acts) {
  const focus = document.activeElement?.closest?.("#people-list [data-key]")?.dataset.key;
  $("people-count").textContent = words.people(crowd.list.length, crowd.total);
  $("people-empty").hidden = crowd.list.length > 0;
  $("people-list").replaceChildren(...crowd.list.map((p) => person(p, p.openid === chosen, acts)));
  if (chosen !== seen) {
    seen = chosen;
    const row = $("people-list").querySelector(".chosen");
    if (row) $("people-list").scrollTop = row.offsetTop - $("people-list").offsetTop - 24;
  }
  if (focus) $("people-list").querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
}

function person(p, chosen, acts) {
  const state = p.blocking ? ["bad", words.blocking] : p.following ? ["good", words.following] : ["", words.stranger];
  const row = el("a", {
    class: "person", href: "?as=" + encodeURIComponent(p.openid), "data-key": p.openid, "aria-current": chosen ? "true" : null,
    onclick: (e) => {
      if (e.ctrlKey || e.metaKey || e.shiftKey) return;
      e.preventDefault();
      acts.choose(p.openid);
    },
  }, avatar(p), el("span", { class: "who" }, el("b", { text: p.name }), el("small", { text: p.openid.slice(0, 4) + "…" + p.openid.slice(-6), title: p.openid })),
  el("span", { class: "chip " + state[0], text: state[1] }));
  if (!chosen) return el("li", {}, row);
  const button = (key, text, act) => el("button", { type: "button", class: "quiet-button", "data-key": key + p.openid, text, onclick: act });
  return el("li", { class: "chosen" }, row, el("div", { class: "acts" },
    p.following ? button("f", words.unfollow, () => acts.unfollow(p)) : button("f", words.follow, () => acts.follow(p)),
    button("n", words.rename, (e) => rename(e.target.parentElement, p, acts)),
    button("b", p.blocking ? words.unblock : words.block, () => acts.block(p, !p.blocking))));
}

// rename puts a field in place of the buttons.
function rename(place, p, acts) {
  const field = el("input", { "aria-label": words.newName, maxlength: 12, autocomplete: "off" });
  field.value = p.name;
  const back = () => form.replaceWith(place);
  const form = el("form", { class: "acts line", onsubmit: (e) => {
    e.preventDefault();
    acts.rename(p, field.value.trim()).then(back);
  }, onkeydown: (e) => { if (e.key === "Escape") { e.stopPropagation(); back(); } } },
  field, el("button", { class: "quiet-button", text: words.save }));
  place.replaceWith(form);
  field.select();
}

// codes draws the tray.
export function codes(list, scan) {
  $("codes-empty").hidden = list.length > 0;
  $("codes-list").replaceChildren(...list.map((c) => {
    if (c.total) return payCode(c, scan);
    const until = c.expired ? words.expired : c.until ? words.left(c.until - Date.now()) : words.forever;
    const scene = c.name ? c.name : c.scene.length > 9 ? c.scene.slice(0, 4) + "…" + c.scene.slice(-3) : c.scene;
    return el("li", { class: [c.expired && "old", c.wanted && "wanted"].filter(Boolean).join(" ") || null },
      el("button", { type: "button", "aria-label": words.scanName(c.name || c.scene) + "，" + until, title: c.scene, onclick: () => scan({ code: c.ticket }) },
        el("img", { src: "cgi-bin/showqrcode?ticket=" + encodeURIComponent(c.ticket), alt: "", width: 84, height: 84, loading: "lazy" }),
        el("span", { class: c.name ? "named" : "scene", text: scene }), el("small", { text: c.wanted && !c.expired ? words.wanted : until })));
  }));
}

function payCode(c, scan) {
  const price = yuan(c.total);
  return el("li", {}, el("button", { type: "button", "aria-label": words.scanName(words.pay.code + " " + price), title: c.name, onclick: () => scan({ code: c.link }) },
    el("img", { src: "pay/qr?code=" + encodeURIComponent(c.link), alt: "", width: 84, height: 84, loading: "lazy" }),
    el("span", { class: "named", text: price }), el("small", { text: words.pay.code })));
}

const dials = {
  busy: (times) => ({ path: send, errcode: -1, times }),
  quota: (times) => ({ path: send, errcode: 45009, times }),
  token: () => ({ killTokens: true, errcode: 40001 }),
  cut: (times) => ({ path: send, cut: true, delivered: true, times }),
  slow: (times) => ({ path: send, latencyMs: 3000, times }),
  receipt: () => ({ dropFinish: 1 }),
  notice: () => ({ pay: { dropNotices: 1 } }),
};

// prepareFaults makes the dials work.
export function prepareFaults() {
  for (const name of Object.keys(dials)) {
    const [title, about] = words.faults[name];
    $("dials").append(el("button", { type: "button", class: "dial", "data-dial": name, onclick: () => dial(name) },
      el("b", { text: title }), el("small", { text: about })));
  }
  $("faults-clear").addEventListener("click", () => attempt(async () => {
    await call("DELETE", "faults");
    toast(words.cleared);
  }));
  $("profiles").addEventListener("change", (e) => attempt(async () => {
    await call("POST", "profile", { name: e.target.value });
    toast(words.profile(e.target.nextElementSibling.textContent));
  }));
}

function dial(name) {
  const times = Number(document.querySelector("input[name=times]:checked").value);
  return attempt(async () => {
    await call("POST", "faults", dials[name](times));
    toast(name === "token" ? words.tokensDied : words.faults[name][0] + "：" + words.dialled);
  });
}

// faults draws the profile and what stands.
export function faults(state) {
  for (const radio of document.querySelectorAll("input[name=profile]")) {
    radio.checked = radio.value === state.profile;
    if (radio.checked) $("profile-about").textContent = radio.dataset.about;
  }
  const standing = state.list.map((f) => el("li", {}, el("span", { text: nameOf(f) }), el("span", { class: "chip wait", text: words.times(f.times) })));
  for (const [key, value] of Object.entries(state.overlay)) {
    if (key === "killTokens" || !value) continue;
    const title = key === "dropFinish" ? words.faults.receipt[0] : key === "pay" ? words.payDial(value) : key;
    const share = typeof value === "number" && value < 1 ? Math.round(value * 100) + "%" : words.times(0);
    standing.push(el("li", {}, el("span", { text: title }), el("span", { class: "chip wait", text: share })));
  }
  $("standing").replaceChildren(...standing);
  $("faults-clear").disabled = standing.length === 0;
  $("tab-fault").hidden = standing.length === 0;
}

function nameOf(f) {
  if (f.code) return words.otherFault + " " + f.code;
  if (f.cut && f.delivered) return words.faults.cut[0];
  if (f.latencyMs) return words.faults.slow[0];
  if (f.errcode === -1) return words.faults.busy[0];
  if (f.errcode === 45009) return words.faults.quota[0];
  return f.errcode ? words.otherFault + " " + f.errcode : words.otherFault;
}
