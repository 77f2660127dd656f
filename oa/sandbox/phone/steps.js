// The first steps: what a newcomer does, ticked off as it happens.
import { $, store, toast } from "./dom.js";
import { words } from "./words.js";

const done = [false, false, false, false, false];

export const dismissed = () => store.get("steps") === "off";

// prepare makes the buttons of the steps work.
export function prepare({ say, open, close }) {
  done[3] = store.get("opened") === "yes";
  const dismiss = () => { store.set("steps", "off"); draw(); close(); };
  $("steps-close").addEventListener("click", dismiss);
  $("hint-close").addEventListener("click", dismiss);
  $("steps-open").addEventListener("click", () => { store.set("steps", "on"); draw(); });
  $("hint-open").addEventListener("click", () => open(["people", "codes", "steps", null, "steps"][done.indexOf(false)]));
  $("step-say").addEventListener("click", () => { close(); say(words.say); });
  $("command-copy").addEventListener("click", copy);
  draw();
}

// opened remembers that a page was opened.
export function opened() {
  store.set("opened", "yes");
  done[3] = true;
  draw();
}

// look ticks off what the chat shows.
export function look(owner, entries) {
  done[0] = Boolean(owner);
  done[1] = Boolean(owner?.following) && entries.some((e) => e.kind === "reply");
  done[2] = entries.some((e) => e.kind === "template");
  done[4] = entries.some((e) => e.kind === "said" && e.text.startsWith("#97 "));
  draw();
}

function draw() {
  const next = done.indexOf(false);
  $("steps").hidden = dismissed();
  $("hint").hidden = dismissed() || next < 0;
  if (next >= 0) $("hint-open").textContent = words.step(next + 1, words.steps[next]);
  done.forEach((is, i) => {
    const step = $("step-" + (i + 1));
    step.classList.toggle("done", is);
    step.classList.toggle("next", i === next);
    step.querySelector("strong").dataset.done = is ? words.done : "";
  });
}

async function copy() {
  const code = $("command");
  try {
    await navigator.clipboard.writeText(code.textContent);
    toast(words.copied);
    $("command-copy").textContent = words.copied;
    setTimeout(() => { $("command-copy").textContent = words.copy; }, 1600);
  } catch {
    getSelection().selectAllChildren(code);
    toast(words.copyFailed);
  }
}
