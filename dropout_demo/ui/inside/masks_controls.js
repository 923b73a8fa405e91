// What a person sets: where the mask stands, its rate, what drops, and which mask; and slow stepping.

const EACH = 1000; // ms a mask while playing
const MOST_SEED = 2 ** 31 - 1;
const NEW_SEEDS = 10_000; // a new mask is one of these: numbers that one can say
const STILL = "Your system asks for less motion, so nothing moves by itself: step with the arrows.";

class Choices {
  constructor(title, options, onChoice) {
    this.root = element("fieldset", "dl-choices");
    this.root.append(element("legend", "", title));
    const name = `mk-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    this.options = new Map(options.map(([value, label]) => {
      const [holder, radio] = [element("label"), element("input")];
      Object.assign(radio, { type: "radio", name, value });
      radio.addEventListener("change", () => onChoice(value));
      holder.append(radio, element("span", "", label));
      this.root.append(holder);
      return [value, radio];
    }));
  }

  show(value, allowed = null) {
    this.options.forEach((radio, one) => {
      radio.checked = one === value;
      radio.disabled = allowed !== null && !allowed.includes(one);
    });
  }
}

class Controls {
  // wish: what is asked for, changed in place; layers: what is possible at each, from Python.
  constructor(wish, { layers }, onWish) {
    Object.assign(this, { wish, rates: [], onWish, timer: 0 });
    this.facts = new Map(layers.map((facts) => [facts.name, facts]));
    this.root = element("div", "mk-controls");
    this.layer = new Choices("Mask at", layers.map(({ name }) => [name, name]), (layer) => this.set({ layer }));
    this.drop = new Choices("What drops", [["element", "single numbers"], ["channel", "whole channels"]], (drop) => this.set({ drop }));
    this.pool = new Choices("Where", [["after", "after pooling"], ["before", "before pooling"]], (pool) => this.set({ pool }));
    this.note = element("p", "mk-note");
    this.note.setAttribute("role", "status");
    this.root.append(this.layer.root, this.drop.root, this.pool.root, this.rateSlider(), this.steps(), this.note);
    this.motion = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.onMotion = () => this.motion.matches && this.timer && this.stop(STILL);
    this.motion.addEventListener("change", this.onMotion);
  }

  // The rates to choose from; one that was chosen before stays.
  offer(rates) {
    this.rates = [...new Set([...rates, this.wish.rate])].sort((a, b) => a - b);
    this.rate.max = this.rates.length - 1;
    this.show();
  }

  rateSlider() {
    const root = element("label", "mk-rate");
    this.rate = element("input");
    Object.assign(this.rate, { type: "range", min: 0, step: 1 });
    this.rate.setAttribute("aria-label", "Rate");
    this.rate.addEventListener("input", () => this.set({ rate: this.rates[Number(this.rate.value)] }));
    this.rateSaid = element("b"); // no output: a label would name that instead of the slider
    const title = element("span", "mk-rate-title", "Rate ");
    title.append(this.rateSaid);
    root.append(title, this.rate);
    return root;
  }

  steps() {
    const root = element("div", "mk-steps");
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "Masks");
    const button = (label, words, onPress) => {
      const made = element("button", "dl-button", label);
      made.type = "button";
      if (words) made.setAttribute("aria-label", words);
      made.addEventListener("click", onPress);
      return made;
    };
    this.back = button("◀", "Mask before", () => this.step(-1));
    this.seed = element("span", "mk-seed");
    this.forth = button("▶", "Next mask", () => this.step(1));
    this.fresh = button("New mask", "", () => this.set({ seed: this.another() }));
    this.fresh.classList.add("mk-main");
    this.play = button("Play slowly", "", () => (this.timer ? this.stop() : this.start()));
    root.append(this.back, this.seed, this.forth, this.fresh, this.play);
    return root;
  }

  another() {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0] % NEW_SEEDS;
    return seed === this.wish.seed ? seed + 1 : seed;
  }

  step(by) {
    this.set({ seed: Math.min(Math.max(this.wish.seed + by, 0), MOST_SEED) });
  }

  set(change) {
    Object.assign(this.wish, change);
    this.show();
    this.onWish();
  }

  // Channels and pooling only mean something at some layers; the wish for them is kept for those.
  meant() {
    const { wish } = this;
    const facts = this.facts.get(wish.layer);
    return { ...wish, drop: facts.maps ? wish.drop : "element", pool: facts.pooled ? wish.pool : "after" };
  }

  show() {
    const meant = this.meant();
    const facts = this.facts.get(meant.layer);
    this.layer.show(meant.layer);
    this.drop.show(meant.drop, facts.maps ? null : ["element"]);
    this.pool.show(meant.pool, facts.pooled ? null : ["after"]);
    this.rate.value = this.rates.indexOf(meant.rate);
    this.rate.setAttribute("aria-valuetext", String(meant.rate));
    setText(this.rateSaid, String(meant.rate));
    setText(this.seed, `Mask ${count(meant.seed)}`);
    this.back.disabled = meant.seed === 0;
    this.play.setAttribute("aria-pressed", String(Boolean(this.timer)));
    setText(this.play, this.timer ? "Stop" : "Play slowly");
  }

  start() {
    if (this.motion.matches) {
      setText(this.note, STILL);
      return;
    }
    setText(this.note, "");
    this.timer = setInterval(() => document.hidden || this.isBusy?.() || this.step(1), EACH);
    this.show();
  }

  stop(why = "") {
    clearInterval(this.timer);
    this.timer = 0;
    setText(this.note, why);
    this.show();
  }

  close() {
    clearInterval(this.timer);
    this.motion.removeEventListener("change", this.onMotion);
  }
}
