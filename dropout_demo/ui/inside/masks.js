// Masks on one image: sets the wish, asks for it, and draws what comes. Streamlit reruns nothing of it.

const remembered = {}; // over panels of the page, until it is loaded anew
const HEADINGS = ["On its way through the network", "Close up", "Mean and spread", "The dense layers"];

class MaskPanel {
  constructor(parent, data) {
    this.root = element("div", "dl-drawing mk");
    this.wish = { layer: data.start.layer, rate: data.start.rate, drop: "element", pool: "after", seed: 1, every_map: false, ...remembered };
    this.asking = new Asking({
      onAnswer: (answer, wish) => this.take(answer, wish),
      onProblem: (sentence) => this.fail(sentence),
      onBusy: (isBusy) => this.root.setAttribute("aria-busy", String(isBusy)),
    });
    this.controls = new Controls(this.wish, data, () => this.ask());
    this.controls.isBusy = () => this.asking.isBusy;
    this.status = element("p", "mk-status");
    this.status.setAttribute("role", "status");
    this.problem = element("p", "mk-problem");
    this.problem.setAttribute("role", "alert");
    this.sections = HEADINGS.map((title) => this.section(title));
    this.poolSaid = element("p", "mk-pool");
    this.sections[1].root.append(this.poolSaid);
    this.addLegend();
    this.addEveryMap();
    this.root.append(this.controls.root, this.status, this.problem, ...this.sections.map(({ root }) => root), this.why(), this.tables());
    this.revealed(false);
    parent.append(this.root);
    this.views = [];
    this.sizes = new ResizeObserver(() => this.views.forEach((view) => view.redraw()));
    this.sizes.observe(this.root);
  }

  // Empty pictures say nothing: they are hidden until the first answer.
  revealed(isThere) {
    for (const part of [...this.sections.map(({ root }) => root), this.numbers]) part.hidden = !isThere;
    if (!isThere) setText(this.status, "Drawing the first mask …");
  }

  section(title) {
    const root = element("section", "mk-section");
    const [heading, body] = [element("h2", "", title), element("div", "mk-body")];
    root.append(heading, body);
    return { root, heading, body };
  }

  addLegend() {
    const legend = element("p", "mk-legend");
    this.ramp = element("i", "mk-ramp");
    legend.append("Each cell is a number: ", element("span", "", "small "), this.ramp, element("span", "", " large"), element("i", "mk-hatched"), " dropped (blank where cells are small).");
    this.sections[0].heading.after(legend);
  }

  addEveryMap() {
    const [holder, box] = [element("label", "mk-every"), element("input")];
    box.type = "checkbox";
    box.checked = this.wish.every_map;
    box.addEventListener("change", () => this.controls.set({ every_map: box.checked }));
    holder.append(box, " all maps");
    this.every = box;
    this.sections[1].heading.after(holder);
  }

  why() {
    const root = element("details", "mk-why");
    root.append(element("summary", "", "Why 1 / (1 − p), and why 1 − p⁴?"));
    for (const words of [
      "A number x is kept with probability 1 − p and then multiplied by 1 / (1 − p): on average it stays x, and its variance grows by x² · p/(1 − p). So the layers behind get what they are used to, and at the end dropout is simply switched off.",
      "The bars of mean and spread reach one standard deviation to each side, over all numbers of the layer; the dashed line is 0. Without the rescaling the mean would shrink to (1 − p) of what it was.",
      "A 2 × 2 pool passes on the largest of four numbers. Under a mask before it, nothing is left only if all four drop, with probability p⁴: the pool finds another number, hence dropout there takes away little. And as the largest is often scaled up, the mean does not stay.",
      "What you see is one layer's mask alone; the network's own dropout is off. Test images are never used for a choice in the Lab.",
    ]) root.append(element("p", "", words));
    return root;
  }

  tables() {
    this.numbers = element("details", "mk-tables");
    this.numbers.append(element("summary", "", "All numbers as tables"), element("div", "dl-scrolls"));
    this.numbers.addEventListener("toggle", () => this.fillTables());
    return this.numbers;
  }

  // Called at each rerun and change of theme.
  update(data) {
    const asked = JSON.stringify([data.networks, data.image]);
    this.data = data;
    this.controls.offer(data.rates);
    if (asked !== this.asked) {
      this.asked = asked;
      this.ask();
    }
    this.draw();
  }

  ask() {
    const wish = this.controls.meant();
    Object.assign(remembered, this.wish);
    const networks = this.data.networks.map(({ run, epoch }) => ({ run, epoch }));
    this.asking.ask(this.data.url, { networks, question: { ...this.data.image, ...wish } }, { wish, networks: this.data.networks });
  }

  take(answer, { wish, networks }) {
    setText(this.problem, "");
    this.shown = { answer, wish, networks };
    this.revealed(true);
    this.draw();
  }

  fail(sentence) {
    setText(this.problem, sentence);
    if (!this.shown) setText(this.status, "");
  }

  draw() {
    if (!this.shown) return;
    const theme = themeOf(this.root);
    this.root.style.setProperty("--mk-ramp", `linear-gradient(to right, ${[0, 64, 128, 192, 255].map((byte) => theme.ramp[byte]).join(", ")})`);
    const { answer, wish, networks } = this.shown;
    this.have(networks.length);
    const image = bytesOf(answer.image.pixels);
    setText(this.status, maskSentence(wish, answer.networks[0].mask.scale));
    setText(this.poolSaid, poolSentence(wish, answer.networks.map(({ mask }) => mask)));
    setText(this.sections[1].heading, `Close up: ${wish.layer}`);
    this.every.disabled = !wish.every_map && answer.networks.every((one) => allShown(one, wish.layer));
    this.views.forEach((view, at) => view.draw(networks[at], answer.networks[at], image, wish, theme));
    this.fillTables();
  }

  have(views) {
    if (this.views.length === views) return;
    this.views = Array.from({ length: views }, () => new NetworkView());
    this.sections.forEach(({ body }, at) => body.replaceChildren(...this.views.map(({ blocks }) => blocks[at])));
    this.root.classList.toggle("mk-two", views > 1);
  }

  fillTables() {
    if (!this.numbers.open || !this.shown) return;
    const { answer, wish, networks } = this.shown;
    this.numbers.lastChild.replaceChildren(...networks.flatMap(({ name }, at) => tablesOf(name, answer.networks[at], wish)));
  }

  close() {
    this.controls.close();
    this.asking.close();
    this.sizes.disconnect();
    this.root.remove();
  }
}

// Whether the close-up has no further maps to show.
function allShown({ before_pool: before, layers }, name) {
  return [before, layers.find(({ layer }) => layer === name)].every((picture) => !picture || picture.shown === picture.maps);
}

export default function ({ data, parentElement }) {
  let panel = parentElement.dlMasks;
  if (!(panel instanceof MaskPanel)) {
    panel?.close(); // left by another version of this module
    panel = parentElement.dlMasks = new MaskPanel(parentElement, data);
  }
  // Streamlit also runs the clean-up of a call that a later one overtook: only the last one counts.
  const call = (panel.call = Symbol("call"));
  panel.update(data);
  return () => {
    if (panel.call !== call) return;
    delete parentElement.dlMasks;
    panel.close();
  };
}
