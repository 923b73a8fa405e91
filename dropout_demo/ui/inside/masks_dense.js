// The dense layers as circles and lines: what a mask strikes out is crossed, and its lines are gone.

const SVG = "http://www.w3.org/2000/svg";
const DENSE_HEIGHT = 320; // CSS pixels
const RADIUS = 7;
const LEAST_SEEN = 0.03; // share of the strongest line below which a line is left out

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  node.append(...children);
  return node;
}

class DenseDrawing {
  constructor() {
    this.root = svg("svg", { class: "mk-dense", role: "img", height: DENSE_HEIGHT });
  }

  // dense: of an answer; layers: its pictures by name, for the scale; classes: names of the scores.
  draw(dense, layers, classes, label, theme) {
    Object.assign(this, { dense, layers, classes, theme });
    this.root.setAttribute("aria-label", label);
    this.redraw();
  }

  redraw() {
    const width = this.root.clientWidth;
    if (!this.dense || !width) return;
    this.root.setAttribute("viewBox", `0 0 ${width} ${DENSE_HEIGHT}`);
    const names = 84; // room for the longest class
    const columns = { flatten: 28, fc1: (28 + width - names) / 2, logits: width - names };
    const places = Object.fromEntries(Object.entries(columns).map(([layer, x]) => [layer, this.column(layer, x)]));
    this.root.replaceChildren(
      this.lines("to_fc1", "flatten", "fc1", places),
      this.lines("to_logits", "fc1", "logits", places),
      ...Object.keys(columns).map((layer) => this.units(layer, places[layer])),
      ...this.headings(columns),
      ...this.classNames(places.logits),
    );
  }

  column(layer, x) {
    const count = this.dense[layer].units.length;
    const [top, room] = [36, DENSE_HEIGHT - 40];
    return this.dense[layer].units.map((_, at) => [x, top + (room * (at + 0.5)) / count]);
  }

  // Thickness: the size of weight times what the unit gives, against the strongest there is without a mask.
  lines(weights, from, to, places) {
    const [left, right, table] = [this.dense[from], this.dense[to], this.dense[weights]];
    const strongest = Math.max(1e-9, ...table.flatMap((row) => row.map((weight, at) => Math.abs(weight * left.without[at]))));
    const group = svg("g", { class: "mk-lines" });
    table.forEach((row, end) => row.forEach((weight, start) => {
      if (left.dropped[start] || right.dropped[end]) return;
      const strength = Math.min(1, Math.abs(weight * left.with[start]) / strongest);
      if (strength < LEAST_SEEN) return;
      const [[x1, y1], [x2, y2]] = [places[from][start], places[to][end]];
      group.append(svg("line", { x1, y1, x2, y2, "stroke-width": 0.5 + 2 * strength, "stroke-opacity": 0.15 + 0.7 * strength }));
    }));
    return group;
  }

  units(layer, places) {
    const { low, high } = this.layers[layer];
    const { with: values, dropped } = this.dense[layer];
    const group = svg("g", { class: "mk-units" });
    places.forEach(([cx, cy], at) => {
      const byte = Math.round(255 * Math.min(1, Math.max(0, (values[at] - low) / (high - low))));
      group.append(svg("circle", { cx, cy, r: RADIUS, class: dropped[at] ? "struck" : "", fill: dropped[at] ? this.theme.ground : this.theme.ramp[byte] }));
      if (!dropped[at]) return;
      const r = RADIUS + 1;
      group.append(svg("path", { class: "cross", d: `M${cx - r} ${cy - r}l${2 * r} ${2 * r}m0 ${-2 * r}l${-2 * r} ${2 * r}` }));
    });
    return group;
  }

  headings(columns) {
    return Object.entries(columns).flatMap(([layer, x]) => {
      const { units, all } = this.dense[layer];
      const [anchor, at] = layer === "fc1" ? ["middle", x] : ["start", x - RADIUS];
      return [layer === "logits" ? "scores" : layer, `${units.length} of ${count(all)}`].map((words, line) => {
        const text = svg("text", { x: at, y: 13 + 16 * line, "text-anchor": anchor, class: line ? "quiet" : "" });
        text.textContent = words;
        return text;
      });
    });
  }

  classNames(places) {
    return places.map(([x, y], at) => {
      const text = svg("text", { x: x + 14, y: y + 4 });
      text.textContent = this.classes[at];
      return text;
    });
  }
}
