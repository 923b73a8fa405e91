// Linear regression with dropout: what a person sets, and both pictures, within one frame of a drag.

const CHOICES = {
  keep: [0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1],
  rate: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05],
  correlation: [-0.9, -0.7, -0.5, -0.3, 0, 0.3, 0.5, 0.7, 0.9],
  noise: [0, 0.25, 0.5, 1, 1.5, 2, 3],
  points: [10, 20, 50, 100, 200, 500, 1000],
  steps: [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000],
};
const TITLES = {
  keep: "Keep probability k",
  rate: "Learning rate",
  correlation: "Correlation",
  noise: "Noise (SD)",
  points: "Points",
  steps: "Steps",
};
const EACH = 800; // ms a press of "Play" stays at one number of steps
const MOST_SEED = 1000;
const KEPT = "dropout-lab-linear"; // what was set, for as long as the window is open

const said = (value) => value.toLocaleString("en", { maximumFractionDigits: 3 }).replace("-", "−");
const round = (value) => (Math.abs(value) < 1e4 ? value.toFixed(3) : "very large").replace("-", "−");

// What this window had set before a reload, as far as it may still be chosen.
function keptSetting() {
  try {
    const found = Object.entries(JSON.parse(sessionStorage.getItem(KEPT)) ?? {});
    const isSeed = (value) => Number.isInteger(value) && value >= 0 && value < MOST_SEED;
    return Object.fromEntries(found.filter(([name, value]) => (name === "seed" ? isSeed(value) : CHOICES[name]?.includes(value))));
  } catch {
    return {}; // a browser that keeps nothing, or something else stands there
  }
}

function keepSetting(setting) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(setting));
  } catch {
    // the page works without
  }
}

class LinearBench {
  constructor(parent, { setting, palette }) {
    this.setting = { ...setting, ...keptSetting() };
    this.palette = palette;
    this.motion = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.timer = 0;
    this.root = element("div", "dl-drawing ln");
    this.sentence = element("p", "ln-sentence");
    this.sentence.setAttribute("aria-live", "polite");
    [this.plane, this.distances] = [new Plane(), new Distances()];
    const pictures = element("div", "ln-pictures");
    pictures.append(
      this.figure("Where the two weights go", this.plane.svg, legendOf(["cloud", "average", "last", "closed", "ridge", "squares"])),
      this.figure("How far they are", this.distances.svg, lineLegend()),
    );
    this.root.append(this.controls(), this.sentence, pictures, this.table());
    parent.append(this.root);
    this.draw();
  }

  figure(title, svg, legend) {
    const root = element("figure", "ln-figure");
    root.append(element("figcaption", "", title), svg, legend);
    return root;
  }

  controls() {
    const root = element("div", "ln-controls");
    this.sliders = Object.fromEntries(Object.keys(CHOICES).map((name) => [name, this.slider(name)]));
    const buttons = element("div", "ln-buttons");
    const button = (label, onPress) => {
      const made = element("button", "dl-button", label);
      made.type = "button";
      made.addEventListener("click", onPress);
      buttons.append(made);
      return made;
    };
    this.play = button("Play the steps", () => (this.timer ? this.stop() : this.start()));
    button("Other random numbers", () => this.set({ seed: (this.setting.seed + 1) % MOST_SEED }));
    this.seed = element("span", "ln-seed");
    buttons.append(this.seed);
    root.append(...Object.values(this.sliders).map(({ root: one }) => one), buttons);
    return root;
  }

  slider(name) {
    const [root, title, value, range] = [element("label", "ln-slider"), element("span", "", `${TITLES[name]} `), element("b"), element("input")];
    Object.assign(range, { type: "range", min: 0, max: CHOICES[name].length - 1, step: 1 });
    range.setAttribute("aria-label", TITLES[name]);
    range.addEventListener("input", () => {
      this.stop();
      this.set({ [name]: CHOICES[name][Number(range.value)] });
    });
    title.append(value);
    root.append(title, range);
    return { root, value, range };
  }

