// A polynomial by least squares through noisy points; each degree tried leaves its two errors.

const BOX = { width: 440, height: 300, left: 30, right: 8, top: 8, bottom: 24, low: -2.1, high: 2.1 };
const ERRORS = { width: 260, height: 300, left: 44, right: 8, top: 26, bottom: 40, low: 0.001, high: 20 };

// Legendre polynomials 0..degree at x: nearly orthogonal there, so that rounding stays small.
function legendre(x, degree) {
  const values = [1, x];
  for (let n = 1; n < degree; n++) values.push(((2 * n + 1) * x * values[n] - n * values[n - 1]) / (n + 1));
  return values.slice(0, degree + 1);
}

// Coefficients that make the squares least, by modified Gram-Schmidt (Björck 1967: as stable as Householder's).
function leastSquares(rows, y) {
  const columns = rows[0].map((_, j) => rows.map((row) => row[j]));
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const rest = y.slice();
  const upper = columns.map(() => []);
  const onto = columns.map((column, k) => {
    const size = (upper[k][k] = Math.sqrt(dot(column, column)));
    column.forEach((value, i) => { column[i] = value / size; });
    for (let j = k + 1; j < columns.length; j++) {
      const part = (upper[k][j] = dot(column, columns[j]));
      columns[j].forEach((_, i) => { columns[j][i] -= part * column[i]; });
    }
    const share = dot(column, rest);
    column.forEach((value, i) => { rest[i] -= share * value; });
    return share;
  });
  const found = onto.slice();
  for (let k = found.length - 1; k >= 0; k--) {
    for (let j = k + 1; j < found.length; j++) found[k] -= upper[k][j] * found[j];
    found[k] /= upper[k][k];
  }
  return found;
}

function polynomial(x, y, degree) {
  const found = leastSquares(x.map((one) => legendre(one, degree)), y);
  return (at) => legendre(at, degree).reduce((sum, value, n) => sum + value * found[n], 0);
}

const squared = (f, x, y) => x.reduce((sum, one, i) => sum + (f(one) - y[i]) ** 2, 0) / x.length;

class Fit {
  constructor(parent, data) {
    this.frame = new Frame(parent, "fit");
    this.data = data;
    this.fits = Array.from({ length: data.most }, (_, at) => this.fitted(at + 1));
    this.tried = new Set();
    const degrees = this.fits.map(({ degree }) => degree);
    this.slider = new Slider("Degree of the polynomial", degrees, (degree) => this.choose(degree));
    this.frame.controls.append(this.slider.root, this.showing());
    this.frame.stage.append(this.points(), this.errors());
    this.frame.stage.after(this.legend());
    this.slider.show(data.start);
    this.choose(data.start);
  }

  fitted(degree) {
    const { train_x, train_y, held_x, held_y } = this.data;
    const f = polynomial(train_x, train_y, degree);
    return { degree, f, train: squared(f, train_x, train_y), held: squared(f, held_x, held_y) };
  }

  showing() {
    const label = element("label", "la-check");
    const box = label.appendChild(element("input"));
    box.type = "checkbox";
    box.addEventListener("change", () => place(this.truth, { visibility: box.checked ? "visible" : "hidden" }));
    label.append("Show the curve that the points come from");
    return label;
  }

  x(value) {
    return BOX.left + ((value + 1) / 2) * (BOX.width - BOX.left - BOX.right);
  }

  y(value) {
    const share = (BOX.high - value) / (BOX.high - BOX.low);
    return BOX.top + share * (BOX.height - BOX.top - BOX.bottom);
  }

  // What leaves the box is cut off, not drawn over the rest of the page.
  path(xs, ys) {
    return xs.map((one, i) => `${i ? "L" : "M"}${this.x(one).toFixed(1)} ${this.y(Math.max(-9, Math.min(9, ys[i]))).toFixed(1)}`).join("");
  }

  points() {
    const svg = (this.svg = picture(BOX.width, BOX.height, "la-points"));
    const clip = svg.appendChild(drawn("clipPath", { id: "la-fit-box" }));
    const [width, height] = [BOX.width - BOX.left - BOX.right, BOX.height - BOX.top - BOX.bottom];
    clip.append(drawn("rect", { x: BOX.left, y: BOX.top, width, height }));
    for (const value of [-2, -1, 0, 1, 2]) {
      svg.append(drawn("line", { class: "la-grid", x1: BOX.left, x2: BOX.width - BOX.right, y1: this.y(value), y2: this.y(value) }));
      svg.append(drawn("text", { x: BOX.left - 6, y: this.y(value) + 4, "text-anchor": "end" }, told(value, 0)));
    }
    for (const value of [-1, 0, 1]) svg.append(drawn("text", { x: this.x(value), y: BOX.height - 4, "text-anchor": ["start", "middle", "end"][value + 1] }, told(value, 0)));
    const inside = svg.appendChild(drawn("g", { "clip-path": "url(#la-fit-box)" }));
    const [xs, ys] = this.data.curve;
    this.truth = inside.appendChild(drawn("path", { class: "la-truth", d: this.path(xs, ys), visibility: "hidden" }));
    this.line = inside.appendChild(drawn("path", { class: "la-line" }));
    const dots = (x, y, className, r) => x.forEach((one, i) => inside.append(drawn("circle", { class: className, cx: this.x(one), cy: this.y(y[i]), r })));
    dots(this.data.held_x, this.data.held_y, "la-held", 3);
    dots(this.data.train_x, this.data.train_y, "la-train", 4);
    return svg;
  }

