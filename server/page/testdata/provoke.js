// provoke does to a document what its follower could do, and more, and tells
// what it finds: the number a script left, or what else stands there wrongly.
function provoke(win) {
  const doc = win.document, found = [];
  // Elements named like a method stand before it, so methods are taken from where they are made.
  const all = win.Document.prototype.querySelectorAll, names = win.Element.prototype.getAttributeNames;
  const attribute = win.Element.prototype.getAttribute, fire = win.EventTarget.prototype.dispatchEvent;
  const usual = ["mouseover", "mouseenter", "focus", "blur", "toggle", "beforetoggle", "animationstart", "animationend",
    "transitionend", "pointerdown", "touchstart", "keydown", "input", "change", "submit", "load", "error", "scroll", "begin", "copy", "paste"];
  const stays = (href) => {
    if (href.startsWith("#")) return true;
    try { return ["javascript:", "data:"].includes(new URL(href, win.location.href).protocol); } catch { return false; }
  };
  // A click on a link to elsewhere is a person's choice; all others are tried.
  win.addEventListener("click", (e) => {
    if (!(e.target instanceof win.Element)) return;
    const link = win.Element.prototype.closest.call(e.target, "a, area");
    if (link && !stays(attribute.call(link, "href") ?? attribute.call(link, "xlink:href") ?? "")) e.preventDefault();
  }, true);
  // Before any script has run, only an attribute can have put a handler somewhere.
  for (const e of all.call(doc, "*")) {
    const own = names.call(e).filter((name) => name.startsWith("on")).map((name) => name.slice(2));
    for (const kind of own.length ? [...usual, ...own] : []) fire.call(e, new win.Event(kind, { bubbles: true, cancelable: true }));
    try { e.focus?.({ preventScroll: true }); } catch {}
    fire.call(e, new win.MouseEvent("click", { bubbles: true, cancelable: true }));
  }
  for (const kind of ["load", "pageshow", "resize", "hashchange", "message", "scroll", "focus"]) win.dispatchEvent(new win.Event(kind));
  if (typeof win.ran === "number") found.push("script " + win.ran + " ran");
  return found;
}

// tidy looks for what only a sanitiser that failed leaves in an article.
function tidy(win) {
  const main = win.document.querySelector("main"), found = [];
  if (!main) return ["has no article: " + win.document.documentElement.outerHTML.slice(0, 500)];
  const html = main.innerHTML;
  main.innerHTML = html;
  const plain = (s) => s.replace(/<pre>\n+/g, "<pre>"); // HTML itself loses a line feed there
  if (plain(main.innerHTML) !== plain(html)) found.push("reads another way the second time");
  for (const e of main.querySelectorAll("*")) {
    if (!["static", "relative"].includes(win.getComputedStyle(e).position)) found.push("leaves its place");
    if (e.namespaceURI !== "http://www.w3.org/1999/xhtml") found.push("of another namespace");
  }
  return found;
}
