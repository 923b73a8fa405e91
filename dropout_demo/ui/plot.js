// A finished chart: what plot.py decided, drawn by plotly into one element that stays.
//
// Plotly.react changes numbers in place: no flash, and `uirevision` keeps a person's zoom. The legend
// and the table are HTML: they wrap, can be read aloud and pressed, and nothing in them is HTML of others.

const PAPER = { dark: false, text: "rgb(22,32,43)", grid: "rgba(22,32,43,0.12)", line: "rgba(22,32,43,0.3)", ground: "#ffffff", font: "Arial, Helvetica, sans-serif" }; // a font that is there where the file is read
const PICTURE = { width: 960, height: 540, legendRow: 26 };
const MANY_POINTS = 60; // beyond, markers would hide their line
const MANY_NAMES = 16; // beyond, only some are written below the axis
const NAME_LINE = 16; // letters a line of a name below the axis

// Once a window, whatever number of charts and of copies of this module: 4.7 MB of script.
function loadPlotly(url) {
  if (window.Plotly?.newPlot) return Promise.resolve(window.Plotly);
  window.dlPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      delete window.dlPlotly; // the next chart may try again
      script.remove();
      reject(new Error("plotly could not be loaded"));
    };
    document.head.append(script);
  });
  return window.dlPlotly;
}

// plotly reads a little HTML in names; ours are plain text.
const plain = (name) => name.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

// Streamlit hands its theme down as CSS variables; `color` is one of them, as the browser computed it.
function readTheme(node) {
  const style = getComputedStyle(node);
  const [r, g, b] = textColour(node);
  return {
    dark: isDark(node),
    text: `rgb(${r},${g},${b})`,
    grid: `rgba(${r},${g},${b},0.12)`,
    line: `rgba(${r},${g},${b},0.3)`,
    ground: style.getPropertyValue("--st-background-color").trim() || "#fff",
    font: style.fontFamily,
  };
}

const colourOf = ({ colour }, theme) => (colour ? (theme.dark ? colour.dark : colour.light) : theme.text);

// Any colour of ours (#rrggbb or rgb()) with an opacity.
const faded = (colour, opacity) => {
  const parts = colour.startsWith("#") ? [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)) : colour.match(/[\d.]+/g).slice(0, 3);
  return `rgba(${parts.join(",")},${opacity})`;
};

// A closed outline for each stretch without a gap; plotly fills each by itself.
function bandOf(one, theme) {
  const stretches = [[]];
  one.x.forEach((x, i) => {
    if (one.low[i] === null || one.high[i] === null) stretches.push([]);
    else stretches.at(-1).push(i);
  });
  const [x, y] = [[], []];
  for (const stretch of stretches.filter((s) => s.length > 1)) {
    const back = stretch.slice().reverse();
    x.push(...[...stretch, ...back].map((i) => one.x[i]), null);
    y.push(...stretch.map((i) => one.high[i]), ...back.map((i) => one.low[i]), null);
  }
  return {
    type: "scatter", uid: `band-${safe(one.name)}`, x, y, mode: "lines", fill: "toself", hoverinfo: "skip",
    line: { width: 0 }, fillcolor: faded(colourOf(one, theme), 0.19), showlegend: false,
  };
}

// plotly makes CSS selectors of a uid: letters and digits alone.
const safe = (name) => Array.from(name, (sign) => sign.codePointAt(0).toString(36)).join("_");

function whiskers(one, colour) {
  if (!one.low) return undefined;
  const reach = (ends, sign) => ends.map((end, i) => (end === null || one.y[i] === null ? 0 : sign * (end - one.y[i])));
  return { type: "data", symmetric: false, array: reach(one.high, 1), arrayminus: reach(one.low, -1), color: colour, thickness: 1.75, width: 4 };
}

function tracesOf(one, theme) {
  const colour = colourOf(one, theme);
  const hollow = one.dash !== "solid";
  const base = {
    uid: `${one.form}-${safe(one.name)}`, name: plain(one.name), x: one.x, y: one.y, customdata: one.text.map(plain), showlegend: false,
    hovertemplate: "<b>%{fullData.name}</b><br>%{customdata}<extra></extra>",
  };
  if (one.form === "bars") {
    const pattern = hollow ? { shape: one.dash === "dot" ? "." : "/", bgcolor: theme.ground, fgcolor: colour, size: 7, solidity: 0.45 } : {};
    return [{ ...base, type: "bar", marker: { color: colour, line: { color: colour, width: 1.5 }, pattern }, error_y: whiskers(one, theme.text) }];
  }
  const marker = { size: one.symbol === "circle" ? 7 : 8.5, symbol: one.symbol, color: hollow ? theme.ground : colour, line: { color: colour, width: 1.75 } };
  if (one.form === "points") return [{ ...base, type: "scatter", mode: "markers", marker, error_y: whiskers(one, colour) }];
  const rule = one.form === "rule";
  const mode = rule || one.x.length > MANY_POINTS ? "lines" : "lines+markers";
  const line = { color: colour, width: rule ? 1.25 : 2.25, dash: one.dash };
  const curve = { ...base, type: "scatter", mode, line, marker, connectgaps: false, ...(rule ? { hoverinfo: "skip", hovertemplate: null } : {}) };
  return one.low ? [bandOf(one, theme), curve] : [curve];
}

