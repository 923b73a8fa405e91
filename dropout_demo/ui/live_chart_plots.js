// One plot: built, filled, drawn, zoomed, emphasised and saved as a picture.
//
// New numbers are written into the traces, then Plotly.redraw draws once: what Plotly.extendTraces does
// inside, but in one drawing for all traces, bands and the y axis together, and without its growing list
// of undo steps. Zoom lives in gd.layout, what is hidden in the chart, and plotly hovers again after a
// redraw; so all three survive. Of the traces only those with something to show are given to plotly:
// half of a redraw's time goes by their number, empty and hidden ones too.

const PICTURE = { width: 960, height: 600 };
const PAPER = { dark: false, text: "rgb(22,32,43)", grid: "rgba(22,32,43,0.12)", line: "rgba(22,32,43,0.3)", ground: "#ffffff", font: "Arial, Helvetica, sans-serif" }; // a font that is there where the file is read

let loadingPlotly = null;

// Once a window, whatever number of charts: 4.7 MB of script.
function loadPlotly(url) {
  if (window.Plotly?.newPlot) return Promise.resolve(window.Plotly);
  loadingPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => {
      quicken(window.Plotly);
      resolve(window.Plotly);
    };
    script.onerror = () => {
      loadingPlotly = null; // the next chart may try again
      script.remove();
      reject(new Error("plotly could not be loaded"));
    };
    document.head.append(script);
  });
  return loadingPlotly;
}

// At every drawing plotly walks its whole schema for each trace, to find which attributes are lists: 40 %
// of a redraw of many arms. Our traces say it themselves. Where plotly changes, this just does nothing.
function quicken({ PlotSchema }) {
  const find = PlotSchema?.findArrayAttributes;
  if (find) PlotSchema.findArrayAttributes = (trace) => trace._input?.dlLists ?? find(trace);
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

function paintLayout(layout, theme) {
  const font = { family: theme.font, size: 13, color: theme.text };
  const colours = { gridcolor: theme.grid, linecolor: theme.line, tickcolor: theme.line, zerolinecolor: theme.text };
  layout.font = font;
  layout.hoverlabel = { bgcolor: theme.ground, bordercolor: theme.line, font: { ...font }, align: "left" };
  for (const axis of ["xaxis", "yaxis"]) layout[axis] = { ...layout[axis], ...colours };
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
    yaxis: { ...axis, exponentformat: "e", ...PLOTS[measure].axis, zeroline: Boolean(PLOTS[measure].zero), range: [...PLOTS[measure].early], nticks: 7 },
  };
}

const fullX = (epochs) => [0, 1.04 * epochs]; // with room for a ring at the last epoch, on a phone too
// Few ticks, and the last epoch is one of them where that can be.
function tickStep(epochs) {
  const fits = [1, 2, 3, 4, 5, 10, 20, 25, 50, 100].filter((step) => epochs / step <= 8);
  return fits.find((step) => epochs % step === 0 && epochs / step > 3) ?? fits[0] ?? 200;
}

class Plot {
  constructor(gd, measure, onZoom) {
    Object.assign(this, { gd, measure, onZoom, all: [], shown: [], arms: [], beyond: new Set(), zoomed: { x: false, y: false }, dragging: false, ready: false, builds: 0 });
    this.isHidden = () => false;
    this.isDimmed = () => false;
  }

  // Draw a set of arms from the beginning. A later build or an end outruns this one.
  async build(Plotly, arms, quantiles, theme) {
    this.close(); // also ends listening, so that no event is heard twice
    const build = this.builds;
    Object.assign(this, { Plotly, arms, quantiles, theme, zoomed: { x: false, y: false } });
    this.all = listTraces(this.measure, arms).map((spec) => ({ spec, trace: newTrace(spec, this.measure, arms) }));
    this.gd.layout = newLayout(this.measure, this.epochs());
    this.paint(theme);
    this.fill();
    await Plotly.newPlot(this.gd, this.gd.data, this.gd.layout, { displayModeBar: false, doubleClick: false, showTips: false });
    if (build !== this.builds) return;
    this.listen();
    this.ready = true;
    this.emphasise();
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
    this.gd.on("plotly_afterplot", () => this.emphasise());
  }

  fill() {
    if (!this.gd.layout) return; // closed, and not built again yet
    this.shown = this.all.filter(({ spec, trace }) => {
      if (spec.a !== null && this.isHidden(spec.a, spec.split)) return false;
      fillTrace(trace, spec, this.measure, this.arms, this.quantiles, this.isHidden);
      if (spec.kind === "best") paintTrace(trace, spec, this.arms, this.theme);
      return trace.x.length > 0;
    });
    this.gd.data = this.shown.map(({ trace }) => trace);
    if (!this.zoomed.y) this.fit();
  }

