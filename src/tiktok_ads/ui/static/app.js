// What native controls and htmx do not do: times in the reader's own zone, and charts drawn from JSON.
"use strict";

const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function showTimes(root) {
  for (const one of root.querySelectorAll("time[datetime]:not([data-shown])")) {
    const moment = new Date(one.dateTime);
    if (!Number.isNaN(moment.getTime())) {
      one.title = one.dateTime;
      one.textContent = format.format(moment);
      one.dataset.shown = "yes";
    }
  }
}

document.addEventListener("DOMContentLoaded", () => {
  showTimes(document);
  // What came back from TikTok goes on at once; without this script there is a button.
  document.querySelector("form[data-send-at-once]")?.requestSubmit();
});
document.addEventListener("htmx:after:swap", () => showTimes(document));

// A search field hides the choices that do not hold its words, and opens the groups that do.
document.addEventListener("input", (event) => {
  const place = event.target.dataset?.filter && document.getElementById(event.target.dataset.filter);
  if (!place) return;
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const group of place.querySelectorAll("details")) {
    let shown = 0;
    for (const one of group.querySelectorAll("label[data-text]")) {
      const fits = words.every((word) => (one.dataset.text || one.textContent).toLowerCase().includes(word));
      one.hidden = !fits;
      shown += fits;
    }
    group.hidden = shown === 0;
    group.open = words.length > 0 && shown > 0;
  }
});
