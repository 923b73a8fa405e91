// The two plots: which traces there are, how they look, and how they take new numbers.
//
// New numbers are written into the traces' own arrays, then Plotly.redraw draws once: what
// Plotly.extendTraces does inside, but in one drawing for all traces, bands and the y axis together,
// and without its growing list of undo steps. Zoom lives in gd.layout, hidden traces in gd.data, and
// plotly hovers again after a redraw; so all three survive.

const PLOTS = {
  loss: {
    title: "Loss, training and validation",
    axis: { title: { text: "cross-entropy (nats a sample)", standoff: 8 } },
    early: [1, 2.4], // what the y axis shows before there is an epoch
    least: 0.4, // the least height of the y axis
    limit: Infinity,
    scale: 1,
  },
  accuracy: {
    title: "Accuracy, training and validation",
    axis: { title: { text: "accuracy (% of images)", standoff: 8 }, ticksuffix: "%" },
    early: [0, 50],
    least: 10,
    limit: 100,
    scale: 100,
  },
};

let loadingPlotly = null;

// Once a window, whatever number of charts: 4.7 MB of script.
function loadPlotly(url) {
  if (window.Plotly?.newPlot) return Promise.resolve(window.Plotly);
  loadingPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      loadingPlotly = null; // the next chart may try again
      script.remove();
      reject(new Error("plotly could not be loaded"));
    };
    document.head.append(script);
  });
  return loadingPlotly;
}

// Streamlit hands its theme down as CSS variables; `color` is one of them, as the browser computed it.
function readTheme(element) {
  const style = getComputedStyle(element);
  const [r, g, b] = style.color.match(/[\d.]+/g).map(Number);
  return {
    dark: 0.299 * r + 0.587 * g + 0.114 * b > 128, // light text stands on dark ground
    text: `rgb(${r},${g},${b})`,
    grid: `rgba(${r},${g},${b},0.12)`,
    line: `rgba(${r},${g},${b},0.3)`,
    ground: style.getPropertyValue("--st-background-color").trim() || "#fff",
    font: style.fontFamily,
  };
}

// plotly reads a little HTML in names; ours are plain text.
const plain = (name) => name.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

// Back to front: bands, light step lines, training, validation. An arm whose runs tell no steps
// (recorded ones) shows the epochs' running means instead.
function listTraces(arms) {
  const layers = [
    (arm, a) => (arm.runs.length > 1 ? ["train_clean", "val"].map((split) => ({ kind: "band", a, split })) : []),
    (arm, a) => arm.runs.map((run) => ({ kind: "steps", a, run, split: "train_masked" })),
    (arm, a) => [{ kind: "line", a, split: "train_masked" }],
    (arm, a) => [{ kind: "line", a, split: "train_clean" }],
    (arm, a) => [{ kind: "line", a, split: "val" }],
  ];
  return layers.flatMap((layer) => arms.flatMap(layer));
}

function newTrace(spec, measure, arms) {
  const arm = arms[spec.a];
  const seed = spec.run && arm.runs.length > 1 ? `, seed ${spec.run.seed}` : "";
  const name = plain(`${arm.name}, ${MEASURES[spec.split]}`);
  const base = { type: "scatter", x: [], y: [], name, meta: [plain(arm.name + seed), MEASURES[spec.split]] };
  if (spec.kind === "band") return { ...base, mode: "lines", fill: "toself", hoverinfo: "skip", showlegend: false, line: { width: 0 } };
  const light = spec.split === "train_masked";
  const dash = spec.split === "train_clean" ? "dash" : "solid";
  const value = measure === "loss" ? "%{y:.3f} nats a sample" : "%{y:.1f} %";
  return {
    ...base,
    text: [],
    mode: light ? "lines" : "lines+markers",
    line: { width: light ? 1.25 : 2.25, dash },
    showlegend: spec.kind === "line" && !light,
    hovertemplate: `<b>%{meta[0]}</b><br>%{meta[1]}<br>epoch %{x:.4~g}: ${value}%{text}<extra></extra>`,
  };
}

