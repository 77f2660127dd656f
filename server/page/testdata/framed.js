// provokeFramed runs before anything else in the document of a frame. Once it
// is loaded it is provoked, and the page around is told what was found.
function provokeFramed() {
  const framed = new URLSearchParams(location.search).get("framed");
  if (window === top || parent !== top || framed === null) return;
  addEventListener("load", () => {
    const found = provoke(window), ran = window.ran;
    top.postMessage({ framed, found }, "*");
    setTimeout(() => { if (window.ran !== ran) top.postMessage({ framed, found: ["ran late"] }, "*"); });
  }, { once: true });
}