  set(change) {
    Object.assign(this.setting, change);
    keepSetting(this.setting);
    this.draw();
  }

  start() {
    const last = CHOICES.steps.indexOf(this.setting.steps) || CHOICES.steps.length - 1;
    if (this.motion.matches) return; // the slider shows the same without motion
    let at = 0;
    this.set({ steps: CHOICES.steps[0] });
    this.timer = setInterval(() => {
      at += 1;
      this.set({ steps: CHOICES.steps[at] });
      if (at >= last) this.stop();
    }, EACH);
    setText(this.play, "Stop");
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    setText(this.play, "Play the steps");
  }

  draw() {
    const { setting } = this;
    const told = reckon(setting);
    for (const [name, { value, range }] of Object.entries(this.sliders)) {
      range.value = CHOICES[name].indexOf(setting[name]);
      range.setAttribute("aria-valuetext", said(setting[name]));
      setText(value, said(setting[name]));
    }
    this.play.hidden = this.motion.matches;
    setText(this.seed, `Seed ${setting.seed}`);
    this.plane.draw(told, setting.steps);
    this.distances.draw(told, setting.steps);
    this.say(told);
    this.fill(told);
  }

  say(told) {
    const { setting } = this;
    const [last, average] = [distance(told.last, told.closed), distance(told.average, told.closed)];
    const ridge = distance(told.average, told.ridge);
    const strength = setting.keep === 1 ? " With k = 1 nothing is dropped: all three solutions are least squares." : "";
    const words = told.fled
      ? "At this learning rate the weights run away: masks make a step's size vary, and some are too large. Take a smaller one."
      : `After ${setting.steps.toLocaleString("en")} steps the last weights are ${round(last)} from dropout's closed form, their average ${round(average)}. The average is ${round(ridge)} from plain ridge of equal strength.${strength}`;
    setText(this.sentence, words);
    const points = ["closed", "ridge", "squares"].map((name) => `${NAMES[name]} at ${told[name].map(round).join(" and ")}`).join("; ");
    this.plane.svg.setAttribute("aria-label", `The plane of both weights: ${points}. ${told.fled ? "SGD's weights left it." : `SGD's last weights at ${told.last.map(round).join(" and ")}, their average at ${told.average.map(round).join(" and ")}.`}`);
    this.distances.svg.setAttribute("aria-label", `Distances by step, both axes logarithmic. ${words}`);
  }

  table() {
    const root = element("details", "ln-table");
    root.append(element("summary", "", "All numbers as a table"));
    const table = element("table");
    const head = element("tr");
    for (const title of ["weights", "feature 1", "feature 2", "to closed form", "squared error on new points"]) {
      const cell = element("th", "", title);
      cell.scope = "col";
      head.append(cell);
    }
    this.rows = element("tbody");
    const top = element("thead");
    top.append(head);
    table.append(top, this.rows);
    const box = element("div", "dl-scrolls");
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "All numbers");
    box.append(table);
    root.append(box);
    return root;
  }

  fill(told) {
    this.rows.replaceChildren(
      ...["last", "average", "closed", "ridge", "squares"].map((name) => {
        const row = element("tr");
        const title = element("th", "", NAMES[name]);
        title.scope = "row";
        row.append(title);
        row.dataset.name = name;
        for (const value of [...told[name], distance(told[name], told.closed), predictionError(this.setting, told[name])]) {
          const cell = element("td", "", round(value));
          cell.dataset.value = value;
          row.append(cell);
        }
        return row;
      }),
    );
  }

  theme() {
    const dark = isDark(this.root);
    for (const [name, colour] of Object.entries(this.palette)) this.root.style.setProperty(`--ln-${name}`, dark ? colour.dark : colour.light);
  }

  close() {
    this.stop();
  }
}

const benches = new WeakMap();

// Called at each rerun and change of theme, with the same parentElement.
export default function ({ data, parentElement }) {
  if (!benches.has(parentElement)) benches.set(parentElement, new LinearBench(parentElement, data));
  const bench = benches.get(parentElement);
  bench.theme();
  return () => bench.close();
}
