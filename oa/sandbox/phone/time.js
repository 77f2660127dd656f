// The clock of the sandbox and its server: what it shows, and letting it go on.
import { $, attempt, call, toast } from "./dom.js";
import { words } from "./words.js";

// draw shows the time at the top of the phone and the date beside it.
export function draw(clock) {
  $("clock").textContent = clock.time;
  $("time-now").textContent = clock.date + " " + clock.time;
  $("time-ahead").textContent = clock.ahead;
}

// prepare makes the buttons work. One move at a time; the page shows the days
// passing meanwhile.
export function prepare() {
  $("spans").addEventListener("click", async (e) => {
    const button = e.target.closest("button");
    if (!button) return;
    busy(true);
    const moved = await attempt(() => call("POST", "clock", { advance: button.dataset.hours + "h" }));
    busy(false);
    button.focus({ preventScroll: true });
    if (moved) toast(words.passed(button.textContent.slice(1)));
  });
}

function busy(is) {
  for (const button of $("spans").querySelectorAll("button")) button.disabled = is;
  $("spans").setAttribute("aria-busy", String(is));
}
