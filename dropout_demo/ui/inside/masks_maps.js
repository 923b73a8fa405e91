// A layer's numbers as cells: maps side by side, or the units of a dense layer as one field of cells.

const MAP_GAP = 2; // CSS pixels between maps
const MOST_SPACED_UNITS = 1500; // beyond, units touch
const LEAST_HATCHED = 4; // device pixels of a cell that can hold a line

// How many maps stand in a row, so that cells are as large as this box allows.
function arrange(count, rows, columns, gap, width, height) {
  let best = { across: 1, cell: 0 };
  for (let across = 1; across <= count; across++) {
    const down = Math.ceil(count / across);
    const cell = Math.min((width - gap * (across - 1)) / (across * columns), (height - gap * (down - 1)) / (down * rows));
    if (cell > best.cell + 1e-9) best = { across, cell };
  }
  return best;
}

class Maps {
  constructor(className) {
    this.root = element("canvas", `mk-maps ${className}`);
    this.root.setAttribute("role", "img");
  }

  // picture: of an answer; which: "without" or "with". The box is the canvas's own, from CSS.
  draw(picture, which, label, theme) {
    Object.assign(this, { picture, which, theme, image: null });
    this.root.setAttribute("aria-label", label);
    this.redraw();
  }

  // image: 32 × 32 × 3 bytes, red green blue.
  drawImage(image, label, theme) {
    Object.assign(this, { image, theme, picture: null });
    this.root.setAttribute("aria-label", label);
    this.redraw();
  }

  redraw() {
    if (!this.picture && !this.image) return;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.floor(this.root.clientWidth * ratio);
    const height = Math.floor(this.root.clientHeight * ratio);
    if (!width || !height) return;
    if (this.root.width !== width || this.root.height !== height) Object.assign(this.root, { width, height });
    const context = this.root.getContext("2d");
    context.clearRect(0, 0, width, height);
    if (this.image) this.paintImage(context, width, height);
    else this.paintMaps(context, width, height, ratio);
  }

  paintImage(context, width, height) {
    const cell = Math.max(1, Math.floor(Math.min(width, height) / 32));
    for (let at = 0; at < 1024; at++) {
      const [r, g, b] = this.image.subarray(3 * at, 3 * at + 3);
      context.fillStyle = `rgb(${r},${g},${b})`;
      context.fillRect((at % 32) * cell, (at >> 5) * cell, cell, cell);
    }
  }

  paintMaps(context, width, height, ratio) {
    const { picture, theme } = this;
    const isMaps = picture.rows > 1 || picture.maps > 1;
    const [count, rows, columns] = isMaps ? [picture.shown, picture.rows, picture.columns] : [picture.columns, 1, 1];
    const wanted = isMaps ? MAP_GAP : count > MOST_SPACED_UNITS ? 0 : 1;
    const gap = Math.round(wanted * ratio);
    const { across, cell: room } = arrange(count, rows, columns, gap, width - 2, height - 2);
    const cell = Math.max(1, Math.floor(room));
    const numbers = bytesOf(picture[this.which] ?? picture.without);
    const dropped = this.which === "with" && picture.dropped ? bytesOf(picture.dropped) : null;
    const hatch = new Path2D();
    for (let map = 0; map < count; map++) {
      const left = 1 + (map % across) * (columns * cell + gap);
      const top = 1 + Math.floor(map / across) * (rows * cell + gap);
      for (let at = 0; at < rows * columns; at++) {
        const [x, y] = [left + (at % columns) * cell, top + Math.floor(at / columns) * cell];
        const isDropped = dropped && bitAt(dropped, map * rows * columns + at);
        context.fillStyle = isDropped ? theme.ground : theme.ramp[numbers[map * rows * columns + at]];
        context.fillRect(x, y, cell, cell);
        if (isDropped && cell >= LEAST_HATCHED) {
          hatch.moveTo(x + 0.5, y + cell - 0.5);
          hatch.lineTo(x + cell - 0.5, y + 0.5);
        }
      }
      if (isMaps || cell >= LEAST_HATCHED) {
        context.strokeStyle = theme.frame;
        if (isMaps) context.strokeRect(left - 0.5, top - 0.5, columns * cell + 1, rows * cell + 1);
      }
    }
    context.strokeStyle = theme.line;
    context.stroke(hatch);
  }
}
