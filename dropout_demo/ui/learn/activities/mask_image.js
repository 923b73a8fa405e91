// An image of 32 × 32 pixels under a mask: the mask, what it leaves, and that scaled by 1/(1 − q).

const PIXELS = 32;
const NUMBERS = 3 * PIXELS * PIXELS;

class MaskImage {
  constructor(parent, data) {
    this.frame = new Frame(parent, "mask-image");
    this.pictures = data.pictures;
    this.slider = new Slider("Rate q", data.rates, () => this.show());
    this.drop = new Pick("What drops", [["value", "single values"], ["channel", "whole channels"]], () => this.show());
    this.image = new Pick("Image", this.pictures.map(({ words }, at) => [at, words]), () => this.show());
    this.frame.controls.append(this.slider.root, pressable("New mask", () => this.renew(), "dl-button dl-main"), this.drop.root, this.image.root);
    this.figures = ["image", "mask", "image × mask", "× 1/(1 − q)"].map((words) => this.figure(words));
    this.slider.show(data.start);
    this.drop.show("value");
    this.image.show(0);
    this.renew();
  }

  figure(words) {
    const root = this.frame.stage.appendChild(element("figure"));
    const canvas = root.appendChild(element("canvas"));
    canvas.width = canvas.height = PIXELS;
    canvas.setAttribute("role", "img");
    const caption = root.appendChild(element("figcaption"));
    caption.append(element("b", "", words));
    return { canvas, words, mean: caption.appendChild(element("span")) };
  }

  // All draws stay while the rate is dragged: a higher rate drops more of the same.
  renew() {
    this.draws = { value: uniforms(NUMBERS), channel: uniforms(3) };
    this.show();
  }

  show() {
    const { pixels } = this.pictures[this.image.value];
    const rate = this.slider.value;
    const numbers = Float64Array.from(bytesOf(pixels), (byte) => byte / 255);
    const draws = this.draws[this.drop.value];
    const kept = numbers.map((_, at) => Number(draws[draws.length === 3 ? at % 3 : at] >= rate));
    const masked = numbers.map((value, at) => value * kept[at]);
    const scaled = masked.map((value) => value / (1 - rate));
    const means = [numbers, kept, masked, scaled].map((values, at) => this.paint(this.figures[at], values));
    const out = kept.reduce((sum, keep) => sum + 1 - keep, 0);
    const what = this.drop.value === "value" ? `${counted(out)} of ${counted(NUMBERS)} values are 0` : `${["no channel is", "one of three colour channels is", "two of three colour channels are", "all three colour channels are"][out / PIXELS ** 2]} 0`;
    this.frame.say(`Under this mask ${what}. The image's mean brightness falls from ${told(means[0])} to ${told(means[2])}; the scale 1/(1 − ${rate}) = ${told(1 / (1 - rate))} brings it to ${told(means[3])}.${this.note(out, scaled)}`);
  }

  note(out, scaled) {
    if (this.drop.value === "channel" && out % NUMBERS) return " A single mask of three channels may miss by far; only the average over many masks fits.";
    return scaled.some((value) => value > 1) ? " What is brighter than white is shown white." : "";
  }

  paint({ canvas, words, mean }, values) {
    const image = new ImageData(PIXELS, PIXELS);
    for (let at = 0; at < PIXELS ** 2; at++) {
      for (let c = 0; c < 3; c++) image.data[4 * at + c] = Math.round(255 * Math.min(1, values[3 * at + c]));
      image.data[4 * at + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    const average = values.reduce((sum, value) => sum + value, 0) / NUMBERS;
    setText(mean, `mean ${told(average)}`);
    canvas.setAttribute("aria-label", `${words}, mean ${told(average)}`);
    return average;
  }
}

export default mounted(MaskImage);
