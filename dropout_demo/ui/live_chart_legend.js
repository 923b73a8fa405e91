// The parts of the page around the plots: legend entries, buttons, and the frame of a plot.

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text; // never innerHTML: names and errors are foreign text
  return made;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const SVG = "http://www.w3.org/2000/svg";

function drawing(className, viewBox, shapes) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("viewBox", viewBox);
  svg.setAttribute("aria-hidden", "true");
  for (const [tag, attributes] of shapes) {
    const node = svg.appendChild(document.createElementNS(SVG, tag));
    Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  }
  return svg;
}

// A short piece of line as the plots draw it, in the colour of the text.
function lineSample(split) {
  const line = ["line", { x1: 1, x2: 29, y1: 6, y2: 6 }];
  const mark = ["circle", { cx: 15, cy: 6, r: 3.5 }];
  return drawing(`dl-sample dl-sample-${split}`, "0 0 30 12", split === "train_masked" ? [line] : [line, mark]);
}

const ringSample = () => drawing("dl-sample dl-sample-ring", "0 0 30 12", [["circle", { cx: 15, cy: 6, r: 5 }]]);

const SHAPES = {
  circle: "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z",
  square: "M3 3h10v10h-10z",
  diamond: "M8 1l7 7l-7 7l-7-7z",
  "triangle-up": "M8 2l7 12h-14z",
  "triangle-down": "M8 14l7-12h-14z",
  cross: "M6 2h4v4h4v4h-4v4h-4v-4h-4v-4h4z",
  x: "M4.5 2L8 5.5L11.5 2L14 4.5L10.5 8L14 11.5L11.5 14L8 10.5L4.5 14L2 11.5L5.5 8L2 4.5z",
};
const armSample = (symbol) => drawing("dl-swatch", "0 0 16 16", [["path", { d: SHAPES[symbol] ?? SHAPES.circle }]]);

function pressable(className, label, onPress) {
  const button = element("button", className, label);
  button.type = "button";
  button.addEventListener("click", () => onPress(button));
  return button;
}

const SHOW_OR_HIDE = "Show or hide";

function toggle(className, mark, label, onPress) {
  const button = pressable(`dl-toggle ${className}`, undefined, onPress);
  button.setAttribute("aria-pressed", "true");
  button.title = SHOW_OR_HIDE;
  button.append(mark, element("span", "dl-label", label));
  return button;
}

function smallButton(label, title, onPress) {
  const button = pressable("dl-small", label, onPress);
  button.setAttribute("aria-label", title);
  button.title = title;
  return button;
}

const VIEWS = { curves: "Loss and accuracy", gap: "Gap" };

// Two buttons of which one is pressed.
class ViewSwitch {
  constructor(onChoose) {
    this.root = element("div", "dl-views");
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "What the charts show");
    this.buttons = Object.entries(VIEWS).map(([view, label]) => [view, pressable("dl-view", label, () => onChoose(view))]);
    this.root.append(...this.buttons.map(([, button]) => button));
  }

  show(chosen) {
    for (const [view, button] of this.buttons) button.setAttribute("aria-pressed", String(view === chosen));
  }
}

class ArmLine {
  constructor(arm, onPress, onPoint) {
    this.arm = arm;
    this.root = element("li", "dl-arm");
    this.button = toggle("dl-arm-toggle", armSample(arm.symbol), arm.name, onPress);
    this.words = element("span", "dl-words");
    this.bar = element("span", "dl-bar"); // says nothing that the words do not say
    this.bar.setAttribute("aria-hidden", "true");
    this.filled = this.bar.appendChild(element("span", "dl-filled"));
    this.root.append(this.button, this.words, this.bar);
    for (const name of ["pointerenter", "pointerleave", "focusout"]) {
      this.root.addEventListener(name, () => onPoint(name === "pointerenter"));
    }
    this.root.addEventListener("focusin", ({ target }) => target.matches(":focus-visible") && onPoint(true)); // not by a click
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

const NOTES = {
  gap: "How much worse unseen images fare than training images; above 0 the network knows its training images better.",
  noise: "What the masks cost while training. Its first part is a mean over the epoch, so it is above 0 while loss falls, masks or not.",
};

class PlotFrame {
  constructor(measure) {
    this.measure = measure;
    this.root = element("figure", "dl-figure");
    const head = element("figcaption", "dl-head");
    this.reset = smallButton("Reset", `Reset the zoom of the ${measure} chart`, () => this.plot.resetZoom());
    this.reset.classList.add("dl-off");
    const pictures = ["PNG", "SVG"].map((format) =>
      smallButton(format, `Download the ${measure} chart as ${format}`, () => this.plot.save(format.toLowerCase())));
    head.append(element("span", "dl-title", PLOTS[measure].title), this.reset, ...pictures);
    this.gd = element("div", "dl-plot dl-loading");
    this.gd.setAttribute("role", "img");
    this.gd.dataset.measure = measure;
    this.plot = new Plot(this.gd, measure, () => this.reset.classList.toggle("dl-off", !(this.plot.zoomed.x || this.plot.zoomed.y)));
    this.gd.addEventListener("pointerdown", () => { this.plot.dragging = true; });
    this.root.append(head, this.gd);
    if (NOTES[measure]) this.root.append(element("p", "dl-caption", NOTES[measure]));
  }
}