function shapesOf(level, theme) {
  const colour = colourOf(level, theme);
  const across = { xref: "paper", x0: 0, x1: 1, yref: "y", layer: "below" };
  const line = { ...across, type: "line", y0: level.y, y1: level.y, layer: "above", line: { color: colour, width: 1.75, dash: level.dash } };
  if (!level.band) return [line];
  const [y0, y1] = level.band;
  return [{ ...across, type: "rect", y0, y1, fillcolor: faded(colour, 0.13), line: { width: 0 } }, line];
}

// Unseen points that keep a level off the edge: shapes alone make no room for themselves.
function roomFor(levels, series) {
  const x = series.find((one) => one.x.length)?.x[0];
  const y = levels.flatMap((level) => [level.y, ...(level.band ?? [])]);
  if (x === undefined || !y.length) return [];
  return [{ type: "scatter", uid: "room", mode: "markers", x: y.map(() => x), y, opacity: 0, marker: { size: 9 }, hoverinfo: "skip", showlegend: false }];
}

function axisOf(told, theme, more) {
  return {
    title: { text: plain(told.title), standoff: 8, font: { size: 13 } }, ticks: "outside", ticklen: 4, zeroline: false, exponentformat: "e",
    ticksuffix: told.percent ? "%" : "", gridcolor: theme.grid, linecolor: theme.line, tickcolor: theme.line, nticks: 7,
    ...(told.range ? { range: [...told.range], autorange: false } : { autorange: true }), ...more,
  };
}

// A long name in several lines, broken between words.
function inLines(name) {
  const lines = [""];
  for (const word of name.split(" ")) {
    if (lines.at(-1) && lines.at(-1).length + word.length >= NAME_LINE) lines.push(word);
    else lines.push([lines.pop(), word].filter(Boolean).join(" "));
  }
  return lines.map(plain).join("<br>");
}

// Points of several series at one name stand side by side: whiskers would hide each other.
function isCrowded({ categories, series }) {
  const names = series.filter(({ form }) => form === "points").flatMap(({ x }) => [...new Set(x)]);
  return categories && new Set(names).size < names.length;
}

// plotly lets a group of points begin at 0, whatever they are: here from the lowest to the highest.
function reachOf({ series, levels }) {
  const all = [...series.flatMap(({ y, low, high }) => [...y, ...(low ?? []), ...(high ?? [])]), ...levels.flatMap(({ y, band }) => [y, ...(band ?? [])])].filter((y) => y !== null);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const room = 0.06 * (high - low || Math.abs(high) || 1);
  return [low - room, high + room];
}

function nameTicks(series) {
  const names = [...new Set(series.flatMap((one) => one.x))];
  return names.length > MANY_NAMES ? {} : { tickvals: names, ticktext: names.map(inLines) };
}

function layoutOf(data, levels, theme) {
  const { x, y } = data.axes;
  const font = { family: theme.font, size: 13, color: theme.text };
  const type = data.categories ? "category" : x.log ? "log" : "linear";
  const range = x.range && x.log ? { range: x.range.map(Math.log10) } : {};
  const ticks = x.ticks ? { tickvals: x.ticks, ticktext: x.ticks.map(String) } : data.categories ? nameTicks(data.series) : {};
  const crowded = isCrowded(data);
  const reach = crowded && !y.range ? { range: reachOf(data), autorange: false } : {};
  return {
    margin: { l: 64, r: 14, t: 10, b: 48 }, font, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false,
    hovermode: "closest", dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom", // a finger drags the page, not a zoom box
    hoverlabel: { bgcolor: theme.ground, bordercolor: theme.line, font: { ...font }, align: "left" },
    xaxis: axisOf(x, theme, { type, showgrid: false, showline: true, automargin: data.categories ? "height" : false, ...range, ...ticks }),
    yaxis: axisOf(y, theme, reach), uirevision: "kept", shapes: levels.flatMap((level) => shapesOf(level, theme)),
    barmode: "group", bargap: 0.25, ...(crowded ? { scattermode: "group", scattergap: 0.7 } : {}),
  };
}

