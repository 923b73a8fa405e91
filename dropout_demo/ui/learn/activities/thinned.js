// A unit with four inputs: its 16 thinned versions, and their average against one scaled pass.

const SPAN = [-1.2, 2.0]; // what outputs lie within

class Thinned {
  constructor(parent, data) {
    this.frame = new Frame(parent, "thinned");
    Object.assign(this, { inputs: data.inputs, weights: data.weights, chosen: 15 });
    this.masks = Array.from({ length: 2 ** this.inputs.length }, (_, bits) => this.inputs.map((_, at) => (bits >> at) & 1));
    this.slider = new Slider("Rate q", data.rates, () => this.show());
    this.kind = new Pick("The unit", [["linear", "linear"], ["relu", "with ReLU"]], () => this.show());
    this.frame.controls.append(this.slider.root, this.kind.root);
    this.cards = this.masks.map((mask, at) => this.card(mask, at));
    const all = element("div", "la-all");
    all.setAttribute("role", "group");
    all.setAttribute("aria-label", "The 16 thinned units");
    all.append(...this.cards.map(({ root }) => root));
    const side = element("div", "la-side");
    this.svg = side.appendChild(picture(250, 190));
    this.drawUnit();
    this.scale = side.appendChild(picture(250, 112));
    this.drawScale();
    this.frame.stage.append(side, all);
    this.slider.show(data.start);
    this.kind.show("linear");
    this.show();
  }

  card(mask, at) {
    const root = pressable("", () => { this.chosen = at; this.show(); }, "la-card");
    const dots = root.appendChild(element("span", "la-dots"));
    dots.append(...mask.map((keep) => element("i", keep ? "la-on" : "")));
    const value = root.appendChild(element("b"));
    const chance = root.appendChild(element("span", "la-chance"));
    const bar = root.appendChild(element("span", "la-bar"));
    return { root, value, chance, bar };
  }

  drawUnit() {
    this.lines = this.inputs.map((input, at) => {
      const y = 24 + at * 46;
      const line = this.svg.appendChild(drawn("line", { x1: 56, y1: y, x2: 204, y2: 93 }));
      const node = this.svg.appendChild(drawn("g"));
      node.append(drawn("circle", { cx: 40, cy: y, r: 18 }));
      node.append(drawn("text", { x: 40, y: y + 4, "text-anchor": "middle" }, told(input, 1)));
      const share = 0.36;
      const weight = this.svg.appendChild(drawn("text", { x: 56 + share * 148, y: y + share * (93 - y) - 5, "text-anchor": "middle" }, `× ${told(this.weights[at], 1)}`));
      return { line, node, weight };
    });
    this.svg.append(drawn("circle", { class: "la-sum", cx: 215, cy: 93, r: 26 }));
    this.sum = this.svg.appendChild(drawn("text", { x: 215, y: 98, "text-anchor": "middle", class: "la-strong" }));
  }

  along(value) {
    return 10 + ((value - SPAN[0]) / (SPAN[1] - SPAN[0])) * 230;
  }

  drawScale() {
    this.scale.append(drawn("line", { class: "la-axis", x1: 10, x2: 240, y1: 62, y2: 62 }));
    for (const value of [-1, 0, 1, 2]) {
      this.scale.append(drawn("line", { class: "la-axis", x1: this.along(value), x2: this.along(value), y1: 62, y2: 67 }));
      this.scale.append(drawn("text", { x: this.along(value), y: 80, "text-anchor": "middle" }, told(value, 0)));
    }
    this.dots = this.masks.map(() => this.scale.appendChild(drawn("circle", { class: "la-dot", cy: 62 })));
    this.average = this.scale.appendChild(drawn("path", { class: "la-average" }));
    this.pass = this.scale.appendChild(drawn("path", { class: "la-pass" }));
    this.scale.append(drawn("text", { x: 10, y: 14 }, "▼ average of 16"));
    this.scale.append(drawn("text", { x: 10, y: 106 }, "▲ one pass, weights × (1 − q)"));
  }

  output(parts) {
    const sum = parts.reduce((total, part, at) => total + part * this.inputs[at] * this.weights[at], 0);
    return this.kind.value === "relu" ? Math.max(0, sum) : sum;
  }

  show() {
    const q = this.slider.value;
    const outputs = this.masks.map((mask) => this.output(mask));
    const chances = this.masks.map((mask) => mask.reduce((chance, keep) => chance * (keep ? 1 - q : q), 1));
    const average = outputs.reduce((sum, output, at) => sum + chances[at] * output, 0);
    const pass = this.output(this.inputs.map(() => 1 - q));
    this.cards.forEach(({ root, value, chance, bar }, at) => {
      setText(value, told(outputs[at]));
      setText(chance, percent(chances[at]));
      bar.style.width = `${100 * chances[at]}%`;
      root.setAttribute("aria-pressed", String(at === this.chosen));
      root.setAttribute("aria-label", `${this.keptWords(at)}: output ${told(outputs[at])}, chance ${percent(chances[at])}`);
      place(this.dots[at], { cx: this.along(outputs[at]), r: 2 + 9 * Math.sqrt(chances[at]) });
    });
    const [x, y] = [this.along(average), this.along(pass)];
    place(this.average, { d: `M${x} 48l-8 -14h16z` });
    place(this.pass, { d: `M${y} 76l-8 14h16z` });
    this.showChosen(outputs);
    place(this.scale, { "aria-label": `Outputs on a line; their average ${told(average, 3)}, the one scaled pass ${told(pass, 3)}.` });
    this.say(q, average, pass);
    this.frame.table("All thinned units", ["inputs kept", "chance", "output"], this.masks.map((_, at) => [this.keptWords(at), percent(chances[at]), told(outputs[at], 3)]));
  }

  keptWords(at) {
    const kept = this.masks[at].flatMap((keep, place) => (keep ? [place + 1] : []));
    return kept.length ? `keeps ${kept.join(", ")}` : "keeps none";
  }

  showChosen(outputs) {
    this.masks[this.chosen].forEach((keep, at) => {
      const { line, node, weight } = this.lines[at];
      place(line, { class: keep ? "la-wire" : "la-cut" });
      place(node, { class: keep ? "la-unit" : "la-out" });
      place(weight, { class: keep ? "" : "la-off" });
    });
    setText(this.sum, told(outputs[this.chosen]));
    place(this.svg, { "aria-label": `A unit with four inputs; it ${this.keptWords(this.chosen)} and gives ${told(outputs[this.chosen])}.` });
  }

  say(q, average, pass) {
    const apart = average - pass;
    const numbers = `At rate ${q}, the 16 outputs weighted by their chances average ${told(average, 3)}; one pass with all weights times ${told(1 - q, 2)} gives ${told(pass, 3)}.`;
    const linear = " A sum and an average may change places: for a linear unit the two are equal at every rate.";
    if (this.kind.value === "linear") return this.frame.say(numbers + linear);
    const same = Math.abs(apart) < 0.0005;
    this.frame.say(`${numbers} ${same ? "Here they agree" : `The pass is ${told(Math.abs(apart), 3)} too ${apart > 0 ? "low" : "high"}`}: with a ReLU, which cuts off some of the 16, one pass is only close to the average.`);
  }
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

export default mounted(Thinned);
