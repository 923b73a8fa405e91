// The live chart on the page: its parts, and its life over Streamlit's reruns.
//
// Streamlit calls the default export again at every rerun and change of theme, with the same
// parentElement: the chart found there takes the new data and is built again only when its arms changed.

const DRAW_EVERY = [160, 1000]; // ms between drawings, by how long one takes; the first comes at once
const DRAWN = new Set(["step", "epoch"]); // what plots show; other news changes words alone
const DESCRIBE_EVERY = 4000; // ms between changes of the text alternatives
const HIDDEN_LIMIT = 30_000; // ms after which a hidden tab gives its connection back: browsers allow six

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text; // never innerHTML: names and errors are foreign text
  return made;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// ---- the chart's parts ----

// A short piece of line as the plots draw it, in the colour of the text.
function lineSample(split) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const add = (tag, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
    svg.append(node);
  };
  svg.setAttribute("class", `dl-sample dl-sample-${split}`);
  svg.setAttribute("viewBox", "0 0 30 12");
  svg.setAttribute("aria-hidden", "true");
  add("line", { x1: 1, x2: 29, y1: 6, y2: 6 });
  if (split !== "train_masked") add("circle", { cx: 15, cy: 6, r: 3.5 });
  return svg;
}

function toggle(className, mark, label, onPress) {
  const button = element("button", `dl-toggle ${className}`);
  button.type = "button";
  button.setAttribute("aria-pressed", "true");
  button.title = "Show or hide";
  button.append(mark, element("span", "dl-label", label));
  button.addEventListener("click", () => onPress(button));
  return button;
}

function smallButton(label, title, onPress) {
  const button = element("button", "dl-small", label);
  button.type = "button";
  button.setAttribute("aria-label", title);
  button.title = title;
  button.addEventListener("click", onPress);
  return button;
}

class ArmLine {
  constructor(arm, onPress) {
    this.arm = arm;
    this.root = element("li", "dl-arm");
    this.swatch = element("span", "dl-swatch");
    this.button = toggle("dl-arm-toggle", this.swatch, arm.name, onPress);
    this.words = element("span", "dl-words");
    this.bar = element("span", "dl-bar"); // says nothing that the words do not say
    this.bar.setAttribute("aria-hidden", "true");
    this.filled = this.bar.appendChild(element("span", "dl-filled"));
    this.root.append(this.button, this.words, this.bar);
  }

  update() {
    const { runs } = this.arm;
    setText(this.words, armWords(this.arm));
    this.words.classList.toggle("dl-failed", runs.some((run) => run.status === "failed"));
    this.bar.classList.toggle("dl-off", runs.every(hasEnded));
    this.filled.style.transform = `scaleX(${armProgress(this.arm).toFixed(3)})`;
  }

  paint(theme) {
    this.root.style.setProperty("--dl-arm", theme.dark ? this.arm.colour.dark : this.arm.colour.light);
  }
}

const COLUMNS = [["train_clean", "loss"], ["val", "loss"], ["train_clean", "accuracy"], ["val", "accuracy"]];

class ArmTable {
  constructor(arm) {
    this.arm = arm;
    this.root = element("table", "dl-table");
    this.root.append(element("caption", "", arm.name + (arm.runs.length > 1 ? ", means of its runs" : "")));
    const head = this.root.createTHead().insertRow();
    for (const text of ["epoch", "training loss", "validation loss", "training accuracy", "validation accuracy"]) {
      head.append(element("th", "", text));
      head.lastChild.scope = "col";
    }
    this.body = this.root.createTBody();
  }

  // Rows stay: who is reading or selecting in one keeps it.
  update(quantiles) {
    const columns = COLUMNS.map(([split, measure]) => summarise(this.arm, split, measure, quantiles));
    columns[1].forEach(({ epoch }, r) => {
      const row = this.body.rows[r] ?? this.addRow();
      setText(row.cells[0], String(epoch));
      columns.forEach((rows, c) => setText(row.cells[c + 1], rows[r] ? formatValue(COLUMNS[c][1], rows[r].mean) : ""));
    });
  }

  addRow() {
    const row = this.body.insertRow();
    row.append(element("th"));
    row.firstChild.scope = "row";
    COLUMNS.forEach(() => row.insertCell());
    return row;
  }
}

class PlotFrame {
  constructor(measure) {
    this.measure = measure;
    this.root = element("figure", "dl-figure");
    const head = element("figcaption", "dl-head");
    this.reset = smallButton("Reset", `Reset the zoom of the ${measure} chart`, () => this.plot.resetZoom());
    this.reset.classList.add("dl-off");
    const pictures = ["PNG", "SVG"].map((format) =>
      smallButton(format, `Download the ${measure} chart as ${format}`, () => this.plot.download(format.toLowerCase())));
    head.append(element("span", "dl-title", PLOTS[measure].title), this.reset, ...pictures);
    this.gd = element("div", "dl-plot dl-loading");
    this.gd.setAttribute("role", "img");
    this.gd.dataset.measure = measure;
    this.plot = new Plot(this.gd, measure, () => this.reset.classList.toggle("dl-off", !(this.plot.zoomed.x || this.plot.zoomed.y)));
    this.gd.addEventListener("pointerdown", () => { this.plot.dragging = true; });
    this.root.append(head, this.gd);
  }
}

