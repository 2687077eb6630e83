// Explore: names and examples are written into the box, Ctrl+Enter runs it, answers become charts, and what was
// asked before is kept in this browser alone.
"use strict";

const box = document.getElementById("explore-box");
const sql = document.getElementById("explore-sql");
const answer = document.getElementById("answer");
const stop = document.getElementById("explore-stop");
const before = document.getElementById("explore-before");
const KEPT = "tiktok-ads explored";
const MOST_KEPT = 20;
const MOST_SERIES = 12;
let answered = null;

function write(text, whole) {
  sql.focus();
  if (whole) sql.select();
  // As if it was typed, so that Ctrl+Z takes it back.
  if (!document.execCommand("insertText", false, text)) sql.setRangeText(text, sql.selectionStart, sql.selectionEnd, "end");
}

const asName = (name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

function keep(all) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(all.slice(0, MOST_KEPT)));
  } catch { /* A browser that keeps nothing does without. */ }
  showKept();
}

function showKept() {
  const all = kept();
  before.hidden = all.length === 0;
  before.querySelector("ul").replaceChildren(...all.map((one) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "name";
    button.dataset.sql = one;
    button.title = one;
    button.textContent = one.replace(/\s+/g, " ").slice(0, 120);
    item.append(button);
    return item;
  }));
}

function busy(is) {
  stop.hidden = !is;
  if (is) answer.setAttribute("aria-busy", "true");
  else answer.removeAttribute("aria-busy");
}

// Where an answer says that something is wrong, the box shows it.
function showWrong() {
  const wrong = document.getElementById("explore-problem");
  sql.toggleAttribute("aria-invalid", Boolean(wrong));
  if (wrong) sql.setAttribute("aria-invalid", "true");
  sql.setAttribute("aria-describedby", wrong ? "explore-problem explore-hint" : "explore-hint");
  if (!wrong?.dataset.line || document.activeElement !== sql) return;
  const lines = sql.value.split("\n");
  const start = lines.slice(0, wrong.dataset.line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  // The database counts letters, a browser counts some of them twice.
  const column = [...(lines[wrong.dataset.line - 1] ?? "")].slice(0, wrong.dataset.column - 1).join("").length;
  const word = /^\w+|^./u.exec(sql.value.slice(start + column))?.[0].length ?? 0;
  sql.setSelectionRange(start + column, start + column + word);
}

function cells() {
  const grid = document.getElementById("explore-grid");
  const columns = [...grid.tHead.rows[0].cells].map((one, at) => ({ at, name: one.textContent, kind: one.dataset.kind }));
  const rows = [...grid.tBodies[0].rows].map((row) => [...row.cells].map((one) => (one.className === "null" ? null : one.textContent)));
  return { columns, rows };
}

const option = (text, value) => new Option(text, value);

function offerChart() {
  const axes = document.getElementById("explore-axes");
  if (!axes) return;
  const { columns, rows } = cells();
  const figures = columns.filter((one) => one.kind === "number");
  const along = columns.filter((one) => one.kind !== "nested" && one.kind !== "number");
  axes.hidden = !figures.length || !along.length || rows.length < 2;
  if (axes.hidden) return;
  const days = along.filter((one) => one.kind === "day" || one.kind === "moment");
  const pick = (id, list, first) => document.getElementById(id).replaceChildren(...first, ...list.map((one) => option(one.name, one.at)));
  pick("explore-x", [...days, ...along.filter((one) => !days.includes(one))], []);
  pick("explore-y", [...figures.filter((one) => one.name === "spend"), ...figures.filter((one) => one.name !== "spend")], []);
  pick("explore-by", along, [option("nothing", "")]);
  document.getElementById("explore-kind").value = days.length ? "line" : "bars";
  // A day that comes twice is of two things: by the first column that tells them apart.
  const x = Number(document.getElementById("explore-x").value);
  if (new Set(rows.map((row) => row[x])).size < rows.length) {
    const apart = along.find((one) => one.at !== x && new Set(rows.map((row) => `${row[x]}\n${row[one.at]}`)).size === rows.length);
    document.getElementById("explore-by").value = apart ? apart.at : "";
  }
}

function chartOf() {
  const { columns, rows } = cells();
  const [x, y, by] = ["x", "y", "by"].map((one) => document.getElementById(`explore-${one}`).value);
  const moments = [...new Set(rows.map((row) => row[x] ?? "null"))];
  if (["day", "moment"].includes(columns[x].kind)) moments.sort();
  const at = new Map(moments.map((one, index) => [one, index]));
  const series = new Map();
  let twice = false;
  for (const row of rows) {
    const name = by === "" ? columns[y].name : row[by] ?? "null";
    if (!series.has(name)) series.set(name, Array(moments.length).fill(null));
    const values = series.get(name);
    const place = at.get(row[x] ?? "null");
    if (row[y] === null) continue;
    twice ||= values[place] !== null;
    values[place] = Number(row[y]);
  }
  const shown = [...series].slice(0, MOST_SERIES);
  const notes = [];
  if (twice) notes.push("Some points stand for several rows; the last one is drawn. Add them up in the SELECT, or split them.");
  if (series.size > shown.length) notes.push(`The first ${MOST_SERIES} of ${series.size} are drawn.`);
  const drawn = (of, unit) => ({
    title: `${columns[y].name} by ${columns[x].name}${unit ? ` in ${unit}` : ""}`,
    unit,
    kind: document.getElementById("explore-kind").value,
    x: moments,
    series: of.map(([name, values]) => ({ name, values, is_rest: false })),
  });
  // Amounts of two currencies share no scale: each currency has a chart of its own.
  const apart = by !== "" && columns[by].name === "currency";
  return { charts: apart ? shown.map((one) => drawn([one], one[0])) : [drawn(shown, "")], notes };
}

box?.addEventListener("htmx:before:request", () => busy(true));
box?.addEventListener("htmx:finally:request", () => busy(false));
box?.addEventListener("submit", () => {
  const asked = sql.value.trim();
  if (asked) keep([asked, ...kept().filter((one) => one !== asked)]);
});
stop?.addEventListener("click", () => {
  htmx.trigger(box, "htmx:abort");
  busy(false);
  sql.focus();
});
sql?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    box.requestSubmit();
  }
});
document.getElementById("explore-forget")?.addEventListener("click", () => keep([]));
document.addEventListener("click", (event) => {
  const one = event.target.closest("[data-sql], [data-name]");
  if (!one || !sql) return;
  event.preventDefault();
  if (one.dataset.sql !== undefined) write(one.dataset.sql, true);
  else write(asName(one.dataset.name), false);
});
document.addEventListener("click", (event) => {
  if (event.target.id !== "explore-draw") return;
  const figure = document.getElementById("explore-chart");
  figure.hidden = false;
  charts.show(figure, chartOf());
});
document.addEventListener("htmx:after:swap", () => {
  // The side is swapped too, and says nothing of the answer.
  if (!answer || answer.firstElementChild === answered) return;
  answered = answer.firstElementChild;
  showWrong();
  offerChart();
});
if (sql) {
  showKept();
  offerChart();
}
