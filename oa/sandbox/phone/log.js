// The log of what WeChat and the platform say to each other, newest first.
import { $, el } from "./dom.js";
import { words } from "./words.js";

const most = 200;
let lines = [];
let waiting = [];
let who = "";

// owner says whose phone it is, for the filter.
export function owner(openid) {
  who = openid;
  if ($("log-filter").value === "me") sift();
}

// prepare makes the filter work.
export function prepare() { $("log-filter").addEventListener("change", sift); }

// add takes one line; lines that come together are drawn together.
export function add(line) {
  waiting.push(line);
  if (waiting.length === 1) requestAnimationFrame(flush);
}

function flush() {
  const box = $("log-list");
  const fresh = waiting.slice(-most);
  waiting = [];
  const above = box.scrollTop > 4 ? box.scrollHeight - box.scrollTop : 0;
  for (const line of fresh) {
    const row = draw(line);
    row.hidden = !wanted(line);
    box.prepend(row);
    lines.unshift({ line, row });
  }
  for (const old of lines.splice(most)) old.row.remove();
  if (above) box.scrollTop = box.scrollHeight - above;
  $("log-list").hidden = !($("log-empty").hidden = lines.length > 0);
}

function sift() { for (const { line, row } of lines) row.hidden = !wanted(line); }

function wanted(line) {
  switch ($("log-filter").value) {
    case "me": return line.openid === who;
    case "bad": return bad(line);
    default: return true;
  }
}

const bad = (line) => Boolean(line.failure) || line.errcode !== 0 || line.status >= 400 || (line.direction === "callback" && line.status !== 200 && !(line.status === 204 && isNotice(line)));

// isNotice tells a notice of WeChat Pay, which 204 answers as well as 200.
const isNotice = (line) => /^(TRANSACTION|REFUND)\./.test(line.kind ?? "");

function draw(line) {
  const out = line.direction === "call";
  const name = out ? words.paths[line.path] ?? line.path : words.kinds[line.kind] ?? line.kind;
  const verdict = line.failure ? words.failure : line.errcode !== 0 ? String(line.errcode) : String(line.status);
  const body = el("div", { class: "bodies" });
  const details = el("details", { class: out ? "out" : "in" },
    el("summary", {},
      el("span", { class: "way", text: out ? words.callTo : words.callBack }),
      el("b", { text: name }),
      el("span", { class: "took", text: line.tookMs + " ms" }),
      el("span", { class: "chip " + (bad(line) ? "bad" : "good"), text: verdict }),
      el("time", { datetime: line.at, text: line.at.slice(11, 19) })),
    body);
  details.addEventListener("toggle", () => { if (!body.hasChildNodes()) body.append(...bodies(line)); }, { once: true });
  return el("li", {}, details);
}

function bodies(line) {
  const secret = line.direction === "call" && !line.request && !line.answer;
  const list = [el("p", {}, el("code", { text: line.path + (line.openid ? "  " + line.openid : "") }))];
  if (line.failure) list.push(el("p", { class: "why", text: line.failure }));
  if (line.sealed) list.push(el("p", { text: words.sealed }));
  const part = (title, text) => list.push(el("h3", { text: title }), el("pre", { tabindex: "0", text: text ? pretty(text) : secret ? words.hidden : words.empty }));
  part(words.request, line.request);
  part(words.answer, line.answer);
  return list;
}

// pretty breaks a document into lines without reading it: it may be cut, and
// its numbers may be too long for a browser.
function pretty(text) {
  if (text.startsWith("<")) return text.replace(/>\s*<(?=\w|\/xml>)/g, ">\n<");
  let depth = 0, quoted = false, out = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      out += c;
      if (c === "\\") out += text[++i] ?? "";
      else if (c === '"') quoted = false;
    } else if (c === '"') { quoted = true; out += c; }
    else if (c === "{" || c === "[") out += c + "\n" + "  ".repeat(++depth);
    else if (c === "}" || c === "]") out += "\n" + "  ".repeat(depth = Math.max(0, depth - 1)) + c;
    else if (c === ",") out += ",\n" + "  ".repeat(depth);
    else if (c === ":") out += ": ";
    else if (!/\s/.test(c)) out += c;
  }
  return out;
}
