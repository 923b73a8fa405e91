// What a layer looks like: maps as stacked sheets, dense layers as columns of dots, and the wires between.

const SVG = "http://www.w3.org/2000/svg";
const SIZE = 120; // width and height of a picture, in its own units
const MARGIN = 4;
const MOST_SHEETS = 20;
const DEPTH = 52; // how far the hindmost sheet stands off at most
const ROWS = 16; // dots a column
const MOST_DOTS = 160;
const WIRE = { length: 30, ends: 7 };

// The picture on the front sheet of the input, one letter a pixel of 16 × 16.
const BOAT = [
  "................", "........#.......", "........##......", ".......###......", ".......####.....", "......#####.....",
  "......######....", ".....#######....", ".....########...", "........#.......", "..############..", "...##########...",
  "....########....", "................", "################", "................",
];

function draw(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  node.append(...children);
  return node;
}

function setPath(node, pieces) {
  const d = pieces.join("");
  if (node.getAttribute("d") !== d) node.setAttribute("d", d);
}

const round = (value) => Math.round(value * 100) / 100;
const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
const box = (x, y, side) => `M${round(x)} ${round(y)}h${round(side)}v${round(side)}h${round(-side)}z`;
const slash = (x, y, side) => `M${round(x)} ${round(y + side)}l${round(side)} ${round(-side)}`;

// ---- maps ----

// Areas in proportion to the maps' sides; the number of sheets to the root of the number of maps.
class Sheets {
  constructor([maps, side]) {
    this.side = side > 16 ? side / 2 : side; // cells a side; two pixels of the image are one cell
    this.count = maps <= 4 ? maps : clamp(Math.round(1.4 * Math.sqrt(maps)), 3, MOST_SHEETS);
    this.width = 84 * Math.sqrt(side / 32);
    this.step = this.count > 1 ? Math.min(8, DEPTH / (this.count - 1)) : 0;
    this.cell = this.width / this.side;
    this.reach = (this.width + this.step * (this.count - 1)) / 2; // from the middle to the side
    const cells = this.side * this.side;
    this.struck = {
      element: singles(this.count * cells, 11),
      block: blocks(this.count, this.side, 13),
      channel: this.wholeSheets(cells),
    };
    this.factors = factors(this.count * cells, 17);
    this.root = this.make(side === 32);
  }

  wholeSheets(cells) {
    const sheets = singles(this.count, 12);
    return (p) => sheets(p).flatMap((is) => new Array(cells).fill(is));
  }

