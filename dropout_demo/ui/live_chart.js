// The live chart on the page: its parts, and its life over Streamlit's reruns.
//
// Streamlit calls the default export again whenever data or theme change, which live_chart.py sees to at
// every rerun while runs are active, with the same parentElement: the chart found there takes the new data and is built again only when its arms changed.

const DRAW_EVERY = [160, 1500]; // ms between drawings, by how long one takes; the first comes soon
const DRAW_SHARE = 6; // times as long as a drawing takes, the page is left alone
const GATHER = [60, 400]; // ms: news that come in one go are drawn in one go; without a pause, after the longer
const BACKLOG = 1500; // ms that plots of ended runs wait at most for their events, to be drawn once
const DESCRIBE_EVERY = 4000; // ms between changes of the text alternatives
const HIDDEN_LIMIT = 30_000; // ms after which a hidden tab gives its connection back: browsers allow six
const MANY_ARMS = 6; // beyond, the legend stands in columns
const PAIR = 2; // with more arms, all ended, the noisy measure waits until somebody asks for it

const MASKED_OFF = "Switched off because more arms have ended than it can be told apart for. Press to show it";
const STEPLESS = " (means of whole epochs; nothing was recorded step by step)";

const nextTask = () => new Promise((next) => setTimeout(next));

class LiveChart {
  constructor(parent) {
    Object.assign(this, { runs: new Map(), arms: [], hidden: new Set(), chosen: new Set(), closed: false, builds: 0 });
    Object.assign(this, { timer: 0, nextDrawing: 0, describing: 0, described: false, drawing: false, view: "curves", pointed: null });
    this.root = element("div", "dl-live");
    this.armList = element("ul", "dl-arms");
    this.keys = element("div", "dl-keys");
    this.note = element("p", "dl-note");
    this.news = element("p", "dl-news");
    for (const spoken of [this.note, this.news]) spoken.setAttribute("role", "status");
    this.figures = element("div", "dl-figures");
    this.frames = [];
    this.addFrames("curves");
    this.numbers = new Numbers();
    this.ended = new EndNews((id) => hasEnded(this.runs.get(id)), (ids) => this.setTriggerValue("ended", ids));
    this.fillKeys();
    this.root.append(this.armList, this.keys, this.figures, this.numbers.root, this.news);
    parent.append(this.root);
    this.listen();
  }

  addFrames(view) {
    for (const measure of Object.keys(PLOTS).filter((name) => PLOTS[name].view === view)) {
      const frame = new PlotFrame(measure);
      frame.plot.isHidden = this.isHidden;
      frame.plot.isDimmed = this.isDimmed;
      this.frames.push(frame);
      this.figures.append(frame.root);
    }
  }

  get plots() {
    return this.frames.map((frame) => frame.plot);
  }

  get shown() {
    return this.frames.filter(({ measure }) => PLOTS[measure].view === this.view);
  }

  fillKeys() {
    this.views = new ViewSwitch((view) => this.choose(view));
    this.views.show(this.view);
    this.measures = new Map();
    for (const [split, label] of Object.entries(MEASURES)) {
      this.measures.set(split, toggle("dl-measure-toggle", lineSample(split), label, () => {
        this.chosen.add(split);
        this.press(split);
        this.measures.get(split).title = SHOW_OR_HIDE;
      }));
    }
    this.ringKey = element("span", "dl-key");
    this.ringKey.append(ringSample(), element("span", "", "least validation loss"));
    this.moreKeys = ["", "", ""].map(() => element("span", "dl-key"));
    this.keys.append(this.views.root, ...this.measures.values(), this.ringKey, ...this.moreKeys, this.note);
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
    const arms = data.arms.map((arm) => [arm.name, arm.epochs, arm.colour, arm.symbol, runs(arm)]);
    const signature = JSON.stringify([data.stream, arms]);
    if (signature !== this.signature) {
      Object.assign(this, { signature, plotly: data.plotly });
      this.take(data);
      this.connect(data.stream);
      this.build();
    }
    this.ended.take(data.arms);
    this.repaint();
  }

