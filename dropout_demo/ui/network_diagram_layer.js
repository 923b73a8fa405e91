// One layer: its picture, what it is, and the dial that sets its dropout.

const PAGE_STEPS = 3; // rates that PageUp and PageDown pass

function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

const rateText = (p) => String(Math.round(p * 1000) / 1000);

// `owner` is told: change(layer, drop) while something is going on, settle(layer) when it is over.
class LayerView {
  constructor(facts, owner, kinds) {
    Object.assign(this, { owner, kinds, name: facts.name, drop: { p: 0, kind: facts.kinds[0] }, choices: [] });
    this.root = element("div", "layer");
    this.root.setAttribute("role", "group");
    this.root.dataset.layer = facts.name;
    this.button = element("button", "picture");
    this.button.type = "button";
    this.button.tabIndex = -1; // the slider does the same by Enter; one stop a layer is enough
    this.button.setAttribute("aria-label", `Dropout at ${facts.name}`);
    this.words = { shape: element("div", "shape"), parameters: element("div", "parameters") };
    const text = element("div", "facts");
    text.append(element("div", "name", facts.name), this.words.shape, this.words.parameters);
    this.root.append(this.button, text, this.makeSlider(), this.makeSetting());
    this.listen();
  }

  makeSlider() {
    this.slider = element("div", "slider");
    this.slider.tabIndex = 0;
    for (const [name, value] of Object.entries({ role: "slider", "aria-orientation": "horizontal", "aria-valuemin": 0, "aria-label": `Dropout rate at ${this.name}` })) {
      this.slider.setAttribute(name, value);
    }
    this.ticks = element("span", "ticks");
    this.slider.append(element("span", "track"), this.ticks, element("span", "filled"), element("span", "thumb"));
    return this.slider;
  }

  makeSetting() {
    const setting = element("div", "setting");
    this.rate = element("span", "rate");
    this.menu = element("select", "kind");
    this.menu.setAttribute("aria-label", `Kind of dropout at ${this.name}`);
    setting.append(this.rate, this.menu);
    return setting;
  }

  listen() {
    this.button.addEventListener("click", () => {
      this.toggle();
      this.slider.focus({ preventScroll: true });
    });
    this.menu.addEventListener("change", () => this.finish({ ...this.drop, kind: this.menu.value }));
    this.slider.addEventListener("keydown", (event) => this.press(event));
    this.slider.addEventListener("pointerdown", (event) => this.grab(event));
    this.slider.addEventListener("pointermove", (event) => this.drag(event));
    this.slider.addEventListener("pointerup", (event) => this.release(event));
    this.slider.addEventListener("pointercancel", () => this.letGo());
    this.slider.addEventListener("lostpointercapture", () => this.letGo());
    this.root.addEventListener("pointerenter", () => this.owner.tellAbout(this.name));
    this.root.addEventListener("focusin", () => this.owner.tellAbout(this.name));
  }

  // ---- what is shown ----

  take(facts, rates) {
    this.facts = facts;
    this.rates = rates;
    setText(this.words.shape, facts.shown);
    setText(this.words.parameters, facts.parameters);
    const signature = JSON.stringify(facts.shape);
    if (signature === this.signature) return;
    this.signature = signature;
    this.picture = makePicture(facts.shape);
    this.button.replaceChildren(this.picture.root);
    this.menu.replaceChildren(...facts.kinds.map((kind) => {
      const option = element("option", "", this.kinds[kind]);
      option.value = kind;
      return option;
    }));
    this.drawn = null;
  }

  // own: a rate besides the offered ones that came with the configuration; it can be had again.
  show(drop, own) {
    this.drop = drop;
    this.setChoices(own);
    const { p, kind } = drop;
    const words = p > 0 ? `dropout ${rateText(p)}, ${this.kinds[kind]}` : "no dropout";
    this.root.classList.toggle("on", p > 0);
    this.root.style.setProperty("--share", String(p / this.most));
    setAttribute(this.root, "aria-label", `${this.facts.spoken}, ${words.replace(", ", " ")}`);
    setAttribute(this.button, "aria-pressed", p > 0);
    setAttribute(this.slider, "aria-valuemax", this.most);
    setAttribute(this.slider, "aria-valuenow", p);
    setAttribute(this.slider, "aria-valuetext", words);
    setText(this.rate, p > 0 ? rateText(p) : "none");
    this.menu.value = kind;
    const drawn = `${p} ${kind}`;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.picture.show(p, kind);
  }

  setChoices(own) {
    const choices = [...new Set([...this.rates, ...own])].sort((a, b) => a - b);
    if (choices.join() === this.choices.join()) return;
    this.choices = choices;
    this.most = choices.at(-1);
    this.ticks.replaceChildren(...choices.map((rate) => {
      const tick = element("i");
      tick.style.left = `${(100 * rate) / this.most}%`;
      return tick;
    }));
  }

  // ---- what a person does ----

  toggle() {
    const { name, owner } = this;
    this.finish({ ...this.drop, p: this.drop.p > 0 ? 0 : owner.lastRate(name) });
  }

  finish(drop) {
    this.owner.change(this.name, drop);
    this.owner.settle(this.name);
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    if (key === "Enter" || key === " ") {
      if (!event.repeat) this.toggle();
    } else if (key === "Delete" || key === "Backspace") this.finish({ ...this.drop, p: 0 });
    else {
      const p = this.rateAfter(key);
      if (p === undefined) return;
      this.owner.change(this.name, { ...this.drop, p });
      this.owner.settleSoon(this.name);
    }
    event.preventDefault();
    event.stopPropagation(); // Streamlit has shortcuts of its own
  }

  rateAfter(key) {
    const steps = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: PAGE_STEPS, PageDown: -PAGE_STEPS };
    if (key === "Home") return 0;
    if (key === "End") return this.most;
    if (!steps[key]) return undefined;
    const at = this.choices.indexOf(this.drop.p);
    return this.choices[clamp(at + steps[key], 0, this.choices.length - 1)];
  }

  grab(event) {
    if (event.button !== 0 || this.pointer !== undefined) return;
    event.preventDefault(); // no text is marked
    this.slider.focus({ preventScroll: true });
    this.owner.settle(this.name); // what keys began
    this.slider.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.slider.classList.add("dragging");
    this.drag(event);
  }

  drag(event) {
    if (event.pointerId !== this.pointer) return;
    const track = this.ticks.getBoundingClientRect();
    const wanted = clamp((event.clientX - track.left) / track.width, 0, 1) * this.most;
    const p = this.choices.reduce((best, rate) => (Math.abs(rate - wanted) < Math.abs(best - wanted) ? rate : best));
    if (p !== this.drop.p) this.owner.change(this.name, { ...this.drop, p });
  }

  release(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = undefined;
    this.slider.classList.remove("dragging");
    this.owner.settle(this.name);
  }

  // The browser took the pointer, to scroll: as if nothing had been.
  letGo() {
    if (this.pointer === undefined) return;
    this.pointer = undefined;
    this.slider.classList.remove("dragging");
    this.owner.forget(this.name);
  }
}