  make(isImage) {
    const whole = this.width + this.step * (this.count - 1);
    const [left, top] = [(SIZE - whole) / 2, (SIZE - whole) / 2];
    const root = draw("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, "aria-hidden": "true", class: "maps" });
    this.sheets = Array.from({ length: this.count }, (_, at) => {
      const away = this.step * (this.count - 1 - at);
      const sheet = { x: left + away, y: top + whole - this.width - away, isFront: at === this.count - 1 };
      sheet.levels = [0, 1, 2, 3, 4].map((of) => draw("path", { class: `level${of}` }));
      sheet.holes = draw("path", { class: "holes" });
      sheet.hatch = draw("path", { class: "hatch" });
      sheet.frame = draw("rect", { class: "frame", x: round(sheet.x), y: round(sheet.y), width: round(this.width), height: round(this.width), rx: 1.5 });
      const ground = sheet.frame.cloneNode();
      ground.setAttribute("class", "ground");
      const picture = isImage && sheet.isFront ? [this.boat(sheet)] : [];
      root.append(draw("g", {}, ground, ...picture, ...sheet.levels, sheet.holes, sheet.hatch, sheet.frame));
      return sheet;
    });
    return root;
  }

  boat(sheet) {
    const path = draw("path", { class: "boat" });
    setPath(path, BOAT.flatMap((row, y) => [...row].map((sign, x) =>
      sign === "#" ? box(sheet.x + x * this.cell, sheet.y + y * this.cell, this.cell) : "")));
    return path;
  }

  // Cells of a sheet that those before it leave in sight, as [unit's number, x, y].
  *seen(sheet, at) {
    for (let row = 0; row < this.side; row++) {
      for (let column = 0; column < this.side; column++) {
        const [x, y] = [column * this.cell, row * this.cell];
        if (sheet.isFront || y < this.step || x + this.cell > this.width - this.step) {
          yield [(at * this.side + row) * this.side + column, sheet.x + x, sheet.y + y];
        }
      }
    }
  }

  show(p, kind) {
    const struck = p > 0 && kind !== "gaussian" ? (this.struck[kind] ?? this.struck.element)(p) : null;
    const factors = p > 0 && kind === "gaussian" ? this.factors(p) : null;
    this.sheets.forEach((sheet, at) => {
      const [holes, hatch, levels] = [[], [], [[], [], [], [], []]];
      if (struck || factors) {
        for (const [unit, x, y] of this.seen(sheet, at)) {
          if (factors) levels[level(factors[unit])].push(box(x, y, this.cell));
          else if (struck[unit]) {
            holes.push(box(x, y, this.cell));
            hatch.push(slash(x, y, this.cell));
          }
        }
      }
      setPath(sheet.holes, holes);
      setPath(sheet.hatch, kind === "channel" && hatch.length ? this.cross(sheet) : hatch);
      sheet.levels.forEach((path, of) => setPath(path, levels[of]));
      sheet.frame.classList.toggle("struck", kind === "channel" && hatch.length > 0);
    });
  }

  // A whole sheet crossed out, and hatched where only its rim is in sight.
  cross(sheet) {
    const { x, y } = sheet;
    const w = this.width;
    if (sheet.isFront) return [`M${round(x)} ${round(y)}l${round(w)} ${round(w)}`, slash(x, y, w)];
    const lines = [];
    for (let at = 3; at < 2 * w; at += 4) {
      const [from, to] = [Math.min(at, w), Math.max(0, at - w)];
      lines.push(`M${round(x + to)} ${round(y + from)}L${round(x + from)} ${round(y + to)}`);
    }
    return lines;
  }
}

// ---- dense layers ----

class Dots {
  constructor([units]) {
    this.count = units <= ROWS ? units : clamp(Math.round(2.83 * Math.sqrt(units)), ROWS, MOST_DOTS);
    this.struck = singles(this.count, 19);
    this.factors = factors(this.count, 23);
    this.levels = [0, 1, 2, 3, 4].map((of) => draw("path", { class: `dots level${of}` }));
    this.kept = draw("path", { class: "dots kept" });
    this.crosses = draw("path", { class: "crosses" });
    this.root = draw("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, "aria-hidden": "true", class: "units" }, this.kept, ...this.levels, this.crosses);
    const columns = Math.ceil(this.count / ROWS);
    const rows = Math.ceil(this.count / columns);
    const gap = this.count <= ROWS ? Math.min(11, (SIZE - 2 * MARGIN) / rows) : 7;
    this.radius = this.count <= ROWS ? 3.4 : 2.5;
    this.reach = ((columns - 1) * gap) / 2 + this.radius;
    this.places = Array.from({ length: this.count }, (_, at) => [
      SIZE / 2 + (Math.floor(at / rows) - (columns - 1) / 2) * gap,
      SIZE / 2 + ((at % rows) - (rows - 1) / 2) * gap,
    ]);
  }

  show(p, kind) {
    const struck = p > 0 && kind === "element" ? this.struck(p) : null;
    const factors = p > 0 && kind === "gaussian" ? this.factors(p) : null;
    const [kept, crosses, levels] = [[], [], [[], [], [], [], []]];
    this.places.forEach(([x, y], at) => {
      if (factors) levels[level(factors[at])].push(this.dot(x, y));
      else if (struck?.[at]) crosses.push(this.crossed(x, y));
      else kept.push(this.dot(x, y));
    });
    setPath(this.kept, kept);
    setPath(this.crosses, crosses);
    this.levels.forEach((path, of) => setPath(path, levels[of]));
  }

  dot(x, y) {
    const r = this.radius;
    return `M${round(x - r)} ${round(y)}a${r} ${r} 0 1 1 ${2 * r} 0a${r} ${r} 0 1 1 ${-2 * r} 0z`;
  }

  crossed(x, y) {
    const r = round(this.radius * 0.8);
    return `M${round(x - r)} ${round(y - r)}l${2 * r} ${2 * r}m0 ${-2 * r}l${-2 * r} ${2 * r}`;
  }
}

function makePicture(shape) {
  return shape.length > 1 ? new Sheets(shape) : new Dots(shape);
}

// ---- wires: what leads from one layer to the next ----

class Wire {
  constructor(from, to) {
    this.isDense = from.length === 1 && to.length === 1;
    this.kept = draw("path", { class: "kept" });
    this.struck = draw("path", { class: "struck" });
    this.root = draw("svg", { viewBox: `0 0 ${WIRE.length} ${SIZE}`, preserveAspectRatio: "none", "aria-hidden": "true", class: "wires" }, this.kept, this.struck);
    this.lines = this.isDense ? this.mesh(to[0]) : this.fan(from.length > 1 && to.length > 1);
    this.isStruck = singles(this.lines.length, 29);
    this.show(0);
  }

  // How far the pictures at its two ends reach, in their units.
  span(from, to) {
    this.root.style.setProperty("--from", from);
    this.root.style.setProperty("--to", to);
  }

  // A window of a map becomes one number; all maps become one row.
  fan(isWindow) {
    const to = isWindow ? [SIZE / 2, SIZE / 2] : [10, SIZE - 10];
    return [[SIZE / 2 - 9, to[0]], [SIZE / 2 + 9, to[1]]];
  }

  mesh(units) {
    const place = (at, n, height) => SIZE / 2 + height * (n > 1 ? at / (n - 1) - 0.5 : 0);
    const height = units <= ROWS ? 96 : 104;
    const pairs = [];
    for (let a = 0; a < WIRE.ends; a++) {
      for (let b = 0; b < WIRE.ends; b++) pairs.push([place(a, WIRE.ends, 104), place(b, WIRE.ends, height)]);
    }
    return pairs;
  }

  // p: the share of connections that DropConnect takes away.
  show(p) {
    const struck = this.isStruck(this.isDense ? p : 0);
    const line = ([from, to]) => `M0 ${round(from)}L${WIRE.length} ${round(to)}`;
    setPath(this.kept, this.lines.map((ends, at) => (struck[at] ? "" : line(ends))));
    setPath(this.struck, this.lines.map((ends, at) => (struck[at] ? line(ends) : "")));
    this.root.classList.toggle("dropping", this.isDense && p > 0);
  }
}
