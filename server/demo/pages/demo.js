// Says what goes wrong between the page and its server. The page works without.
(function () {
  "use strict";
  function show(id, wrong) { document.getElementById(id).hidden = !wrong; }
  function form(e) { return e.target.id === "send"; }

  document.addEventListener("htmx:beforeRequest", function (e) { if (form(e)) show("unsent", false); });
  document.addEventListener("htmx:sendError", function (e) { if (form(e)) show("unsent", true); });
  document.addEventListener("htmx:responseError", function (e) { if (form(e)) show("unsent", true); });
  document.addEventListener("htmx:sseError", function () { show("lost", true); });
  document.addEventListener("htmx:sseOpen", function () { show("lost", false); });
})();