  fit() {
    const { range, beyond } = fitY(this);
    this.beyond = beyond;
    this.gd.layout.yaxis.range = range;
    this.gd.layout.margin.l = marginFor(range);
  }

  // Nothing is drawn under a person's drag: it would tear the zoom box.
  draw() {
    if (this.ready && !this.dragging) this.Plotly.redraw(this.gd);
  }

  paint(theme) {
    this.theme = theme;
    this.all.forEach(({ spec, trace }) => paintTrace(trace, spec, this.arms, theme));
    paintLayout(this.gd.layout, theme);
  }

  // Fade the other arms. By a class on what plotly drew, since a redraw would take longer than a glance.
  emphasise() {
    for (const node of this.gd.querySelectorAll(".scatterlayer > .trace")) {
      const drawn = this.shown[node.__data__?.[0]?.trace?.index];
      node.classList.toggle("dl-dim", Boolean(drawn) && this.isDimmed(drawn.spec.a));
    }
  }

  resetZoom() {
    if (!this.ready) return;
    this.zoomed = { x: false, y: false };
    this.gd.layout.xaxis.range = fullX(this.epochs());
    this.fit();
    this.draw();
    this.onZoom();
  }

  resize() {
    if (this.ready && this.gd.clientWidth) this.Plotly.Plots.resize(this.gd);
  }

  // A picture to keep has what stands around the plot on the page: title, arms, dashes, light ground.
  async save(format) {
    if (!this.ready) return;
    const url = await this.Plotly.toImage(this.picture(), { ...PICTURE, height: this.pictureHeight(), format, scale: format === "png" ? 2 : 1 });
    const link = document.createElement("a");
    Object.assign(link, { href: url, download: `dropout-lab-${this.measure}.${format}` });
    link.click();
  }

  pictureHeight() {
    return PICTURE.height + this.legendHeight();
  }

  legendHeight() {
    const names = this.pictureKeys(PAPER).map(({ name }) => name.length);
    const columns = Math.max(1, Math.floor(870 / (42 + 6 * Math.max(...names)))); // px: plotly gives all the width of the longest
    return 24 * Math.ceil(names.length / columns);
  }

  shownArms() {
    return this.arms.filter((_, a) => Object.keys(READ[this.measure]).some((split) => !this.isHidden(a, split)));
  }

  picture() {
    const theme = PAPER;
    const shown = this.shown.map(({ trace, spec }) => {
      const copy = { ...trace, line: { ...trace.line }, marker: { ...trace.marker } };
      paintTrace(copy, spec, this.arms, theme);
      return copy;
    });
    const layout = {
      ...this.gd.layout, ...PICTURE, height: this.pictureHeight(), autosize: false, margin: { l: this.gd.layout.margin.l + 4, r: 24, t: 56, b: 64 + this.legendHeight() },
      title: { text: PLOTS[this.measure].title, x: 0.02, xanchor: "left", y: 0.98, yanchor: "top", pad: { t: 8 } },
      showlegend: true, legend: { orientation: "h", yref: "container", y: 0, yanchor: "bottom", x: 0 },
      paper_bgcolor: theme.ground, plot_bgcolor: theme.ground,
    };
    paintLayout(layout, theme);
    return { data: [...shown, ...this.pictureKeys(theme)], layout };
  }

  // Entries of the picture's legend: an arm each in its colour, a dash each in the colour of text, and what else there is.
  pictureKeys(theme) {
    const empty = { type: "scatter", x: [null], y: [null], showlegend: true };
    const arms = this.shownArms().map((arm) => ({
      ...empty, name: plain(arm.name), mode: "lines+markers", line: { color: arm.colour.light, width: 2.25 },
      marker: { color: arm.colour.light, symbol: arm.symbol, size: 8 },
    }));
    const splits = Object.keys(READ[this.measure]).filter((split) => !this.isHidden(null, split));
    const dashes = splits.map((split) => ({
      ...empty, name: NAMES[split], mode: "lines", line: { color: theme.text, width: 1.75, dash: DASHES[split] ?? "solid" },
    }));
    return [...arms, ...dashes, ...this.moreKeys(empty, theme)];
  }

  moreKeys(empty, theme) {
    const shown = this.shownArms();
    const [band, thin, beyond] = [bandWords(shown, this.quantiles), thinWords(shown), beyondWords(this.arms, this.beyond)];
    return [
      ...(band ? [{ ...empty, name: band, mode: "lines", line: { color: theme.grid, width: 8 } }] : []),
      ...(thin ? [{ ...empty, name: thin, mode: "lines", line: { color: theme.text, width: 1 } }] : []),
      ...(beyond ? [{ ...empty, name: plain(beyond), mode: "markers", marker: { color: theme.text, symbol: "triangle-up", size: 8 } }] : []),
    ];
  }

  close() {
    this.builds++;
    if (this.ready) this.Plotly.purge(this.gd);
    this.ready = false;
  }
}
