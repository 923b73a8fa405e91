// The layers of a network in a row; the chosen one is drawn with dropout, and told about below.

const SIDE = 64;
const SQUARES = [[0, 14], [8, 8], [16, 2]]; // three maps, one behind the other

// Icons: in each the parts of class la-part stay, those of la-drops are struck out when chosen.
const ICONS = {
  input: () => grid(4, 4, [1, 6, 7, 12]),
  conv: () => SQUARES.map(([x, y], at) => drawn("rect", { class: at === 1 ? "la-drops" : "la-part", x: x + 4, y: y + 4, width: 38, height: 38 })),
  flatten: () => column(2, 5, [2, 5, 7]),
  fc1: () => column(1, 5, [1, 3]),
  logits: () => [30, 14, 44, 20].map((width, at) => drawn("rect", { class: at === 2 ? "la-drops" : "la-part", x: 8, y: 8 + at * 13, width, height: 9 })),
  recurrent: () => [
    drawn("path", { class: "la-loop", d: "M22 28C8 4 56 4 42 28" }),
    drawn("path", { class: "la-loop la-tip", d: "M38 20l4 9l8 -5" }),
    ...[12, 32, 52].map((cx, at) => drawn("circle", { class: at === 1 ? "la-drops" : "la-part", cx, cy: 42, r: 9 })),
  ],
};

function grid(rows, columns, drops) {
  const size = 13;
  return Array.from({ length: rows * columns }, (_, at) => drawn("rect", {
    class: drops.includes(at) ? "la-drops" : "la-part", x: 6 + (at % columns) * size, y: 6 + Math.floor(at / columns) * size, width: size - 2, height: size - 2,
  }));
}

function column(columns, rows, drops) {
  return Array.from({ length: columns * rows }, (_, at) => drawn("circle", {
    class: drops.includes(at) ? "la-drops" : "la-part", cx: SIDE / 2 + (Math.floor(at / rows) - (columns - 1) / 2) * 16, cy: 8 + (at % rows) * 12, r: 5,
  }));
}

class Places {
  constructor(parent, data) {
    this.frame = new Frame(parent, "places");
    this.row = this.frame.stage.appendChild(element("div", "la-row"));
    this.row.setAttribute("role", "group");
    this.row.setAttribute("aria-label", "Layers of a network");
    this.buttons = data.places.map((one) => this.button(one));
    this.chosen = data.start;
    this.result = this.frame.root.appendChild(element("p", "la-result"));
  }

  button({ key, name, use }) {
    const button = this.row.appendChild(pressable("", () => this.choose(key), `la-layer la-at-${key}`));
    const svg = button.appendChild(drawn("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, "aria-hidden": "true" }));
    svg.append(...ICONS[key]());
    button.append(element("b", "", name), element("span", "", use));
    return { key, button };
  }

  // Results may have come since the last rerun.
  update(data) {
    this.places = data.places;
    this.choose(this.chosen);
  }

  choose(key) {
    this.chosen = key;
    this.buttons.forEach((one) => one.button.setAttribute("aria-pressed", String(one.key === key)));
    const { name, use, text, result } = this.places.find((one) => one.key === key);
    this.frame.say(`Dropout at the ${name}: ${use === "no" ? "not there" : use}. ${text}`);
    setText(this.result, result);
  }
}

export default mounted(Places);