function sampleOf(entry, theme) {
  const bar = entry.form === "bars";
  const node = element("span", `dl-pl-sample${bar ? " dl-pl-bar" : ""} dl-pl-${entry.dash}`);
  node.style.setProperty("--dl-pl-colour", colourOf(entry, theme));
  if (entry.form === "points") node.classList.add("dl-pl-point");
  return node;
}

class Chart {
  constructor(parent) {
    Object.assign(this, { hidden: new Set(), closed: false, drawn: false, zoomed: false });
    this.root = element("div", "dl-pl");
    this.title = element("div", "dl-pl-title");
    this.gd = element("div", "dl-pl-plot dl-pl-loading");
    this.gd.setAttribute("role", "img");
    this.legend = element("ul", "dl-pl-legend");
    this.note = element("p", "dl-pl-note");
    this.note.setAttribute("role", "status");
    this.fold = element("details", "dl-pl-numbers");
    this.box = element("div", "dl-pl-box");
    this.box.tabIndex = 0; // scrolls sideways on a narrow page, by keyboard too
    this.box.setAttribute("role", "region");
    this.fold.append(element("summary", "", "Numbers"), this.box);
    this.fold.addEventListener("toggle", () => this.fillTable());
    this.tools = element("div", "dl-pl-tools");
    this.back = this.tool("Whole chart", () => this.unzoom());
    this.back.classList.add("dl-pl-away");
    this.save = this.tool("Save as PNG", () => this.savePicture());
    const foot = element("div", "dl-pl-foot");
    foot.append(this.fold, this.tools);
    this.root.append(this.title, this.gd, this.legend, this.note, foot);
    parent.append(this.root);
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(this.root);
  }

  tool(text, press) {
    const button = element("button", "dl-pl-tool", text);
    button.type = "button";
    button.addEventListener("click", press);
    this.tools.append(button);
    return button;
  }

  update(data) {
    this.data = data;
    setText(this.title, data.title);
    this.gd.setAttribute("aria-label", data.alt);
    this.gd.style.height = `${data.height}px`;
    this.box.setAttribute("aria-label", `Numbers of the chart: ${data.title}`);
    this.save.setAttribute("aria-label", `Save as PNG: ${data.title}`);
    this.fillLegend();
    this.fillTable();
    this.draw();
  }

  shown(what) {
    return this.data[what].filter(({ name }) => !this.hidden.has(name));
  }

  async draw() {
    try {
      this.Plotly = await loadPlotly(this.data.plotly);
      if (this.closed) return;
      const theme = readTheme(this.root);
      const [series, levels] = [this.shown("series"), this.shown("levels")];
      const traces = [...series.flatMap((one) => tracesOf(one, theme)), ...roomFor(levels, series)];
      traces.sort((a, b) => Number(b.fill === "toself") - Number(a.fill === "toself")); // bands behind all lines
      await this.Plotly.react(this.gd, traces, layoutOf(this.data, levels, theme), { displayModeBar: false, doubleClick: false, showTips: false });
      if (!this.drawn) this.listen();
      this.drawn = true;
      this.gd.classList.remove("dl-pl-loading");
    } catch (error) {
      if (this.closed) return;
      setText(this.note, "The chart could not be drawn. Reload the page; the numbers below are complete.");
      console.warn("Plot:", error);
    }
  }

  listen() {
    this.gd.on("plotly_relayout", (change) => {
      if (Object.keys(change).some((name) => /axis\.range/.test(name))) this.setZoomed(true);
    });
    this.gd.on("plotly_doubleclick", () => this.unzoom());
  }

  setZoomed(is) {
    this.zoomed = is;
    this.back.classList.toggle("dl-pl-away", !is);
  }

  async unzoom() {
    if (!this.drawn) return;
    const layout = layoutOf(this.data, [], readTheme(this.root));
    const whole = ({ range }) => (range ? { range: [...range] } : { autorange: true });
    const change = Object.fromEntries(["xaxis", "yaxis"].flatMap((axis) => Object.entries(whole(layout[axis])).map(([name, value]) => [`${axis}.${name}`, value])));
    if (document.activeElement === this.back) this.save.focus(); // it goes away; focus must not
    await this.Plotly.relayout(this.gd, change);
    this.setZoomed(false);
  }

  // Entries stay the same nodes while their names do, so that focus stays.
  fillLegend() {
    const theme = readTheme(this.root);
    const entries = [...this.data.series, ...this.data.levels];
    const names = JSON.stringify(entries.map(({ name }) => name));
    if (names !== this.names) {
      this.names = names;
      this.keys = entries.map(({ name }) => this.keyOf(name));
      this.legend.replaceChildren(...this.keys.map(({ item }) => item));
    }
    entries.forEach((entry, i) => {
      const { button, sample, label } = this.keys[i];
      sample.replaceChildren(sampleOf(entry, theme));
      setText(label, "band" in entry ? `${entry.name}: ${entry.text}` : entry.name);
      button.setAttribute("aria-pressed", String(!this.hidden.has(entry.name)));
    });
  }

