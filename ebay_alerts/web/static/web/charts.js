// Draws a page's charts from the figures beside them, in the page's colours. Without it, or without
// figures, the drawing that came with the page stays.
(() => {
  "use strict";
  const FONT = "12px -apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, sans-serif";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  // Line and band whole, and what was told; one dear listing among that presses nothing flat.
  function reach(figures) {
    const course = [...figures.line, ...(figures.low ?? []), ...(figures.high ?? [])].filter((value) => value != null);
    const most = 1.5 * Math.max(...course);
    const values = [...course, ...figures.told.map((one) => one[1]).filter((value) => value <= most)];
    const low = Math.min(...values), high = Math.max(...values);
    const edge = Math.max((high - low) * 0.12, high * 0.02, 0.5);
    return [Math.max(low - edge, 0), high + edge];
  }

  function options(figures, width) {
    const ink = { line: colour("accent"), axis: colour("muted"), grid: colour("line"), text: colour("ink"), paper: colour("paper") };
    const money = (digits) =>
      new Intl.NumberFormat("en-US", { style: "currency", currency: figures.currency, minimumFractionDigits: digits, maximumFractionDigits: digits });
    const exact = money(figures.digits), whole = money(0);
    const said = (u, value) => (value == null ? "–" : exact.format(value));
    const span = figures.x.at(-1) - figures.x[0], hours = !figures.is_daily && span < 3 * 86400;
    const tick = new Intl.DateTimeFormat("en-GB", hours ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short", timeZone: "UTC" });
    const steps = hours ? [60, 300, 900, 1800, 3600, 10800, 21600, 43200] : [1, 2, 7, 14, 30, 90, 365].map((days) => days * 86400);
    const day = new Intl.DateTimeFormat("en-GB", figures.is_daily
      ? { day: "numeric", month: "short", timeZone: "UTC" }
      : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
    const axis = { stroke: ink.axis, font: FONT, grid: { stroke: ink.grid, width: 1 }, ticks: { show: false } };
    const line = { stroke: ink.line, width: 2, spanGaps: true, points: { show: figures.x.length < 3 } };
    const series = [
      { label: figures.is_daily ? "Day" : "Time", value: (u, v) => (v == null ? "–" : day.format(v * 1000)) },
      { ...line, label: figures.label, value: said, paths: figures.steps ? uPlot.paths.stepped({ align: 1 }) : undefined },
    ];
    if (figures.low) {
      const edge = { stroke: "transparent", width: 0, spanGaps: true, points: { show: false }, value: said };
      series.push({ ...edge, label: "10th percentile" }, { ...edge, label: "90th percentile" });
    }
    if (figures.told.length) {
      const dots = { show: true, size: 9, fill: ink.paper, stroke: ink.line, width: 2 };
      series.push({ label: "Told", value: said, paths: () => null, points: dots, stroke: ink.line });
    }
    return {
      width,
      height: 220,
      padding: [14, 14, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      legend: { live: true, markers: { show: false } },
      scales: { y: { range: () => reach(figures) } },
      axes: [
        { ...axis, space: 90, size: 28, grid: { show: false }, values: (u, splits) => splits.map((one) => tick.format(one * 1000)), incrs: steps },
        { ...axis, space: 56, size: 72, values: (u, splits) => splits.map((one) => (splits.every(Number.isInteger) ? whole : exact).format(one)) },
      ],
      series,
      bands: figures.low ? [{ series: [3, 2], fill: `${ink.line}26` }] : [],
      hooks: {
        draw: [(u) => label(u, figures, exact, ink)],
        // Where nothing is pointed at, the words below say the last value.
        setCursor: [(u) => u.cursor.idx == null && u.setLegend({ idx: latest(u) })],
      },
    };
  }

  const latest = (u) => u.data[1].findLastIndex((value) => value != null);

  // The last value, at its end of the line.
  function label(u, figures, exact, ink) {
    const last = figures.x.length - 1, ratio = devicePixelRatio;
    const x = u.valToPos(figures.x[last], "x", true), y = u.valToPos(figures.line[last], "y", true);
    const { ctx } = u;
    ctx.save();
    ctx.fillStyle = ink.line;
    ctx.beginPath();
    ctx.arc(x, y, 4 * ratio, 0, 2 * Math.PI);
    ctx.fill();
    ctx.font = `600 ${13 * ratio}px sans-serif`;
    ctx.textAlign = "right";
    ctx.lineWidth = 4 * ratio;
    ctx.strokeStyle = ink.paper;
    ctx.fillStyle = ink.text;
    const words = exact.format(figures.line[last]), above = y - u.bbox.top > 24 * ratio;
    const at = y + (above ? -9 : 20) * ratio;
    ctx.strokeText(words, x + 4 * ratio, at);
    ctx.fillText(words, x + 4 * ratio, at);
    ctx.restore();
  }

  function draw(area, figures) {
    const plain = figures.low ? [figures.x, figures.line, figures.low, figures.high] : [figures.x, figures.line];
    const data = figures.told.length
      ? uPlot.join([plain, [figures.told.map((one) => one[0]), figures.told.map((one) => one[1])]])
      : plain;
    area.replaceChildren();
    const plot = new uPlot(options(figures, area.clientWidth), data, area);
    plot.setLegend({ idx: latest(plot) });
    return plot;
  }

  for (const figure of document.querySelectorAll("[data-figures]")) {
    const figures = JSON.parse(document.getElementById(figure.dataset.figures).textContent);
    const area = figure.querySelector(".plot-area");
    if (!figures || !figures.x.length || !window.uPlot) continue;
    area.classList.add("is-drawn");
    let plot = draw(area, figures);
    dark.addEventListener("change", () => { plot.destroy(); plot = draw(area, figures); });
    new ResizeObserver(() => {
      if (area.clientWidth && area.clientWidth !== plot.width) plot.setSize({ width: area.clientWidth, height: plot.height });
    }).observe(area);
  }
})();
