(function () {
  "use strict";
  // document.body would be a form of that name, if one got past the sanitiser.
  var body = document.querySelector("body"), words = body.dataset;

  function copy(text) {
    var area = document.createElement("textarea");
    area.value = text;
    area.readOnly = true;
    area.style.cssText = "position:fixed;top:0;left:-9999px;font-size:16px";
    body.appendChild(area);
    area.select();
    area.setSelectionRange(0, text.length);
    var done = document.execCommand("copy");
    area.remove();
    return done;
  }

  function say(button, done) {
    button.dataset.said = done ? words.copied : words.copyFailed;
    button.toggleAttribute("data-failed", !done);
    clearTimeout(button.timer);
    button.timer = setTimeout(function () { delete button.dataset.said; }, 1600);
  }

  function press(button) {
    var done = false;
    try { done = copy(button.dataset.clipboardText); } catch (e) {}
    say(button, done);
    button.focus({ preventScroll: true });
  }

  function enhance(button) {
    if (button.hasAttribute("role")) return;
    button.setAttribute("role", "button");
    button.tabIndex = 0;
    button.addEventListener("click", function (e) { e.preventDefault(); press(button); });
    button.addEventListener("keydown", function (e) {
      if (e.key === "Enter" || e.key === " ") { e.preventDefault(); press(button); }
    });
  }

  function enhanceAll() { document.querySelectorAll(".copy[data-clipboard-text]").forEach(enhance); }
  enhanceAll();
  document.addEventListener("htmx:load", enhanceAll); // where htmx has put something in
})();
