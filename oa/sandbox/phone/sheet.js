// On a narrow screen what stands beside the phone comes up as a sheet, one
// part at a time. On a wide one everything is there and a sheet does nothing.
import { $ } from "./dom.js";

const narrow = matchMedia("(max-width: 759px)");
let opener = null;

// open shows one part.
export function open(name) {
  if (!narrow.matches) {
    const part = $(name);
    part.scrollIntoView({ block: "nearest" });
    part.querySelector("button, a, input")?.focus({ preventScroll: true });
    return;
  }
  opener ??= document.activeElement;
  mark(name);
  $("sheet-close").focus({ preventScroll: true });
}

// close takes the sheet away and gives the focus back.
export function close() {
  if (!document.body.dataset.sheet) return;
  mark("");
  opener?.focus({ preventScroll: true });
  opener = null;
}

function mark(name) {
  if (name) document.body.dataset.sheet = name;
  else delete document.body.dataset.sheet;
  for (const part of document.querySelectorAll(".panel")) part.classList.toggle("up", part.id === name);
  for (const tab of document.querySelectorAll("[data-sheet][aria-expanded]")) tab.setAttribute("aria-expanded", String(tab.dataset.sheet === name));
  if (name) $(name).querySelector(".panel-head").append($("sheet-close"));
  $("veil").hidden = $("sheet-close").hidden = !name;
  $("phone").inert = Boolean(name);
}

// prepare makes tabs, veil and Escape work.
export function prepare() {
  for (const tab of document.querySelectorAll("button[data-sheet]")) {
    tab.addEventListener("click", () => (document.body.dataset.sheet === tab.dataset.sheet ? close() : open(tab.dataset.sheet)));
  }
  $("veil").addEventListener("click", close);
  $("sheet-close").addEventListener("click", close);
  addEventListener("keydown", (e) => { if (e.key === "Escape") close(); });
  narrow.addEventListener("change", close);
}
