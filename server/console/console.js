// What a page cannot do by HTML alone: go on when the phone allowed something,
// and draw charts. Everything else works without this file.
(function () {
  "use strict";

  // A part that came by htmx and says that its form may be sent now.
  function submit(root) {
    var e = root.matches && root.matches("[data-submit]") ? root : root.querySelector && root.querySelector("[data-submit]");
    if (!e) return;
    e.removeAttribute("data-submit");
    (e.closest("form")).requestSubmit();
  }

  // Charts: <figure class="chart" data-chart='{"x":[…seconds…],"series":[{"name":"…","tone":"good","y":[…]}]}'>.
  // The table inside it says the same to those who cannot see it.
  var library = null;
  function load() {
    if (library) return library;
    var meta = document.querySelector('meta[name="uplot"]').content.split(" ");
    var sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = meta[1];
    document.head.appendChild(sheet);
    library = new Promise(function (resolve, reject) {
      var s = document.createElement("script");
      s.src = meta[0];
      s.onload = resolve;
      s.onerror = reject;
      document.head.appendChild(s);
    });
    return library;
  }

  function color(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }
  var tones = { good: "--accent", bad: "--bad", wait: "--wait", "": "--soft" };

  function draw(figure) {
    if (figure.dataset.drawn) return;
    figure.dataset.drawn = "1";
    var data = JSON.parse(figure.dataset.chart);
    var place = document.createElement("div");
    place.className = "plot";
    place.setAttribute("aria-hidden", "true");
    figure.insertBefore(place, figure.querySelector("details"));
    function two(n) { return (n < 10 ? "0" : "") + n; }
    function time(ts) { // Shanghai knows no summer time
      var d = new Date((ts + 8 * 3600) * 1e3);
      return two(d.getUTCMonth() + 1) + "-" + two(d.getUTCDate()) + " " + two(d.getUTCHours()) + ":" + two(d.getUTCMinutes());
    }
    function marks(u, splits, i, space, step) {
      return splits.map(function (ts) {
        var t = time(ts);
        return step >= 86400 || t.slice(-5) === "00:00" ? t.slice(0, 5) : t.slice(-5);
      });
    }
    var axis = { stroke: color("--soft"), grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line"), width: 1 } };
    var options = {
      width: place.clientWidth, height: 200,
      scales: { x: { time: true }, y: { range: function (u, low, high) { return [Math.min(0, low), Math.max(1, high * 1.1)]; } } },
      tzDate: function (ts) { return uPlot.tzDate(new Date(ts * 1e3), "Asia/Shanghai"); },
      axes: [Object.assign({ values: marks }, axis), axis],
      legend: { live: false },
      series: [{}].concat(data.series.map(function (s) {
        return { label: s.name, stroke: color(tones[s.tone || ""]), width: 2, points: { show: data.x.length < 40 } };
      }))
    };
    var plot = new uPlot(options, [data.x].concat(data.series.map(function (s) { return s.y; })), place);
    new ResizeObserver(function () { plot.setSize({ width: place.clientWidth, height: 200 }); }).observe(figure);
  }

  function charts(root) {
    var all = root.querySelectorAll ? root.querySelectorAll("figure.chart[data-chart]") : [];
    if (!all.length) return;
    load().then(function () { all.forEach(draw); });
  }

  // A part that came by htmx and says that the frame of this name is to show the
  // form anew. A fresh frame leaves no step in the browser's way back.
  function frames(root) {
    var mark = root.matches && root.matches("[data-refresh]") ? root : root.querySelector && root.querySelector("[data-refresh]");
    if (!mark) return;
    var button = document.querySelector('[data-frame="' + mark.dataset.refresh + '"]');
    var frame = document.getElementsByName(mark.dataset.refresh)[0];
    if (!button || !frame || frame.dataset.version === mark.dataset.version) return;
    frame.dataset.version = mark.dataset.version;
    frame.replaceWith(frame.cloneNode());
    button.form.requestSubmit(button);
  }

  document.addEventListener("htmx:load", function (e) { submit(e.target); charts(e.target); frames(e.target); });
  document.addEventListener("htmx:beforeSwap", function (e) { // refusals are pages too
    if (e.detail.xhr.status >= 400) { e.detail.shouldSwap = true; e.detail.isError = false; }
  });
  document.addEventListener("DOMContentLoaded", function () { charts(document); });

  // What was live is over: the rest of the page tells how it ended.
  document.addEventListener("htmx:sseClose", function (e) {
    if (e.detail.type === "message" && e.target.hasAttribute("data-renew")) location.reload();
  });

  // A sheet closes when something else is meant.
  document.addEventListener("click", function (e) {
    document.querySelectorAll("details.switcher[open], details.menu[open]").forEach(function (d) {
      if (!d.contains(e.target)) d.open = false;
    });
  });
  document.addEventListener("keydown", function (e) {
    if (e.key !== "Escape") return;
    document.querySelectorAll("details.switcher[open], details.menu[open]").forEach(function (d) { d.open = false; d.querySelector("summary").focus(); });
  });
})();
