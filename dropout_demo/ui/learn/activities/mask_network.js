// A small dense network; at each press another mask strikes hidden units out, with their lines.

const WIDTH = 380;
const HEIGHT = 260;
const RADIUS = 13;
const NAMES = ["inputs", "hidden", "hidden", "scores"];

class MaskNetwork {
  constructor(parent, data) {
    this.frame = new Frame(parent, "mask-network");
    this.sizes = data.layers;
    this.hidden = this.sizes.slice(1, -1).reduce((sum, size) => sum + size, 0);
    this.seen = new Set();
    this.slider = new Slider("Rate q: each unit's chance to drop", data.rates, () => this.show());
    this.frame.controls.append(this.slider.root, pressable("New mask", () => this.renew(), "dl-button dl-main"));
    this.svg = this.frame.stage.appendChild(picture(WIDTH, HEIGHT));
    this.draw();
    this.slider.show(data.start);
    this.renew();
  }

  at(layer, unit) {
    const x = 34 + (layer * (WIDTH - 68)) / (this.sizes.length - 1);
    const apart = Math.min(44, (HEIGHT - 40) / Math.max(...this.sizes));
    return [x, (HEIGHT - 22) / 2 + (unit - (this.sizes[layer] - 1) / 2) * apart];
  }

  draw() {
    this.lines = [];
    this.units = [];
    for (let layer = 1; layer < this.sizes.length; layer++) {
      for (let from = 0; from < this.sizes[layer - 1]; from++) {
        for (let to = 0; to < this.sizes[layer]; to++) {
          const [[x1, y1], [x2, y2]] = [this.at(layer - 1, from), this.at(layer, to)];
          const node = this.svg.appendChild(drawn("line", { x1, y1, x2, y2 }));
          this.lines.push({ node, ends: [[layer - 1, from], [layer, to]] });
        }
      }
    }
    this.sizes.forEach((size, layer) => {
      this.svg.append(drawn("text", { x: this.at(layer, 0)[0], y: HEIGHT - 4, "text-anchor": "middle" }, NAMES[layer]));
      for (let unit = 0; unit < size; unit++) {
        const [cx, cy] = this.at(layer, unit);
        const node = this.svg.appendChild(drawn("g"));
        const [a, b] = [RADIUS * 0.62, RADIUS * 0.62];
        node.append(drawn("circle", { cx, cy, r: RADIUS }));
        node.append(drawn("path", { d: `M${cx - a} ${cy - b}L${cx + a} ${cy + b}M${cx + a} ${cy - b}L${cx - a} ${cy + b}` }));
        this.units.push({ node, layer, unit });
      }
    });
  }

  // The same draws stay while the rate is dragged: a higher rate strikes out more of the same.
  renew() {
    this.draws = uniforms(this.hidden);
    this.show();
  }

  drops(layer, unit) {
    if (layer === 0 || layer === this.sizes.length - 1) return false;
    const before = this.sizes.slice(1, layer).reduce((sum, size) => sum + size, 0);
    return this.draws[before + unit] < this.slider.value;
  }

  show() {
    for (const { node, layer, unit } of this.units) place(node, { class: this.drops(layer, unit) ? "la-out" : "la-unit" });
    for (const { node, ends } of this.lines) place(node, { class: ends.some((end) => this.drops(...end)) ? "la-cut" : "la-wire" });
    const out = this.units.filter(({ layer, unit }) => this.drops(layer, unit)).length;
    const cut = this.lines.filter(({ ends }) => ends.some((end) => this.drops(...end))).length;
    this.seen.add(this.units.map(({ layer, unit }) => Number(this.drops(layer, unit))).join(""));
    place(this.svg, { "aria-label": `A dense network of ${this.sizes.join(", ")} units; ${out} of its ${this.hidden} hidden units are struck out.` });
    this.frame.say(this.sentence(out, cut));
  }

  sentence(out, cut) {
    const networks = 2 ** this.hidden;
    const struck = out ? `${out} of ${this.hidden} hidden units ${out === 1 ? "is" : "are"} out, and ${cut} of ${this.lines.length} lines with ${out === 1 ? "it" : "them"}.` : "No unit is out: this is the whole network.";
    const which = `It is one of 2${superscript(this.hidden)} = ${counted(networks)} networks that share these weights`;
    return `${struck} ${which}; you have seen ${counted(this.seen.size)}. For the next image another one trains.`;
  }
}

const superscript = (number) => [...String(number)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("");

export default mounted(MaskNetwork);