// ---- the whole ----

class LiveChart {
  constructor(parent) {
    Object.assign(this, { runs: new Map(), arms: [], hidden: new Set(), active: new Set(), closed: false });
    Object.assign(this, { timer: 0, nextDrawing: 0, describing: 0, described: false });
    this.root = element("div", "dl-live");
    this.armList = element("ul", "dl-arms");
    this.keys = element("div", "dl-keys");
    this.note = element("p", "dl-note");
    this.note.setAttribute("role", "status");
    this.frames = Object.keys(PLOTS).map((measure) => new PlotFrame(measure));
    this.plots = this.frames.map((frame) => frame.plot);
    const figures = element("div", "dl-figures");
    figures.append(...this.frames.map((frame) => frame.root));
    this.numbers = this.makeNumbers();
    this.fillKeys();
    this.root.append(this.armList, this.keys, figures, this.numbers);
    parent.append(this.root);
    this.listen();
  }

  fillKeys() {
    for (const [split, label] of Object.entries(MEASURES)) {
      this.keys.append(toggle("dl-measure-toggle", lineSample(split), label, (button) => this.press(button, split)));
    }
    this.bandKey = element("span", "dl-band-key", "band: 95 % interval of the mean over seeds");
    this.keys.append(this.bandKey, this.note);
  }

  makeNumbers() {
    const details = element("details", "dl-numbers");
    this.tableBox = element("div", "dl-tables");
    this.tableBox.tabIndex = 0; // scrolls sideways on a narrow page, by keyboard too
    this.tableBox.setAttribute("role", "region");
    this.tableBox.setAttribute("aria-label", "Numbers by epoch");
    const units = "Losses are cross-entropy in nats a sample; training images are measured with dropout off.";
    details.append(element("summary", "", "Numbers as a table"), element("p", "dl-units", units), this.tableBox);
    return details;
  }

