// A sheet of 32 × 32 pixels to draw on, with brush, colours, fill, undo and clear.
//
// The pixels are ours, not the canvas's: browsers that guard against fingerprints give back other
// pixels than were painted. Pointer and touch draw; so do the keys, on the focused sheet.

const COLOURS = {
  black: "#16202b", white: "#ffffff", grey: "#8a8f96", red: "#c4302b", orange: "#e88a1a", yellow: "#f2d13c",
  green: "#3c8a3f", "light blue": "#8fc7ee", blue: "#2457a6", brown: "#7a4b24",
};
const MOST_UNDOS = 60;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const rgbOf = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

class Drawing {
  constructor(onChange) {
    Object.assign(this, { onChange, undos: [], stroke: null, at: [16, 16], size: 3, colour: rgbOf(COLOURS.black) });
    this.base = new Uint8Array(3 * SIDE * SIDE).fill(255);
    this.rgb = this.base.slice();
    this.root = element("div", "dr");
    const frame = this.root.appendChild(element("div", "dr-frame"));
    this.sheet = frame.appendChild(pixelCanvas("dr-sheet"));
    this.cursor = frame.appendChild(element("div", "dr-cursor"));
    this.sheet.tabIndex = 0;
    this.sheet.setAttribute("role", "application");
    this.sheet.setAttribute("aria-roledescription", "drawing");
    this.buildTools();
    this.listen();
    this.show();
  }

  // Begin anew from these pixels.
  take(rgb, alternative) {
    this.base = rgb;
    this.rgb = this.base.slice();
    this.undos = [];
    this.stroke = null;
    this.name(alternative);
    this.show();
  }

  name(alternative) {
    this.sheet.setAttribute("aria-label", `${alternative}, 32 by 32 pixels. Arrow keys move the brush, Space paints, Shift and an arrow draw.`);
  }

  // Whether there is anything on the sheet that was not there at first.
  get touched() {
    return this.rgb.some((value, at) => value !== this.base[at]);
  }

  // ---- tools ----

  buildTools() {
    const colours = this.root.appendChild(element("div", "dr-colours"));
    colours.setAttribute("role", "group");
    colours.setAttribute("aria-label", "Colour");
    this.swatches = Object.entries(COLOURS).map(([name, hex]) => {
      const swatch = colours.appendChild(element("button", "dr-swatch"));
      swatch.type = "button";
      swatch.title = name;
      swatch.setAttribute("aria-label", name);
      swatch.style.setProperty("--swatch", hex);
      swatch.addEventListener("click", () => this.choose(hex, swatch));
      return swatch;
    });
    this.other = colours.appendChild(element("input", "dr-other"));
    Object.assign(this.other, { type: "color", title: "another colour", value: "#d98cb3" });
    this.other.setAttribute("aria-label", "another colour");
    this.other.addEventListener("input", () => this.choose(this.other.value, this.other));
    this.choose(COLOURS.black, this.swatches[0]);

    const row = this.root.appendChild(element("div", "dr-row"));
    const label = row.appendChild(element("label", "dr-size", "Brush"));
    const size = label.appendChild(element("input"));
    Object.assign(size, { type: "range", min: 1, max: 10, step: 1, value: this.size });
    size.addEventListener("input", () => { this.size = Number(size.value); });
    this.button(row, "Fill", () => this.change(() => this.fill(this.colour)));
    this.undoing = this.button(row, "Undo", () => this.undo());
    this.clearing = this.button(row, "Clear", () => this.change(() => this.rgb.set(this.base)));
  }

  button(row, text, action) {
    const button = row.appendChild(element("button", "dl-button", text));
    button.type = "button";
    button.addEventListener("click", action);
    return button;
  }

  choose(hex, chosen) {
    this.colour = rgbOf(hex);
    for (const one of [...this.swatches, this.other]) {
      one.classList.toggle("on", one === chosen);
      if (one !== this.other) one.setAttribute("aria-pressed", String(one === chosen));
    }
  }

  fill(colour) {
    for (let at = 0; at < this.rgb.length; at++) this.rgb[at] = colour[at % 3];
  }

  undo() {
    if (!this.undos.length) return;
    this.rgb = this.undos.pop();
    this.stroke = null;
    this.changed();
  }

  // ---- strokes ----

  change(paint) {
    this.keep();
    paint();
    this.changed();
  }

  keep() {
    this.undos.push(this.rgb.slice());
    if (this.undos.length > MOST_UNDOS) this.undos.shift();
  }

  begin(x, y) {
    this.keep();
    this.stroke = { before: this.rgb.slice(), cover: new Float32Array(SIDE * SIDE), x, y };
    this.draw(x, y);
  }

  // Each pixel takes as much of the colour as the brush ever covered of it in this stroke.
  draw(x, y) {
    const { before, cover, x: x0, y: y0 } = this.stroke;
    const [dx, dy] = [x - x0, y - y0];
    const length = dx * dx + dy * dy;
    for (let at = 0; at < SIDE * SIDE; at++) {
      const [px, py] = [(at % SIDE) + 0.5 - x0, Math.floor(at / SIDE) + 0.5 - y0];
      const along = length ? Math.min(1, Math.max(0, (px * dx + py * dy) / length)) : 0;
      const distance = Math.hypot(px - along * dx, py - along * dy);
      cover[at] = Math.max(cover[at], Math.min(1, Math.max(0, this.size / 2 + 0.5 - distance)));
      if (!cover[at]) continue;
      for (let c = 0; c < 3; c++) {
        const i = 3 * at + c;
        this.rgb[i] = Math.round(before[i] + (this.colour[c] - before[i]) * cover[at]);
      }
    }
    Object.assign(this.stroke, { x, y });
    this.changed();
  }

  changed() {
    this.show();
    this.onChange();
  }

  show() {
    showPixels(this.sheet, this.rgb);
    this.undoing.disabled = !this.undos.length;
    this.clearing.disabled = !this.touched;
    [this.cursor.style.left, this.cursor.style.top] = this.at.map((place) => `${(100 * (place + 0.5)) / SIDE}%`);
  }

  // ---- pointer and keys ----

  listen() {
    this.sheet.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      this.sheet.setPointerCapture(event.pointerId);
      this.pen = event.pointerId;
      this.begin(...this.placeOf(event));
    });
    this.sheet.addEventListener("pointermove", (event) => {
      if (!this.stroke || event.pointerId !== this.pen) return;
      const through = event.getCoalescedEvents?.() ?? [];
      for (const one of through.length ? through : [event]) this.draw(...this.placeOf(one));
    });
    for (const end of ["pointerup", "pointercancel"]) {
      this.sheet.addEventListener(end, (event) => {
        if (event.pointerId === this.pen) this.stroke = null;
      });
    }
    this.sheet.addEventListener("keydown", (event) => this.onKey(event));
  }

  placeOf(event) {
    const box = this.sheet.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  }

  onKey(event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      event.preventDefault();
      this.undo();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key === " " || event.key in STEPS)) return;
    event.preventDefault();
    const from = this.at.map((place) => place + 0.5);
    const step = STEPS[event.key] ?? [0, 0];
    this.at = this.at.map((place, axis) => Math.min(SIDE - 1, Math.max(0, place + step[axis])));
    if (event.key !== " " && !event.shiftKey) return this.show();
    this.begin(...from);
    this.draw(...this.at.map((place) => place + 0.5));
    this.stroke = null;
  }
}
