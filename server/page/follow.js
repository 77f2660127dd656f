(function () {
  "use strict";
  function go() {
    var given = /^#\/?follow\/?\?(.*)$/.exec(location.hash), query = [];
    if (!given) return;
    given[1].split("&").forEach(function (part) {
      var pair = /^(type|id|jump)=([0-9A-Za-z]+)$/.exec(part);
      if (pair) query.push(pair[0]);
    });
    location.replace("/follow?" + query.join("&"));
  }
  addEventListener("hashchange", go);
  go();
})();