function paintTrace(trace, spec, arm, theme) {
  const colour = theme.dark ? arm.colour.dark : arm.colour.light;
  trace.line.color = colour;
  if (spec.kind === "band") {
    trace.fillcolor = colour + (spec.split === "val" ? "30" : "1c"); // #rrggbbaa
  } else if (spec.split === "train_masked") {
    trace.opacity = spec.kind === "steps" ? Math.min(0.45, Math.max(0.06, 0.6 / arm.runs.length)) : 0.45; // many add up
    trace.marker = { size: 5, color: colour };
  } else {
    const open = spec.split === "train_clean";
    trace.marker = { size: 6.5, color: open ? theme.ground : colour, line: { color: colour, width: 1.75 } };
  }
}

function paintLayout(layout, theme) {
  const font = { family: theme.font, size: 13, color: theme.text };
  const colours = { gridcolor: theme.grid, linecolor: theme.line, tickcolor: theme.line };
  layout.font = font;
  layout.hoverlabel = { bgcolor: theme.ground, bordercolor: theme.line, font: { ...font }, align: "left" };
  [layout.xaxis, layout.yaxis].forEach((axis) => Object.assign(axis, colours));
}

function newLayout(measure, epochs) {
  const axis = { automargin: false, zeroline: false, ticks: "outside", ticklen: 4, fixedrange: false, type: "linear" };
  const coarse = matchMedia("(pointer: coarse)").matches; // a finger drags the page, not a zoom box
  return {
    margin: { l: 60, r: 12, t: 10, b: 48 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    showlegend: false,
    hovermode: "closest",
    dragmode: coarse ? false : "zoom",
    xaxis: {
      ...axis, title: { text: "epoch", standoff: 8 }, showgrid: false, showline: true,
      range: fullX(epochs), tick0: 0, dtick: tickStep(epochs),
    },
    yaxis: { ...axis, ...PLOTS[measure].axis, range: [...PLOTS[measure].early], nticks: 7 },
  };
}

const fullX = (epochs) => [0, epochs + 0.02 * epochs];
// Few ticks, and the last epoch is one of them where that can be.
function tickStep(epochs) {
  const fits = [1, 2, 3, 4, 5, 10, 20, 25, 50, 100].filter((step) => epochs / step <= 8);
  return fits.find((step) => epochs % step === 0 && epochs / step > 3) ?? fits[0] ?? 200;
}

// Write what is known now into a trace.
function fillTrace(trace, spec, measure, arm, quantiles) {
  const { scale } = PLOTS[measure];
  const visible = trace.visible;
  if (spec.kind === "steps") {
    trace.x = spec.run.steps.x.slice();
    trace.mode = trace.x.length === 1 ? "markers" : "lines"; // a line of one point would not be seen
    trace.y = spec.run.steps[measure].map((value) => value * scale);
    trace.text = "";
  } else {
    const told = spec.split === "train_masked" && arm.runs.some((run) => run.steps.x.length);
    const rows = told ? [] : summarise(arm, spec.split, measure, quantiles);
    if (spec.kind === "band") fillBand(trace, spec, rows.filter((row) => row.half !== null), scale);
    else fillLine(trace, spec, rows, measure, scale);
  }
  trace.visible = visible;
}

function fillBand(trace, spec, rows, scale) {
  const back = rows.slice().reverse();
  trace.x = [...rows, ...back].map((row) => row.epoch);
  trace.y = [...rows.map((row) => row.mean + row.half), ...back.map((row) => row.mean - row.half)].map((value) => value * scale);
  spec.sets = rows.every((row) => row.n > 2); // two runs give a band so wide that it must not set the axis
}

function fillLine(trace, spec, rows, measure, scale) {
  const shift = spec.split === "train_masked" ? 0.5 : 0; // a mean over an epoch belongs to its middle
  trace.x = rows.map((row) => row.epoch - shift);
  trace.y = rows.map((row) => row.mean * scale);
  trace.text = rows.map((row) => (row.half === null ? "" : ` ± ${formatValue(measure, row.half)}<br>mean of ${row.n} runs, 95 % interval`));
}

// The y axis that holds every point on show; before the first epoch with room for where curves go.
function fullY(plot) {
  const { early, least, limit } = PLOTS[plot.measure];
  let [low, high] = [Infinity, -Infinity];
  let epochs = false;
  plot.gd.data.forEach((trace, i) => {
    const spec = plot.specs[i];
    if (trace.visible === "legendonly" || (spec.kind === "band" && !spec.sets)) return;
    for (const y of trace.y) [low, high] = [Math.min(low, y), Math.max(high, y)];
    epochs ||= spec.kind === "line" && trace.y.length > 0;
  });
  if (!epochs) [low, high] = [Math.min(low, early[0]), Math.max(high, early[1])];
  const pad = Math.max(0.05 * (high - low), (least - (high - low)) / 2);
  return [Math.max(0, low - pad), Math.min(limit, high + pad)];
}

class Plot {
  constructor(gd, measure, onZoom) {
    Object.assign(this, { gd, measure, onZoom, specs: [], arms: [], zoomed: { x: false, y: false }, dragging: false, ready: false });
  }

  // Draw a set of arms from the beginning.
  async build(Plotly, arms, isHidden, quantiles, theme) {
    Object.assign(this, { Plotly, arms, quantiles, specs: listTraces(arms), zoomed: { x: false, y: false } });
    const layout = newLayout(this.measure, this.epochs());
    const traces = this.specs.map((spec) => newTrace(spec, this.measure, arms));
    this.close(); // also ends listening, so that no event is heard twice
    Object.assign(this.gd, { data: traces, layout });
    this.paint(theme);
    this.hide(isHidden);
    this.fill();
    await Plotly.newPlot(this.gd, traces, layout, { displayModeBar: false, doubleClick: false, showTips: false });
    this.listen();
    this.ready = true;
    this.onZoom();
  }

  epochs() {
    return Math.max(1, ...this.arms.map((arm) => arm.epochs));
  }

  listen() {
    this.gd.on("plotly_relayout", (change) => {
      for (const letter of ["x", "y"]) {
        if (Object.keys(change).some((name) => name.startsWith(`${letter}axis.range`))) this.zoomed[letter] = true;
      }
      this.onZoom();
    });
    this.gd.on("plotly_doubleclick", () => this.resetZoom());
  }

  fill() {
    this.specs.forEach((spec, i) => fillTrace(this.gd.data[i], spec, this.measure, this.arms[spec.a], this.quantiles));
    if (!this.zoomed.y) this.gd.layout.yaxis.range = fullY(this);
  }

  // Nothing is drawn under a person's drag: it would tear the zoom box.
  draw() {
    if (this.ready && !this.dragging) this.Plotly.redraw(this.gd);
  }

  hide(isHidden) {
    this.specs.forEach((spec, i) => { this.gd.data[i].visible = isHidden(spec.a, spec.split) ? "legendonly" : true; });
  }

  paint(theme) {
    this.theme = theme;
    this.specs.forEach((spec, i) => paintTrace(this.gd.data[i], spec, this.arms[spec.a], theme));
    paintLayout(this.gd.layout, theme);
  }

  resetZoom() {
    this.zoomed = { x: false, y: false };
    this.gd.layout.xaxis.range = fullX(this.epochs());
    this.gd.layout.yaxis.range = fullY(this);
    this.draw();
    this.onZoom();
  }

  resize() {
    if (this.ready && this.gd.clientWidth) this.Plotly.Plots.resize(this.gd);
  }

  // A picture to keep has what stands around the plot on the page: title, legend, ground.
  download(format) {
    if (!this.ready) return;
    const size = { width: 900, height: 560 };
    const layout = {
      ...this.gd.layout, ...size, autosize: false, margin: { l: 64, r: 24, t: 56, b: 110 },
      title: { text: PLOTS[this.measure].title, x: 0.02, xanchor: "left" },
      showlegend: true, legend: { orientation: "h", y: -0.22 },
      paper_bgcolor: this.theme.ground, plot_bgcolor: this.theme.ground,
    };
    const file = { ...size, format, scale: format === "png" ? 2 : 1, filename: `dropout-${this.measure}` };
    this.Plotly.downloadImage({ data: this.gd.data, layout }, file);
  }

  close() {
    if (this.ready) this.Plotly.purge(this.gd);
    this.ready = false;
  }
}
