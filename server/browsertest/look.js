(() => {
  const name = (e) => e.tagName.toLowerCase() + (typeof e.className === "string" && e.className ? "." + e.className.split(" ").join(".") : "");

  // scrolls reports whether an element scrolls or clips what is too wide in it.
  const scrolls = (e) => {
    for (; e && e !== document.body; e = e.parentElement) {
      if (getComputedStyle(e).overflowX !== "visible") return true;
    }
    return false;
  };

  const wide = () => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    return [...document.body.querySelectorAll("*")]
      .filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1 && !scrolls(e.parentElement))
      .map((e) => name(e) + " ends at " + Math.round(e.getBoundingClientRect().right))
      .concat("document is " + root.scrollWidth + " wide");
  };

  const rgba = (s) => {
    const n = s.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    return n.length < 4 ? [...n, 1] : n;
  };
  const over = (top, ground) => top.slice(0, 3).map((c, i) => c * top[3] + ground[i] * (1 - top[3]));
  const light = (c) => {
    const [r, g, b] = c.map((v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    const layers = [];
    for (; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c[3] > 0) layers.push(c);
      if (c[3] === 1) break;
    }
    return layers.reverse().reduce((below, c) => over(c, below), [255, 255, 255]);
  };

  const faint = () => {
    const found = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const e = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
      if (!text || !e.checkVisibility?.() || ["SCRIPT", "STYLE"].includes(e.tagName)) continue;
      const style = getComputedStyle(e), below = ground(e);
      const [a, b] = [light(over(rgba(style.color), below)), light(below)];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 600);
      if (ratio < (large ? 3 : 4.5)) found.add(name(e) + " " + ratio.toFixed(2) + ": " + text.slice(0, 30));
    }
    return [...found];
  };

  return { wide, faint };
})()
