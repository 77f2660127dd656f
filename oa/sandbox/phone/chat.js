// The chat: bubbles, cards, notices, and what can be tapped in them.
import { $, avatar, el, isPage, pageOf } from "./dom.js";
import { words } from "./words.js";

const account = { openid: "account", name: words.goose };
const link = /<a\s[^>]*?href\s*=\s*(["'])(.*?)\1[^>]*>([\s\S]*?)<\/a>|https?:\/\/[^\s<>"'，。；：！？）】」]+/gi;

let shown = []; // what is drawn, entry by entry
let owner = null;
let act = { tap() {}, opened() {} };

// listen sets what happens when something in the chat is tapped.
export function listen(acts) { act = acts; }

// draw shows the chat of one follower. Entries that stand are left standing.
export function draw(who, entries) {
  const box = $("chat");
  const keys = entries.map((e) => who.name + JSON.stringify(e));
  const grows = owner === who.openid && shown.length <= keys.length && shown.every((key, i) => key === keys[i]);
  const first = owner !== who.openid;
  const atEnd = first || box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  if (!grows) box.replaceChildren();
  for (let i = grows ? shown.length : 0; i < entries.length; i++) {
    const before = entries[i - 1];
    if (!before || new Date(entries[i].at) - new Date(before.at) > 5 * 60000) box.append(when(entries[i].at));
    box.append(entry(who, entries[i]));
  }
  shown = keys;
  owner = who.openid;
  if (atEnd) box.scrollTop = box.scrollHeight;
}

// clear forgets what was drawn.
export function clear() {
  shown = [];
  owner = null;
  $("chat").replaceChildren();
}

function when(at) {
  const [day, time] = [at.slice(0, 10), at.slice(11, 16)];
  const today = new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10);
  const text = day === today ? time : `${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日 ${time}`;
  return el("p", { class: "when" }, el("time", { datetime: at, title: at.slice(0, 19).replace("T", " "), text }));
}

function entry(who, e) {
  if (e.kind === "notification") return el("p", { class: "notice-line", text: e.text });
  if (e.kind === "template") return card(who, e);
  if (e.url && isPage(e.url)) return article(who, e);
  if (e.kind === "said") {
    return el("div", { class: "row said" }, avatar(who), el("div", { class: "bubble", text: e.text }));
  }
  return el("div", { class: "row" }, avatar(account), el("div", { class: "bubble" }, ...spoken(who, e)));
}

function card(who, e) {
  const lines = (e.fields ?? []).map((f) => el("div", {}, el("dt", { text: f.label }), el("dd", { text: f.value })));
  const inside = [el("strong", { text: e.title }), el("dl", {}, ...lines)];
  return opens(who, e.url, "template-card", inside, words.details);
}

function article(who, e) {
  return opens(who, e.url, "template-card article-card", [el("strong", { text: e.title || e.url }), el("p", { text: e.text })], words.read);
}

function opens(who, url, kind, inside, more) {
  if (!isPage(url)) return el("div", { class: kind }, ...inside);
  return el("a", { class: kind, href: pageOf(who.openid, url), target: "_blank", rel: "noopener", onclick: () => act.opened() },
    ...inside, el("span", { class: "more", text: more }));
}

// spoken is a text with its links alive: menu links and pages, nothing else.
function spoken(who, e) {
  const items = e.items ?? [];
  if (items.length && !e.text.includes("weixin://bizmsgmenu")) return choices(who, e.text, items);
  return linked(who, e.text);
}

function choices(who, text, items) {
  let next = 0;
  return text.split("\n").map((line) => {
    const item = items[next];
    if (!item || line !== item.content) return el("div", {}, ...linked(who, line));
    next++;
    return el("div", {}, tap(item.id, line));
  });
}

function linked(who, text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(link)) {
    const plain = text.slice(at, found.index);
    if (plain) parts.push(plain);
    parts.push(alive(who, (found[2] ?? found[0]).replaceAll("&amp;", "&"), found[3] ?? found[0]));
    at = found.index + found[0].length;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

function alive(who, href, label) {
  if (href.startsWith("weixin://bizmsgmenu?")) return tap(argument(href, "msgmenuid"), label);
  if (!isPage(href)) return document.createTextNode(label);
  return el("a", { href: pageOf(who.openid, href), target: "_blank", rel: "noopener", text: label, onclick: () => act.opened() });
}

const tap = (id, label) => el("button", { type: "button", class: "tap", text: label, onclick: () => act.tap(id) });

// argument reads one argument of a menu link, whose values may be written as
// they are.
function argument(href, name) {
  for (const pair of href.slice(href.indexOf("?") + 1).split("&")) {
    const [key, ...value] = pair.split("=");
    if (key !== name) continue;
    try { return decodeURIComponent(value.join("=")); } catch { return value.join("="); }
  }
  return "";
}
