// The two pictures of linear regression: the plane of its two weights, and distances by step.

const SVG = "http://www.w3.org/2000/svg";
const CENTRE = [0.6, 1.25];
const HALF = 1.7; // of the plane's width, in weights; grows by half where a solution lies outside
const MOST_DOTS = 1200;
const [PLANE, WIDE, HIGH, LEFT, BOTTOM] = [360, 460, 360, 52, 40];
const DISTANCES = [1e-3, 10]; // held, so that lines can be compared while one drags

function shape(parent, tag, attributes, text = undefined) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

function picture(width, height) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("role", "img");
  return svg;
}

const MARKS = {
  squares: (x, y) => `M${x - 6} ${y - 6}h12v12h-12z`,
  ridge: (x, y) => `M${x} ${y - 8}l8 8l-8 8l-8-8z`,
  closed: (x, y) => `M${x - 10} ${y}a10 10 0 1 0 20 0a10 10 0 1 0 -20 0z`,
  average: (x, y) => `M${x - 4} ${y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z`,
  last: (x, y) => `M${x - 5} ${y - 5}l10 10M${x + 5} ${y - 5}l-10 10`,
};
const NAMES = {
  closed: "dropout's closed form",
  ridge: "plain ridge",
  squares: "least squares",
  average: "average of SGD with dropout",
  last: "its last weights",
};

function legendOf(names) {
  const list = element("ul", "ln-legend");
  for (const name of names) {
    const [entry, svg] = [element("li"), picture(24, 24)];
    svg.setAttribute("role", "presentation");
    if (name === "cloud") shape(svg, "path", { d: "M5 8h0M12 15h0M18 9h0M9 18h0M15 5h0", class: "ln-dots" });
    else shape(svg, "path", { d: MARKS[name](12, 12), class: `ln-mark ln-${name}` });
    entry.append(svg, element("span", "", name === "cloud" ? "weights after each step of the second half" : NAMES[name]));
    list.append(entry);
  }
  return list;
}

class Plane {
  constructor() {
    this.svg = picture(PLANE + LEFT, PLANE + BOTTOM);
    this.clip = `ln-clip-${Math.random().toString(36).slice(2)}`;
  }

  draw(told, steps) {
    const { svg } = this;
    svg.replaceChildren();
    const half = this.half(told);
    const x = (w) => LEFT + ((w - CENTRE[0] + half) / (2 * half)) * PLANE;
    const y = (w) => PLANE - ((w - CENTRE[1] + half) / (2 * half)) * PLANE;
    const clip = shape(shape(svg, "defs", {}), "clipPath", { id: this.clip });
    shape(clip, "rect", { x: LEFT, y: 0, width: PLANE, height: PLANE });
    shape(svg, "rect", { x: LEFT, y: 0.5, width: PLANE - 0.5, height: PLANE, class: "ln-frame" });
    const step = half < 2 ? 1 : half < 6 ? 2 : 5;
    for (let tick = -20; tick <= 20; tick += step) {
      if (Math.abs(tick - CENTRE[0]) < half) {
        shape(svg, "line", { x1: x(tick), x2: x(tick), y1: 0, y2: PLANE, class: "ln-grid" });
        shape(svg, "text", { x: x(tick), y: PLANE + 16, class: "ln-tick ln-middle" }, `${tick}`.replace("-", "−"));
      }
      if (Math.abs(tick - CENTRE[1]) < half) {
        shape(svg, "line", { x1: LEFT, x2: LEFT + PLANE, y1: y(tick), y2: y(tick), class: "ln-grid" });
        shape(svg, "text", { x: LEFT - 6, y: y(tick) + 4, class: "ln-tick ln-end" }, `${tick}`.replace("-", "−"));
      }
    }
    shape(svg, "text", { x: LEFT + PLANE / 2, y: PLANE + 34, class: "ln-title ln-middle" }, "weight of feature 1");
    shape(svg, "text", { x: -PLANE / 2, y: 16, transform: "rotate(-90)", class: "ln-title ln-middle" }, "weight of feature 2");
    const inside = shape(svg, "g", { "clip-path": `url(#${this.clip})` });
    if (!told.fled) this.drawCloud(inside, told, steps, x, y);
    for (const name of ["squares", "ridge", "closed", "last", "average"]) {
      if (told.fled && (name === "last" || name === "average")) continue;
      shape(inside, "path", { d: MARKS[name](x(told[name][0]), y(told[name][1])), class: `ln-mark ln-${name}` });
    }
  }

