// Small helpers: elements, calls of the control API, and the toast.
import { words } from "./words.js";

export const $ = (id) => document.getElementById(id);

// el makes an element. Text only ever becomes text.
export function el(name, properties = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "text") e.textContent = value;
    else if (key.startsWith("on")) e.addEventListener(key.slice(2), value);
    else e.setAttribute(key, value === true ? "" : value);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined));
  return e;
}

// call asks the control API, as the page's own route answers it: a refusal is
// an error with the platform's words.
export async function call(method, path, body) {
  let answer;
  try {
    const response = await fetch("phone/api/" + path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    answer = await response.json();
  } catch {
    throw new Error(words.unreachable);
  }
  if (answer.error) throw new Error(answer.error);
  return answer;
}

let fading;

// toast says one thing at the middle of the phone, for a moment.
export function toast(text) {
  const t = $("toast");
  t.textContent = text;
  t.classList.add("shown");
  clearTimeout(fading);
  fading = setTimeout(() => t.classList.remove("shown"), 2600);
}

// attempt runs an act and tells what went wrong.
export async function attempt(act) {
  try {
    return await act();
  } catch (e) {
    toast(e.message);
    return undefined;
  }
}

// pageOf is the address at which the browser opens a link as that follower.
export const pageOf = (openid, link) =>
  "api/followers/" + encodeURIComponent(openid) + "/open?url=" + encodeURIComponent(link);

// isPage tells whether a link is one that may be opened.
export function isPage(link) {
  try {
    return ["http:", "https:"].includes(new URL(link).protocol);
  } catch {
    return false;
  }
}

// hue gives everyone a colour of their own, always the same.
export const hue = (text) => "hue" + ([...text].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) >>> 0, 7) % 6);

export const avatar = (who) => el("span", { class: "face " + hue(who.openid), "aria-hidden": "true", text: [...who.name].pop() });

// store remembers small things in this browser; it may be forbidden to.
export const store = {
  get: (key) => { try { return localStorage.getItem("hongyan-phone-" + key); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem("hongyan-phone-" + key, value); } catch { /* then not */ } },
};