  take(data) {
    const known = this.runs;
    const count = data.arms.reduce((sum, arm) => sum + arm.runs.length, 0);
    this.quantiles = data.quantiles;
    this.runs = new Map();
    this.armsOf = new Map();
    this.arms = data.arms.map((arm) => ({ ...arm, means: new Map(), stepsTold: 0, runs: arm.runs.map((spec) => this.takeRun(spec, arm.epochs, count, known)) }));
    for (const arm of this.arms) for (const run of arm.runs) this.armsOf.set(run.id, [...(this.armsOf.get(run.id) ?? []), arm]);
    this.lines = this.arms.map((arm, a) => new ArmLine(arm, () => this.press(a), (on) => this.point(on ? a : null)));
    this.armList.classList.toggle("dl-many", this.arms.length > MANY_ARMS);
    this.armList.replaceChildren(...this.lines.map((line) => line.root));
    this.hidden = new Set([...this.hidden].filter((what) => typeof what === "string")); // measures stay hidden, arms are new
    this.chooseMasked();
    this.numbers.take(this.arms, this.quantiles);
    Object.assign(this, { theme: null, described: false, pointed: null, gathering: performance.now() + GATHER[1] });
    this.updateWords();
    this.describeSoon();
  }

  takeRun(spec, epochs, count, known) {
    const run = this.runs.get(spec.id) ?? known.get(spec.id) ?? newRun(spec, epochs, count);
    this.runs.set(spec.id, run);
    return run;
  }

  // A person's own choice outweighs. Without its steps the measure is as quiet as the others.
  chooseMasked() {
    const split = "train_masked";
    if (this.chosen.has(split)) return;
    const runs = [...this.runs.values()];
    const stepless = runs.every((run) => run.closed && !run.steps.x.length);
    const hide = this.arms.length > (stepless ? BANDED_ARMS : PAIR) && runs.every(hasEnded);
    if (hide) this.hidden.add(split);
    else this.hidden.delete(split);
    const button = this.measures.get(split);
    button.setAttribute("aria-pressed", String(!hide));
    button.title = (hide ? MASKED_OFF : SHOW_OR_HIDE) + (stepless && runs.length ? STEPLESS : "");
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
    if (is) this.ended.reconnected();
    setText(this.note, is ? "" : "Connection lost – trying again");
  }

  hear(kind, message) {
    const run = this.runs.get(message.run);
    if (!run) return;
    const before = run.status;
    if (kind === "status") takeStatus(run, message);
    else if (!takeEvent(run, message)) return;
    const arms = this.armsOf.get(run.id);
    if (kind === "step") arms.forEach((arm) => { arm.stepsTold++; });
    if (kind === "epoch" || run.status !== before) this.changeMeans(arms);
    this.fresh ||= kind === "epoch" || (kind === "step" && this.showsSteps());
    this.later();
    this.ended.check();
  }

  changeMeans(arms) {
    arms.forEach((arm) => arm.means.clear());
    this.fresh = true;
    this.describeSoon();
  }

  showsSteps() {
    return this.view === "curves" && !this.hidden.has("train_masked");
  }

  async build() {
    const build = ++this.builds;
    const stale = () => this.closed || build !== this.builds;
    this.frames.forEach(({ plot }) => plot.close());
    try {
      const Plotly = await loadPlotly(this.plotly);
      await this.backlog(stale);
      if (stale()) return;
      this.chooseMasked();
      for (const { gd, plot } of this.shown) {
        await nextTask(); // drawing takes long: let the stream and the page have their turns
        if (stale()) return;
        this.theme = readTheme(this.root);
        await plot.build(Plotly, this.arms, this.quantiles, this.theme);
        gd.classList.remove("dl-loading");
      }
      this.later();
    } catch (error) {
      setText(this.note, "The charts could not be drawn. Reload the page; the numbers below are complete.");
      console.warn("Live chart:", error);
    }
  }

