// The phone page: one follower's chat and what stands around it. Everything
// is drawn from one stream of events; what the person does goes to the
// control API.
import { $, attempt, call, el, isPage, pageOf, toast } from "./dom.js";
import { words } from "./words.js";
import * as chat from "./chat.js";
import * as log from "./log.js";
import { paySheet } from "./paysheet.js";
import * as sheet from "./sheet.js";
import * as side from "./side.js";
import * as steps from "./steps.js";
import * as time from "./time.js";

const title = $("title").textContent;
let chosen = new URLSearchParams(location.search).get("as") ?? "";
const wanted = new URLSearchParams(location.search).get("code") ?? ""; // the QR code the page was opened for
let crowd = { total: 0, list: [] };
let owner = null;
let stream = null;
let lastLine = "";
let lost = false;
let pointed = false;

const at = (act) => "followers/" + encodeURIComponent(chosen) + "/" + act;

// choose makes the phone that follower's.
function choose(openid, replace = false) {
  sheet.close();
  if (openid === chosen) return;
  chosen = openid;
  history[replace ? "replaceState" : "pushState"](null, "", "?as=" + encodeURIComponent(openid));
  turn();
}

// turn draws the phone anew for the chosen one.
function turn() {
  owner = null;
  chat.clear();
  log.owner(chosen);
  drawPeople();
  connect();
}

function connect() {
  stream?.close();
  stream = new EventSource("phone/live?as=" + encodeURIComponent(chosen) + "&after=" + lastLine + (wanted && "&code=" + encodeURIComponent(wanted)));
  const on = (name, take) => stream.addEventListener(name, (e) => take(JSON.parse(e.data), e));
  on("people", (state) => { crowd = state; pickSomeone(); drawPeople(); });
  on("chat", drawChat);
  on("codes", (list) => { side.codes(list, scan); point(); });
  on("menu", drawMenu);
  on("faults", side.faults);
  on("clock", time.draw);
  on("log", (line, e) => { lastLine = e.lastEventId; log.add(line); });
  stream.onerror = () => { if (!lost) toast(words.lost); lost = true; };
  stream.onopen = () => { if (lost) toast(words.back); lost = false; };
}

// pickSomeone chooses for who came without a choice: the newest who follows.
function pickSomeone() {
  if (chosen || crowd.list.length === 0) return;
  choose((crowd.list.find((p) => p.following) ?? crowd.list[0]).openid, true);
}

function drawPeople() {
  side.people(crowd, chosen, {
    choose,
    follow: () => follow(),
    unfollow: () => attempt(() => call("POST", at("unfollow"), {})),
    rename: (_, name) => attempt(() => call("POST", at("name"), { name })),
    block: (_, on) => attempt(() => call("POST", at("block"), { on })),
  });
}

function drawChat(state) {
  owner = state.owner;
  $("tab-who").textContent = owner ? words.switcher(owner.name) : words.followers;
  document.title = (owner ? owner.name + " · " : "") + title;
  const stranger = owner && !owner.following && state.entries.length === 0;
  $("chat").hidden = !owner || stranger;
  $("welcome").hidden = Boolean(owner) && !stranger;
  $("foot").hidden = !owner || stranger;
  $("say-form").hidden = $("menu").hidden = !owner?.following;
  $("menu").hidden ||= !$("menu").hasChildNodes();
  $("follow").hidden = Boolean(owner?.following);
  if (!owner || stranger) welcome(stranger);
  if (owner) chat.draw(owner, state.entries);
  steps.look(owner, state.entries);
}

// welcome says what to do where there is no chat yet.
function welcome(stranger) {
  const gone = chosen && !stranger;
  $("welcome-title").textContent = stranger ? words.strangerTitle : gone ? words.goneTitle : words.noOneTitle;
  $("welcome-text").textContent = stranger ? words.strangerText : gone ? words.goneText : words.noOneText;
  $("welcome-do").textContent = stranger ? words.followDo : words.noOneDo;
}

function drawMenu(buttons) {
  $("menu").replaceChildren(...buttons.map((b) => {
    if (!b.sub?.length) return el("div", {}, menuEntry(b));
    return el("details", { name: "menu" }, el("summary", { "aria-label": words.menuOf(b.name) }, el("span", { text: "≡ " + b.name })),
      el("div", { class: "sub" }, ...b.sub.map(menuEntry)));
  }));
  $("menu").hidden = buttons.length === 0 || !owner?.following;
}