  drawCloud(parent, told, steps, x, y) {
    const half = Math.floor(steps / 2);
    const every = Math.max(1, Math.ceil((steps - half) / MOST_DOTS));
    const [lines, dots] = [[], []];
    for (let t = 0; t <= half; t += Math.max(1, Math.ceil(half / 400))) lines.push(`${x(told.run.path[0][t]).toFixed(1)} ${y(told.run.path[1][t]).toFixed(1)}`);
    for (let t = half + 1; t <= steps; t += every) dots.push(`M${x(told.run.path[0][t]).toFixed(1)} ${y(told.run.path[1][t]).toFixed(1)}h0`);
    shape(parent, "path", { d: `M${lines.join("L")}`, class: "ln-path" });
    shape(parent, "path", { d: dots.join(""), class: "ln-dots" });
  }

  half(told) {
    const off = Math.max(...["squares", "closed", "ridge"].flatMap((name) => told[name].map((w, i) => Math.abs(w - CENTRE[i]))));
    let half = HALF;
    while (half < off + 0.1 && half < 20) half *= 1.5;
    return half;
  }
}

const LINES = { last: "last weights to the closed form", average: "their average to the closed form", ridge: "their average to plain ridge" };

class Distances {
  constructor() {
    this.svg = picture(WIDE + LEFT, HIGH + BOTTOM);
  }

  draw(told, steps) {
    const { svg } = this;
    svg.replaceChildren();
    const end = Math.log10(Math.max(20, steps));
    const x = (t) => LEFT + ((Math.log10(t) - 1) / (end - 1)) * (WIDE - 12);
    const [low, high] = DISTANCES.map(Math.log10);
    const y = (d) => HIGH - ((Math.log10(Math.min(Math.max(d, DISTANCES[0]), DISTANCES[1])) - low) / (high - low)) * HIGH;
    shape(svg, "rect", { x: LEFT, y: 0.5, width: WIDE - 12, height: HIGH, class: "ln-frame" });
    for (const tick of [0.001, 0.01, 0.1, 1, 10]) {
      shape(svg, "line", { x1: LEFT, x2: LEFT + WIDE - 12, y1: y(tick), y2: y(tick), class: "ln-grid" });
      shape(svg, "text", { x: LEFT - 6, y: Math.max(12, y(tick) + 4), class: "ln-tick ln-end" }, tick);
    }
    for (let tick = 10; tick <= Math.max(20, steps); tick *= 10) {
      const anchor = x(tick) > WIDE ? "ln-end" : "ln-middle"; // the last label ends with the frame
      shape(svg, "text", { x: x(tick), y: HIGH + 16, class: `ln-tick ${anchor}` }, tick.toLocaleString("en"));
    }
    shape(svg, "text", { x: LEFT + WIDE / 2, y: HIGH + 34, class: "ln-title ln-middle" }, "step");
    shape(svg, "text", { x: -HIGH / 2, y: 13, transform: "rotate(-90)", class: "ln-title ln-middle" }, "distance of weights");
    if (told.fled) return;
    for (const [name, points] of Object.entries(this.lines(told, steps))) {
      const path = points.map(([t, d]) => `${x(t).toFixed(1)} ${y(d).toFixed(1)}`).join("L");
      shape(svg, "path", { d: `M${path}`, class: `ln-line ln-line-${name}` });
    }
  }

  lines(told, steps) {
    const places = [];
    for (let at = 1; at <= Math.log10(steps) + 1e-9; at += 0.04) places.push(Math.min(steps, Math.round(10 ** at)));
    if (places.at(-1) !== steps) places.push(steps);
    const by = (of) => places.map((t) => [t, of(t)]);
    return {
      ridge: by((t) => distance(told.run.average(t), told.ridge)),
      last: by((t) => distance(told.run.at(t), told.closed)),
      average: by((t) => distance(told.run.average(t), told.closed)),
    };
  }
}

function lineLegend() {
  const list = element("ul", "ln-legend");
  for (const [name, words] of Object.entries(LINES)) {
    const [entry, svg] = [element("li"), picture(28, 24)];
    svg.setAttribute("role", "presentation");
    shape(svg, "path", { d: "M1 12h26", class: `ln-line ln-line-${name}` });
    entry.append(svg, element("span", "", words));
    list.append(entry);
  }
  return list;
}