  keyOf(name) {
    const item = element("li");
    const button = element("button", "dl-pl-key");
    button.type = "button";
    button.title = "Show or hide";
    const [sample, label] = [element("span"), element("span")];
    button.append(sample, label);
    button.addEventListener("click", () => {
      if (!this.hidden.delete(name)) this.hidden.add(name);
      button.setAttribute("aria-pressed", String(!this.hidden.has(name)));
      this.draw();
    });
    item.append(button);
    return { item, button, sample, label };
  }

  // Written while it is open; rows and cells stay, so that who reads or selects in one keeps it.
  fillTable() {
    if (!this.fold.open || !this.data) return;
    const { heads, rows } = this.data.table;
    const signature = JSON.stringify(heads);
    if (signature !== this.heads) {
      this.heads = signature;
      this.table = element("table");
      const row = this.table.createTHead().insertRow();
      for (const head of heads) row.appendChild(element("th", "", head)).scope = "col";
      this.table.createTBody();
      this.levels = element("ul", "dl-pl-levels");
      this.box.replaceChildren(this.levels, this.table);
    }
    const body = this.table.tBodies[0];
    rows.forEach((texts, r) => {
      const row = body.rows[r] ?? this.newRow(body, texts.length);
      texts.forEach((text, c) => setText(row.cells[c], text));
    });
    while (body.rows.length > rows.length) body.lastElementChild.remove();
    this.levels.replaceChildren(...this.data.levels.map(({ name, text }) => element("li", "", `${name}: ${text}`)));
  }

  newRow(body, count) {
    const row = body.insertRow();
    row.append(element("th"));
    row.firstChild.scope = "row";
    for (let c = 1; c < count; c++) row.insertCell();
    return row;
  }

  // A picture to keep has what stands around the chart on the page: title, legend, light ground.
  async savePicture() {
    if (!this.drawn) return;
    const entries = [...this.shown("series"), ...this.shown("levels")];
    const height = PICTURE.height + PICTURE.legendRow * entries.length;
    const layout = layoutOf(this.data, this.shown("levels"), PAPER);
    for (const axis of ["xaxis", "yaxis"]) Object.assign(layout[axis], { range: [...this.gd.layout[axis].range], autorange: false });
    Object.assign(layout, {
      width: PICTURE.width, height, paper_bgcolor: PAPER.ground, plot_bgcolor: PAPER.ground, showlegend: true,
      margin: { l: 72, r: 24, t: 56, b: 60 + PICTURE.legendRow * entries.length },
      title: { text: plain(this.data.title), x: 0.02, xanchor: "left", y: 0.98, yanchor: "top", pad: { t: 8 } },
      legend: { orientation: "v", yref: "container", y: 0, yanchor: "bottom", x: 0 },
    });
    const keys = entries.map((entry) => ({
      type: "scatter", x: [null], y: [null], showlegend: true, name: plain("band" in entry ? `${entry.name}: ${entry.text}` : entry.name),
      mode: entry.form === "bars" || entry.form === "points" ? "markers" : "lines",
      line: { color: colourOf(entry, PAPER), dash: entry.dash, width: 2.25 }, marker: { color: colourOf(entry, PAPER), symbol: entry.form === "bars" ? "square" : entry.symbol, size: 9 },
    }));
    const data = [...this.shown("series").flatMap((one) => tracesOf(one, PAPER)), ...keys];
    const url = await this.Plotly.toImage({ data, layout }, { format: "png", width: PICTURE.width, height, scale: 2 });
    const link = document.createElement("a");
    Object.assign(link, { href: url, download: `dropout-lab-${this.data.title.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 60)}.png` });
    link.click();
  }

  resize() {
    if (this.drawn && this.gd.clientWidth) this.Plotly.Plots.resize(this.gd);
  }

  close() {
    this.closed = true;
    this.sizes.disconnect();
    if (this.drawn) this.Plotly.purge(this.gd);
    this.root.remove();
  }
}

// Called at each rerun that changes something and at each change of theme, with the same parentElement.
export default function ({ data, parentElement }) {
  let chart = parentElement.dlPlot;
  if (!(chart instanceof Chart)) {
    chart?.close(); // left by another version of this module
    chart = parentElement.dlPlot = new Chart(parentElement);
  }
  // Streamlit also runs the clean-up of a call that a later one overtook: only the last one counts.
  const call = (chart.call = Symbol("call"));
  chart.update(data);
  return () => {
    if (chart.call !== call) return;
    delete parentElement.dlPlot;
    chart.close();
  };
}