function menuEntry(b) {
  const shut = () => { for (const open of $("menu").querySelectorAll("details[open]")) open.open = false; };
  if (b.type === "view" && isPage(b.url)) {
    const link = el("a", { target: "_blank", rel: "noopener", text: b.name, href: pageOf(chosen, b.url) });
    link.addEventListener("click", () => {
      link.href = pageOf(chosen, b.url);
      shut();
      attempt(() => call("POST", at("view"), { url: b.url }));
    });
    return link;
  }
  return el("button", { type: "button", text: b.name, onclick: () => { shut(); wait(() => call("POST", at("click"), { key: b.key })); } });
}

// wait runs an act that the account answers; after a moment the phone says
// that it waits.
async function wait(act) {
  const slow = setTimeout(() => { $("title").textContent = words.waiting; }, 400);
  const answer = await attempt(act);
  clearTimeout(slow);
  $("title").textContent = title;
  return answer;
}

// point shows the code that the page was opened for, once somebody is there to
// scan it.
function point() {
  if (!wanted || pointed || (!chosen && crowd.list.length > 0)) return;
  pointed = true;
  sheet.open("codes");
  document.querySelector("#codes-list .wanted button")?.focus({ preventScroll: true });
}

const follow = () => wait(() => call("POST", at("follow"), {}));

async function add() {
  const made = await attempt(() => call("POST", "followers", {}));
  if (made) choose(made.openid);
}

async function scan(what) {
  if (!chosen) return toast(words.pick);
  sheet.close();
  const answer = await wait(() => call("POST", at("scan"), what));
  if (answer?.url) ask(answer.url);
  if (answer?.pay) payFor(answer.pay);
  return undefined;
}

// payFor shows the pay sheet of a scanned code_url.
function payFor(sheet) {
  const openid = chosen;
  return paySheet(sheet, () => call("POST", "followers/" + encodeURIComponent(openid) + "/pay", { codeUrl: sheet.handle }), $("phone"));
}

// ask shows a scanned link before it is opened, as a camera does.
function ask(link) {
  $("ask-link").textContent = link;
  $("ask-yes").href = pageOf(chosen, link);
  $("ask").hidden = false;
  $("ask-yes").focus();
}

function say(text) {
  if (!owner?.following) return toast(words.subscribeFirst);
  return wait(() => call("POST", at("say"), { text }));
}

function prepareSaying() {
  const text = $("say-text");
  const fit = () => {
    $("say-send").disabled = text.value.trim() === "";
    text.style.height = "auto";
    text.style.height = Math.min(text.scrollHeight + 2, 112) + "px";
  };
  text.addEventListener("input", fit);
  const sends = (e) => e.key === "Enter" && !e.shiftKey && !e.isComposing;
  text.addEventListener("keypress", (e) => { if (sends(e)) e.preventDefault(); });
  text.addEventListener("keydown", (e) => {
    if (!sends(e)) return;
    e.preventDefault();
    $("say-form").requestSubmit();
  });
  $("say-form").addEventListener("submit", (e) => {
    e.preventDefault();
    const said = text.value.trim();
    if (!said) return;
    text.value = "";
    fit();
    say(said);
  });
}

function prepare() {
  chat.listen({ tap: (id) => wait(() => call("POST", at("tap"), { id })), opened: steps.opened });
  log.prepare();
  side.prepareFaults();
  time.prepare();
  sheet.prepare();
  steps.prepare({ say, open: (name) => name && sheet.open(name), close: sheet.close });
  prepareSaying();
  $("people-add").addEventListener("click", add);
  $("follow-do").addEventListener("click", follow);
  $("welcome-do").addEventListener("click", () => (owner ? follow() : add()));
  $("scan-form").addEventListener("submit", (e) => {
    e.preventDefault();
    const code = $("scan-text").value.trim();
    if (code) scan({ code }).then(() => { $("scan-text").value = ""; });
  });
  for (const id of ["ask-no", "ask-yes"]) $(id).addEventListener("click", () => { $("ask").hidden = true; });
  $("ask").addEventListener("keydown", (e) => { if (e.key === "Escape") $("ask").hidden = true; });
  addEventListener("popstate", () => {
    chosen = new URLSearchParams(location.search).get("as") ?? "";
    turn();
  });
  // A page that nobody sees holds no connection: a browser has few.
  document.addEventListener("visibilitychange", () => (document.hidden ? stream?.close() : connect()));
  turn();
}

prepare();