  errorX(degree) {
    return ERRORS.left + ((degree - 0.5) / this.data.most) * (ERRORS.width - ERRORS.left - ERRORS.right);
  }

  errorY(value) {
    const share = Math.log(ERRORS.high / value) / Math.log(ERRORS.high / ERRORS.low);
    return ERRORS.top + Math.min(1, Math.max(0, share)) * (ERRORS.height - ERRORS.top - ERRORS.bottom);
  }

  errors() {
    const svg = (this.errorsDrawn = picture(ERRORS.width, ERRORS.height, "la-errors"));
    svg.append(drawn("text", { x: 4, y: 14 }, "mean squared error"));
    for (const value of [0.001, 0.01, 0.1, 1, 10]) {
      svg.append(drawn("line", { class: "la-grid", x1: ERRORS.left, x2: ERRORS.width - ERRORS.right, y1: this.errorY(value), y2: this.errorY(value) }));
      svg.append(drawn("text", { x: ERRORS.left - 6, y: this.errorY(value) + 4, "text-anchor": "end" }, String(value)));
    }
    for (const degree of [1, 3, 6, 9, 12]) svg.append(drawn("text", { x: this.errorX(degree), y: ERRORS.height - 22, "text-anchor": "middle" }, String(degree)));
    svg.append(drawn("text", { x: (ERRORS.left + ERRORS.width) / 2, y: ERRORS.height - 4, "text-anchor": "middle" }, "degree"));
    this.marks = this.fits.map(({ degree, train, held }) => {
      const mark = svg.appendChild(drawn("g", { visibility: "hidden" }));
      mark.append(drawn("circle", { class: "la-held", cx: this.errorX(degree), cy: this.errorY(held), r: 5 }));
      mark.append(drawn("circle", { class: "la-train", cx: this.errorX(degree), cy: this.errorY(train), r: 5 }));
      return mark;
    });
    this.now = drawn("line", { class: "la-now", y1: ERRORS.top, y2: ERRORS.height - ERRORS.bottom });
    svg.prepend(this.now);
    return svg;
  }

  legend() {
    const legend = element("p", "la-legend");
    const { train_x, held_x } = this.data;
    legend.append(element("span", "la-is-train", `${train_x.length} training points: the fit sees them`));
    legend.append(element("span", "la-is-held", `${held_x.length} held-out points: it does not`));
    return legend;
  }

  choose(degree) {
    const one = this.fits[degree - 1];
    const xs = Array.from({ length: 401 }, (_, i) => -1 + i / 200);
    place(this.line, { d: this.path(xs, xs.map(one.f)) });
    this.tried.add(degree);
    place(this.marks[degree - 1], { visibility: "visible" });
    place(this.now, { x1: this.errorX(degree), x2: this.errorX(degree) });
    this.frame.say(this.sentence(one));
    place(this.svg, { "aria-label": `A curve of degree ${degree} among the points: training error ${error(one.train)}, held-out error ${error(one.held)}.` });
    const tried = this.fits.filter((fit) => this.tried.has(fit.degree));
    place(this.errorsDrawn, { "aria-label": `Both errors of the degrees tried: ${tried.map((fit) => fit.degree).join(", ")}.` });
    this.frame.table("Mean squared errors of the degrees tried", ["degree", "training", "held out"],
      tried.map((fit) => [String(fit.degree), error(fit.train), error(fit.held)]));
  }

  sentence({ degree, train, held }) {
    const best = Math.min(...this.fits.map((fit) => fit.held));
    const numbers = `Degree ${degree}: the mean squared error is ${error(train)} on the training points and ${error(held)} on the held-out ones.`;
    if (train > 2 * best) return `${numbers} Both are large: the curve is too stiff to follow even the points that it was fitted to.`;
    if (held > 3 * train) return `${numbers} The second is ${held > 10 * train ? counted(Math.round(held / train)) : told(held / train, 1)} times the first: the curve bends to the noise of its own points, which new points do not share.`;
    return `${numbers} They are close, and both are small: the curve follows what the two sets have in common.`;
  }
}

const error = (value) => value.toFixed(3);

export default mounted(Fit);