  // Where all runs have ended, everything is there in a moment: draw it once.
  async backlog(stale) {
    const end = performance.now() + BACKLOG;
    const waiting = () => !this.ended.active.size && [...this.runs.values()].some((run) => !run.closed);
    while (!stale() && waiting() && performance.now() < end) await new Promise((next) => setTimeout(next, 15));
  }

  isHidden = (a, split) => this.hidden.has(a) || this.hidden.has(split);

  isDimmed = (a) => this.pointed !== null && a !== this.pointed && !this.hidden.has(this.pointed);

  // An arm's number or a measure's name: either hides all its traces, in all plots.
  press(what) {
    const hide = !this.hidden.has(what);
    if (hide) this.hidden.add(what);
    else this.hidden.delete(what);
    const button = typeof what === "number" ? this.lines[what].button : this.measures.get(what);
    button.setAttribute("aria-pressed", String(!hide));
    this.redraw();
  }

  redraw() {
    for (const { plot } of this.shown.filter(({ plot }) => plot.ready)) {
      plot.fill();
      plot.draw();
    }
    this.updateKeys();
  }

  // Which arm is pointed at or focused in the legend; null for none.
  point(a) {
    this.pointed = this.arms.length > 1 ? a : null;
    this.shown.forEach(({ plot }) => plot.emphasise());
  }

  choose(view) {
    if (view === this.view) return;
    this.view = view;
    this.views.show(view);
    if (!this.shown.length) this.addFrames(view);
    for (const frame of this.frames) frame.root.hidden = !this.shown.includes(frame);
    this.updateKeys();
    if (!this.shown.every(({ plot }) => plot.ready)) this.build();
    else this.shown.forEach(({ plot }) => { plot.fill(); plot.resize(); plot.draw(); });
    this.describe();
  }

  updateKeys() {
    const curves = this.view === "curves";
    for (const key of [...this.measures.values(), this.ringKey]) key.hidden = !curves;
    const beyond = new Set(this.shown.flatMap(({ plot }) => [...plot.beyond]));
    const words = [bandWords(this.arms, this.quantiles), thinWords(this.arms), beyondWords(this.arms, beyond)];
    words.forEach((text, i) => {
      setText(this.moreKeys[i], text);
      this.moreKeys[i].hidden = !text;
    });
  }

  later() {
    if (document.hidden) return;
    const now = performance.now();
    if (this.fresh && now < this.gathering) clearTimeout(this.timer);
    else if (this.timer) return;
    const gathered = Math.min(now + GATHER[0], this.gathering);
    const wait = this.fresh ? Math.max(gathered, this.nextDrawing) - now : 0; // words are cheap
    this.timer = setTimeout(() => this.draw(), wait);
  }

  async draw() {
    this.timer = 0;
    this.updateWords();
    const shown = this.shown;
    if (!this.fresh || this.drawing || !shown.every(({ plot }) => plot.ready) || shown.some(({ plot }) => plot.dragging)) return;
    Object.assign(this, { fresh: false, drawing: true });
    let took = 0;
    for (const { plot } of shown) {
      const began = performance.now();
      plot.fill();
      plot.draw();
      took += performance.now() - began;
      await nextTask();
      if (this.closed) return;
    }
    this.updateKeys();
    this.numbers.update();
    this.drawing = false;
    this.nextDrawing = performance.now() + Math.min(DRAW_EVERY[1], Math.max(DRAW_EVERY[0], DRAW_SHARE * took));
    if (this.fresh) this.later();
  }

  updateWords() {
    this.lines.forEach((line) => line.update());
    this.updateKeys();
  }

  // The text alternatives, seldom and after epochs alone: some screen readers say every change.
  describeSoon() {
    this.describing ||= setTimeout(() => this.describe(), this.described ? DESCRIBE_EVERY : 0);
  }

  describe() {
    clearTimeout(this.describing);
    this.describing = 0;
    this.described = true;
    for (const { gd, measure } of this.shown) {
      const said = describe(this.arms, measure, this.quantiles);
      if (gd.getAttribute("aria-label") !== said) gd.setAttribute("aria-label", said);
    }
    setText(this.news, news(this.arms, this.quantiles));
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
    this.ended.stop();
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
