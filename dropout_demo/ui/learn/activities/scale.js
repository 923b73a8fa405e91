// A unit's value 1 over many masks: dropped and not scaled, scaled by 1/(1 − q), and in evaluation.

const SIZE = { width: 400, height: 290, left: 24, top: 12, bottom: 66, most: 5.2 };
const PASSES = 60;
const LANES = [["training,", "not scaled"], ["training,", "× 1/(1 − q)"], ["evaluation,", "no mask"]];

class Scale {
  constructor(parent, data) {
    this.frame = new Frame(parent, "scale");
    this.slider = new Slider("Rate q", data.rates, () => this.show());
    this.frame.controls.append(this.slider.root, pressable(`Another ${PASSES} masks`, () => this.renew(), "dl-button dl-main"));
    this.svg = this.frame.stage.appendChild(picture(SIZE.width, SIZE.height));
    this.draw();
    this.frame.stage.after(this.legend());
    this.slider.show(data.start);
    this.renew();
  }

  y(value) {
    return SIZE.top + (1 - value / SIZE.most) * (SIZE.height - SIZE.top - SIZE.bottom);
  }

  lane(at) {
    const width = (SIZE.width - SIZE.left) / LANES.length;
    return [SIZE.left + at * width + 7, width - 14];
  }

  draw() {
    for (const value of [0, 1, 2, 3, 4, 5]) {
      this.svg.append(drawn("line", { class: value === 1 ? "la-one" : "la-grid", x1: SIZE.left, x2: SIZE.width, y1: this.y(value), y2: this.y(value) }));
      this.svg.append(drawn("text", { x: SIZE.left - 6, y: this.y(value) + 4, "text-anchor": "end" }, String(value)));
    }
    this.lanes = LANES.map((words, at) => {
      const [x, width] = this.lane(at);
      const band = this.svg.appendChild(drawn("rect", { class: "la-spread", x, width }));
      const dots = Array.from({ length: PASSES }, (_, i) => this.svg.appendChild(drawn("circle", { class: "la-dot", r: 3, cx: x + ((i + 0.5) * width) / PASSES })));
      const mean = this.svg.appendChild(drawn("line", { class: "la-mean", x1: x, x2: x + width }));
      words.forEach((word, line) => this.svg.append(drawn("text", { x: x + width / 2, y: SIZE.height - 38 + 16 * line, "text-anchor": "middle" }, word)));
      const says = this.svg.appendChild(drawn("text", { x: x + width / 2, y: SIZE.height - 2, "text-anchor": "middle", class: "la-strong" }));
      return { band, dots, mean, says };
    });
  }

  legend() {
    const legend = element("p", "la-legend");
    legend.append(element("span", "la-is-dot", "one mask"), element("span", "la-is-mean", "mean"), element("span", "la-is-spread", "mean ± standard deviation"));
    return legend;
  }

  // The draws stay while the rate is dragged.
  renew() {
    this.draws = uniforms(PASSES);
    this.show();
  }

  show() {
    const q = this.slider.value;
    const kept = this.draws.map((draw) => Number(draw >= q));
    const factors = [1, 1 / (1 - q)];
    const means = [1 - q, 1, 1];
    const spreads = [...factors.map((factor) => factor * Math.sqrt(q * (1 - q))), 0];
    this.lanes.forEach(({ band, dots, mean, says }, at) => {
      const [low, high] = [Math.max(0, means[at] - spreads[at]), Math.min(SIZE.most, means[at] + spreads[at])];
      place(band, { y: this.y(high), height: this.y(low) - this.y(high) });
      place(mean, { y1: this.y(means[at]), y2: this.y(means[at]) });
      dots.forEach((dot, i) => place(dot, { cy: this.y(at < 2 ? kept[i] * factors[at] : 1) }));
      setText(says, `mean ${told(means[at])}`);
    });
    const share = kept.reduce((sum, keep) => sum + keep, 0) / PASSES;
    const seen = `The lines show the means over all masks; by chance these ${PASSES} gave ${told(share)} and ${told(share * factors[1])}.`;
    const variance = q / (1 - q);
    place(this.svg, { "aria-label": `What a unit of value 1 passes on: ${told(means[0])} on average without the scale, 1 with it and in evaluation.` });
    this.frame.say(q === 0 ? "At rate 0 no mask does anything: all three are the same." : `A unit of value 1 at rate ${q}: without the scale the next unit gets ${told(1 - q)} on average, in evaluation 1. Times 1/(1 − q) = ${told(factors[1])} training fits, but the variance is q/(1 − q) = ${told(variance)}. ${seen}`);
    this.frame.table("A unit of value 1", ["", "mean", "variance"], LANES.map((words, at) => [words.join(" "), told(means[at]), told(spreads[at] ** 2)]));
  }
}

export default mounted(Scale);
