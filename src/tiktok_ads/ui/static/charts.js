// Draws figures: <figure class="chart" data-source="ADDRESS"> gets the charts that the address answers in JSON,
// one chart or {charts, notes, told}, each {title, unit, kind, x, series: [{name, values, is_rest}], total},
// and a table of the same numbers beside each. Explore hands its rows to `charts.show(figure, chart)`.
"use strict";

const charts = (() => {
  const TRIES = 5;
  const COLOURS = 10;
  const drawn = new Map();
  const day = /^\d{4}-\d{2}-\d{2}$/;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  const made = (tag, text = "", className = "") => {
    const one = document.createElement(tag);
    if (text !== "") one.textContent = text;
    if (className) one.className = className;
    return one;
  };
  const tone = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // Canvas takes some signs of a name for its own markup.
  const plain = (name) => String(name).replace(/[{}|\s]+/g, " ").trim() || "blank";
  const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

  function numbers(unit) {
    if (/^[A-Z]{3}$/.test(unit)) {
      try {
        return new Intl.NumberFormat(undefined, { style: "currency", currency: unit, currencyDisplay: "code" });
      } catch { /* No browser knows every currency; the number alone is right as well. */ }
    }
    return new Intl.NumberFormat(undefined, { maximumFractionDigits: 6 });
  }

  const written = (format, value) => (value === null || value === undefined ? "–" : format.format(value));

  function labels(chart) {
    const months = chart.x.length > 1 && chart.x.every((one) => day.test(one) && one.endsWith("-01"));
    const shape = months ? { month: "short", year: "numeric" } : { day: "numeric", month: "short" };
    const format = new Intl.DateTimeFormat(undefined, { ...shape, timeZone: "UTC" });
    return chart.x.map((one) => (day.test(one) ? format.format(new Date(`${one}T00:00:00Z`)) : plain(one)));
  }

  function options(chart) {
    const text = tone("--pico-color");
    const quiet = tone("--quiet") || text;
    const line = tone("--pico-muted-border-color");
    const format = numbers(chart.unit);
    const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
    const several = chart.series.length > 1;
    const names = labels(chart);
    const colour = (at, isRest) => (isRest ? quiet : tone(`--chart-${(at % COLOURS) + 1}`));
    return {
      animation: !calm.matches,
      textStyle: { color: text, fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 4, right: 28, top: 16, bottom: several ? 40 : 8, containLabel: true },
      legend: several
        ? { type: "scroll", bottom: 0, formatter: (name) => (name.length > 24 ? `${name.slice(0, 23)}…` : name), textStyle: { color: text }, pageTextStyle: { color: text }, pageIconColor: text, pageIconInactiveColor: line }
        : undefined,
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        confine: true,
        backgroundColor: tone("--pico-card-background-color"),
        borderColor: line,
        textStyle: { color: text },
        formatter: (points) => {
          const told = points.filter((one) => one.value !== null && one.value !== undefined && (one.value || !several));
          const lines = told.map((one) => (several ? `${one.seriesName}: ${written(format, one.value)}` : written(format, one.value)));
          if (several && chart.kind === "bars") {
            lines.push(`all: ${written(format, told.reduce((sum, one) => sum + one.value, 0))}`);
          }
          return [chart.x[points[0].dataIndex], ...lines].join("\n");
        },
      },
      xAxis: {
        type: "category",
        data: names,
        axisLine: { lineStyle: { color: line } },
        axisTick: { show: false },
        axisLabel: { color: quiet, hideOverlap: true, width: 110, overflow: "truncate" },
      },
      yAxis: {
        type: "value",
        axisLabel: { color: quiet, formatter: (value) => short.format(value) },
        splitLine: { lineStyle: { color: line } },
      },
      series: chart.series.map((one, at) => ({
        name: plain(one.name),
        type: chart.kind === "bars" ? "bar" : "line",
        stack: chart.kind === "bars" && several ? "all" : undefined,
        data: one.values,
        showSymbol: one.values.length < 32,
        symbolSize: 5,
        barMaxWidth: 40,
        itemStyle: { color: colour(at, one.is_rest) },
        lineStyle: { width: 2, color: colour(at, one.is_rest) },
      })),
    };
  }

  function table(chart) {
    const format = numbers(chart.unit);
    const details = made("details");
    details.append(made("summary", "The same numbers as a table"));
    const all = made("table", "", "wide");
    all.append(made("caption", chart.title));
    const head = made("tr");
    const corner = made("th", chart.x.some((one) => day.test(one)) ? "from" : "");
    corner.scope = "col";
    head.append(corner);
    for (const one of chart.series) {
      const cell = made("th", one.name, "num");
      cell.scope = "col";
      head.append(cell);
    }
    const body = made("tbody");
    chart.x.forEach((moment, at) => {
      const row = made("tr");
      const name = made("th", moment);
      name.scope = "row";
      row.append(name, ...chart.series.map((one) => made("td", written(format, one.values[at]), "num")));
      body.append(row);
    });
    const top = made("thead");
    top.append(head);
    all.append(top, body);
    details.append(all);
    return details;
  }

  function tell(figure, text, isBusy = false) {
    const told = made("p", text);
    if (isBusy) told.setAttribute("aria-busy", "true");
    figure.querySelectorAll(":scope > :not(figcaption)").forEach((one) => one.remove());
    figure.append(told);
  }

  function dispose(figure) {
    for (const { canvas } of drawn.get(figure) ?? []) canvas.dispose();
    drawn.delete(figure);
  }

  function show(figure, answer) {
    const found = answer.charts ?? [answer];
    dispose(figure);
    if (!found.length || found.every((one) => !one.x.length)) {
      tell(figure, answer.told || "There are no rows yet.");
      return;
    }
    figure.replaceChildren();
    const kept = [];
    for (const chart of found) {
      const head = made("div", chart.title, "title");
      if (chart.total !== undefined && chart.total !== null) {
        head.append(made("strong", written(numbers(chart.unit), chart.total)));
      }
      const place = made("div", "", "plot");
      place.setAttribute("role", "img");
      place.setAttribute("aria-label", `${chart.title}; its numbers follow as a table`);
      const one = made("div", "", "one");
      one.append(head, place, table(chart));
      figure.append(one);
      const canvas = echarts.init(place, null, { renderer: "canvas" });
      canvas.setOption(options(chart));
      kept.push({ canvas, chart, place });
      sizes.observe(place);
    }
    for (const note of answer.notes ?? []) figure.append(made("small", note));
    drawn.set(figure, kept);
  }

  async function load(figure) {
    figure.dataset.loading = "yes";
    const source = figure.dataset.source;
    for (let tried = 1; tried <= TRIES && figure.isConnected; tried += 1) {
      let answer;
      let said = {};
      try {
        answer = await fetch(source, { headers: { Accept: "application/json" } });
        said = await answer.json();
      } catch {
        tell(figure, "The app cannot be reached.");
        return;
      }
      if (answer.ok) {
        show(figure, said);
        return;
      }
      const message = [said.error?.message, said.error?.hint].filter(Boolean).join(" ");
      if (![409, 503].includes(answer.status) || tried === TRIES) {
        tell(figure, message || "It cannot be drawn now.");
        return;
      }
      tell(figure, "A run has the database open. This is tried again by itself …", true);
      await wait(Math.min(Number(answer.headers.get("Retry-After")) || 2, 5));
    }
  }

  function drawAll() {
    for (const figure of drawn.keys()) if (!figure.isConnected) dispose(figure);
    for (const figure of document.querySelectorAll("figure.chart[data-source]:not([data-loading])")) load(figure);
  }

  const sizes = new ResizeObserver((changes) => {
    for (const { target } of changes) echarts.getInstanceByDom(target)?.resize();
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const kept of drawn.values()) for (const { canvas, chart } of kept) canvas.setOption(options(chart), true);
  });
  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:after:swap", drawAll);
  return { show, drawAll };
})();
