// What native controls and htmx do not do: the reader's own zone, search in lists, copying, and where a form is wrong.
"use strict";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const shape = { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
const inTable = new Intl.DateTimeFormat(undefined, shape);
const alone = new Intl.DateTimeFormat(undefined, { ...shape, timeZoneName: "short" });

function showTimes(root) {
  for (const one of root.querySelectorAll("time[datetime]:not([data-shown])")) {
    const moment = new Date(one.dateTime);
    if (!Number.isNaN(moment.getTime())) {
      one.title = `${one.dateTime}, shown in ${zone}`;
      // The foot of the page names the zone, so that a table need not in each of its rows.
      one.textContent = (one.closest("table") ? inTable : alone).format(moment);
      one.dataset.shown = "yes";
    }
  }
  const foot = document.querySelector("[data-zone]");
  if (foot && document.querySelector("time[data-shown]")) {
    foot.querySelector("span").textContent = zone;
    foot.hidden = false;
  }
}

// What is wider than its place can be scrolled by keyboard, too.
function makeReachable(root) {
  for (const one of root.querySelectorAll("table.wide, pre")) {
    const scrolls = one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight;
    if (scrolls) one.tabIndex = 0;
    else one.removeAttribute("tabindex");
  }
}

function say(text) {
  const place = document.getElementById("said");
  place.textContent = text;
  setTimeout(() => { if (place.textContent === text) place.textContent = ""; }, 4000);
}

// After a form came back with something wrong, the first such field is where to go on.
function goToWrong() {
  const field = document.querySelector(
    "main [aria-invalid=true], main fieldset.wrong :is(input, select):not([type=hidden]):not(:disabled)",
  );
  for (let one = field?.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
  (field ?? document.getElementById("problems"))?.focus();
}

document.addEventListener("DOMContentLoaded", () => {
  showTimes(document);
  makeReachable(document);
  goToWrong();
  // What came back from TikTok goes on at once; without this script there is a button.
  document.querySelector("form[data-send-at-once]")?.requestSubmit();
  // Somebody who makes something new most likely means the clock on the wall.
  for (const one of document.querySelectorAll("[data-own-zone]")) {
    if (!one.options || [...one.options].some((option) => option.value === zone)) one.value = zone;
  }
});
document.addEventListener("htmx:after:swap", () => {
  showTimes(document);
  makeReachable(document);
});
window.addEventListener("resize", () => makeReachable(document));

// A search field hides what does not hold its words, and opens the groups that do.
function search(field) {
  const place = document.getElementById(field.dataset.filter);
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const all = place?.querySelectorAll("[data-text]") ?? [];
  for (const one of all) {
    const text = (one.dataset.text || one.textContent).toLowerCase();
    one.hidden = !words.every((word) => text.includes(word));
  }
  for (const group of place?.querySelectorAll("details:has([data-text])") ?? []) {
    const shown = group.querySelectorAll("[data-text]:not([hidden])").length;
    group.hidden = shown === 0;
    group.open = words.length > 0 && shown > 0;
  }
  const told = document.querySelector(`[data-found="${field.dataset.filter}"]`);
  if (told) {
    const shown = [...all].filter((one) => !one.hidden).length;
    told.textContent = words.length ? `${shown} of ${all.length}` : "";
  }
}

// What chooses what is shown is sent when it is chosen.
document.addEventListener("change", (event) => {
  if (event.target.dataset?.sends !== undefined) event.target.form.requestSubmit();
});

document.addEventListener("input", (event) => {
  if (event.target.dataset?.filter) search(event.target);
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.opens) document.getElementById(button.dataset.opens)?.showModal();
  if (button.dataset.closes !== undefined) button.closest("dialog")?.close();
  if (button.dataset.copy !== undefined) {
    const field = button.parentElement.querySelector("input");
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      say("Copied.");
    } catch {
      say("Press Ctrl-C to copy what is selected.");
    }
  }
  if (button.dataset.whole !== undefined) {
    const boxes = [...button.closest("details").querySelectorAll("label:not([hidden]) input[type=checkbox]")];
    const on = boxes.some((one) => !one.checked);
    for (const one of boxes) one.checked = on;
    boxes[0]?.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

// A further time of the day can be filled in as soon as the last one is.
document.addEventListener("change", (event) => {
  if (event.target.name !== "when_time" || !event.target.value) return;
  const all = [...document.querySelectorAll("[name=when_time]")];
  if (event.target !== all.at(-1)) return;
  const label = event.target.closest("label").cloneNode(true);
  label.querySelector("span").textContent = `Time ${all.length + 1}`;
  label.querySelector("input").value = "";
  event.target.closest("label").after(" ", label);
});

// The menu of the head closes when one goes elsewhere.
document.addEventListener("click", (event) => {
  for (const one of document.querySelectorAll(".top details[open]")) {
    if (!one.contains(event.target)) one.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector(".top details[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