  listen() {
    this.onVisible = () => this.visible(!document.hidden);
    this.onPointerUp = () => setTimeout(() => {
      if (!this.plots.some((plot) => plot.dragging)) return;
      this.plots.forEach((plot) => { plot.dragging = false; });
      this.later();
    });
    document.addEventListener("visibilitychange", this.onVisible);
    for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, this.onPointerUp);
    this.sizes = new ResizeObserver(() => this.plots.forEach((plot) => plot.resize()));
    this.sizes.observe(this.root);
  }

  // Called at each rerun. What the stream has told outweighs what the page knew when it ran.
  update(data, setTriggerValue) {
    this.setTriggerValue = setTriggerValue;
    const runs = (arm) => arm.runs.map((run) => [run.id, run.seed, run.events.length]);
    const arms = data.arms.map((arm) => [arm.name, arm.epochs, arm.colour, runs(arm)]);
    const signature = JSON.stringify([data.stream, arms]);
    if (signature !== this.signature) {
      this.signature = signature;
      this.take(data);
      this.connect(data.stream);
      this.build(data.plotly);
    }
    this.repaint();
  }

  take(data) {
    const known = this.runs;
    this.quantiles = data.quantiles;
    this.runs = new Map();
    this.arms = data.arms.map((arm) => ({ ...arm, runs: arm.runs.map((spec) => this.takeRun(spec, arm.epochs, known)) }));
    this.active = new Set([...this.runs.values()].filter((run) => !hasEnded(run)).map((run) => run.id));
    this.bandKey.hidden = this.arms.every((arm) => arm.runs.length < 2);
    this.lines = this.arms.map((arm, a) => new ArmLine(arm, (button) => this.press(button, a)));
    this.tables = this.arms.map((arm) => new ArmTable(arm));
    this.hidden = new Set([...this.hidden].filter((what) => typeof what === "string")); // measures stay hidden, arms are new
    this.armList.replaceChildren(...this.lines.map((line) => line.root));
    this.tableBox.replaceChildren(...this.tables.map((table) => table.root));
    this.theme = null;
    this.described = false;
    this.updateWords();
    this.updateTables();
  }

  takeRun(spec, epochs, known) {
    const run = this.runs.get(spec.id) ?? known.get(spec.id) ?? newRun(spec, epochs);
    this.runs.set(spec.id, run);
    return run;
  }

  connect(url) {
    this.stream?.close();
    this.connected(true);
    this.stream = url && new Stream(url, {
      onMessage: (kind, message) => this.hear(kind, message),
      onConnected: (is) => this.connected(is),
      isDone: () => [...this.runs.values()].every((run) => run.closed),
    });
    this.stream?.open();
  }

  connected(is) {
    setText(this.note, is ? "" : "Connection lost – trying again");
  }

  hear(kind, message) {
    const run = this.runs.get(message.run);
    if (!run) return;
    if (kind === "status") takeStatus(run, message);
    else if (takeEvent(run, message)) this.fresh ||= DRAWN.has(kind);
    else return;
    this.later();
    this.tellWhenEnded();
  }

  // Once, and only for runs that had not ended when they came on show.
  tellWhenEnded() {
    if (!this.active.size || ![...this.active].every((id) => hasEnded(this.runs.get(id)))) return;
    const ended = [...this.active];
    this.active.clear();
    this.setTriggerValue("ended", ended);
  }

  async build(url) {
    const signature = this.signature;
    try {
      const Plotly = await loadPlotly(url);
      await new Promise((next) => setTimeout(next)); // drawing takes long: let the stream's request leave first
      if (this.closed || signature !== this.signature) return;
      this.theme = readTheme(this.root);
      await Promise.all(this.plots.map((plot) => plot.build(Plotly, this.arms, this.isHidden, this.quantiles, this.theme)));
      this.frames.forEach(({ gd }) => gd.classList.remove("dl-loading"));
      this.later();
    } catch (error) {
      setText(this.note, "The charts could not be drawn. Reload the page; the numbers below are complete.");
      console.warn("Live chart:", error);
    }
  }

  isHidden = (a, split) => this.hidden.has(a) || this.hidden.has(split);

  // An arm's number or a measure's name: either hides all its traces, in both plots.
  press(button, what) {
    const hide = !this.hidden.has(what);
    if (hide) this.hidden.add(what);
    else this.hidden.delete(what);
    button.setAttribute("aria-pressed", String(!hide));
    for (const plot of this.plots.filter((plot) => plot.ready)) {
      plot.hide(this.isHidden);
      plot.fill();
      plot.draw();
    }
  }

  later() {
    if (this.timer || document.hidden) return;
    const wait = this.fresh ? this.nextDrawing - performance.now() : 0; // words are cheap
    this.timer = setTimeout(() => this.draw(), wait);
  }

  draw() {
    this.timer = 0;
    this.updateWords();
    if (!this.fresh || !this.plots.every((plot) => plot.ready) || this.plots.some((plot) => plot.dragging)) return;
    const began = performance.now();
    this.fresh = false;
    this.plots.forEach((plot) => { plot.fill(); plot.draw(); });
    this.updateTables();
    const ended = performance.now();
    this.nextDrawing = ended + Math.min(DRAW_EVERY[1], Math.max(DRAW_EVERY[0], 4 * (ended - began)));
  }

  updateWords() {
    this.lines.forEach((line) => line.update());
    this.describing ||= setTimeout(() => this.describe(), this.described ? DESCRIBE_EVERY : 0);
  }

  // The text alternatives, seldom: some screen readers say every change.
  describe() {
    this.describing = 0;
    this.described = true;
    for (const { gd, measure } of this.frames) {
      const said = describe(this.arms, measure, this.quantiles);
      if (gd.getAttribute("aria-label") !== said) gd.setAttribute("aria-label", said);
    }
  }

  updateTables() {
    this.tables.forEach((table) => table.update(this.quantiles));
  }

  // Follow a change of theme: new colours, same zoom.
  repaint() {
    const theme = readTheme(this.root);
    this.lines.forEach((line) => line.paint(theme));
    if (JSON.stringify(theme) === JSON.stringify(this.theme)) return;
    this.theme = theme;
    for (const plot of this.plots.filter((plot) => plot.ready)) {
      plot.paint(theme);
      plot.draw();
    }
  }

  visible(is) {
    clearTimeout(this.hiding);
    if (is) {
      this.stream?.open();
      this.later();
    } else {
      this.hiding = setTimeout(() => this.stream?.close(), HIDDEN_LIMIT);
    }
  }

  close() {
    this.closed = true;
    this.stream?.close();
    this.sizes.disconnect();
    [this.timer, this.hiding, this.describing].forEach(clearTimeout);
    document.removeEventListener("visibilitychange", this.onVisible);
    for (const name of ["pointerup", "pointercancel"]) window.removeEventListener(name, this.onPointerUp);
    this.plots.forEach((plot) => plot.close());
    this.root.remove();
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  let chart = parentElement.dlLiveChart;
  if (!(chart instanceof LiveChart)) {
    chart?.close(); // left by another version of this module
    chart = parentElement.dlLiveChart = new LiveChart(parentElement);
  }
  // Streamlit also runs the clean-up of a call that a later one overtook: only the last one counts.
  const call = (chart.call = Symbol("call"));
  chart.update(data, setTriggerValue);
  return () => {
    if (chart.call !== call) return;
    delete parentElement.dlLiveChart;
    chart.close();
  };
}
