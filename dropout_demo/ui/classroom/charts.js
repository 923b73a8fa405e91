// The one picture of a class: a map that fills, a band over seeds, a ranking, or votes.

const SVG = "http://www.w3.org/2000/svg";

function shape(tag, attributes = {}, text = undefined) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

// Steps of 1, 2 or 5 times a power of ten, about so many between two values.
function ticks(low, high, count) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw);
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + 1e-9; at += step) found.push(at);
  return found;
}

class ClassChart {
  // about: what the class is, by its address; large: for the screen of a room.
  constructor(root, about, { large = false, seat = undefined } = {}) {
    Object.assign(this, { root, about, large, seat });
    this.said = element("p", "cl-said");
    this.body = element("div", "cl-chart");
    if (!large) { // on a telephone it scrolls sideways, by keyboard too
      this.body.tabIndex = 0;
      this.body.setAttribute("role", "region");
      this.body.setAttribute("aria-label", "The picture of the class");
    }
    root.replaceChildren(this.said, this.body);
    this.draw = { cells: this.cells, seeds: this.seeds, contest: this.contest, votes: this.nothing }[about.mode];
  }

  update(parts) {
    if (!parts.class || parts.class.state === "deleted") return;
    const question = parts.question;
    if (question && (this.large || (this.about.mode === "votes" && question.revealed))) this.votes(question, parts);
    else this.draw(parts);
  }

  // Of a class that votes, before the answer shows: a student's ballot stands elsewhere.
  nothing({ question, class: { students } }) {
    setText(this.said, question ? `${question.votes} of ${many(students, "student")} voted. The answer shows when the teacher reveals it.` : "The teacher will put a claim to the vote.");
    this.body.replaceChildren();
  }

  cells(parts) {
    const means = startsWith(parts, "c").map(([, { mean }]) => mean);
    const [low, high] = [Math.min(...means), Math.max(...means)];
    const busy = new Map();
    for (const [, run] of startsWith(parts, "r")) {
      if (run.status === "running" || run.status === "queued") busy.set(run.cell, (busy.get(run.cell) ?? 0) + 1);
    }
    const { places, rates } = this.about.map;
    const total = places.length * rates.length + 1;
    setText(this.said, means.length ? `${means.length} of ${total} places filled: validation accuracy from ${percent(low)} (dark) to ${percent(high)} (bright).` : "Validation accuracy by place and rate of dropout. Each of you fills a place.");
    const cell = (name, where) => {
      const told = parts[`c/${name}`];
      const node = element("td", `cl-cell${told ? " cl-full" : ""}${busy.get(name) ? " cl-busy" : ""}`);
      const mine = this.seat !== undefined && startsWith(parts, "r").some(([, run]) => run.seat === this.seat && run.cell === name);
      if (mine) node.classList.add("cl-mine");
      if (told) {
        const { ground, ink } = paint(high > low ? (told.mean - low) / (high - low) : 0.5);
        node.style.background = ground;
        node.style.color = ink;
        node.append(element("b", "", (100 * told.mean).toFixed(1)), element("small", "", many(told.seeds, "seed")));
        node.title = `${where}: ${percent(told.mean)}${told.interval ? `, 95 % interval ${percent(told.interval[0])} to ${percent(told.interval[1])}` : ""}`;
      } else node.append(element("b", "", busy.get(name) ? "…" : "·"));
      return node;
    };
    const table = element("table", "cl-map");
    table.append(element("caption", "", "Validation accuracy in %"));
    const head = table.appendChild(element("thead")).appendChild(element("tr"));
    head.append(element("td"), ...rates.map(({ words }) => Object.assign(element("th", "", `rate ${words}`), { scope: "col" })));
    const rows = table.appendChild(element("tbody"));
    const none = rows.appendChild(element("tr"));
    const whole = cell("none/0", "no dropout");
    whole.colSpan = rates.length; // without dropout there is no rate
    none.append(Object.assign(element("th", "", "no dropout"), { scope: "row" }), whole);
    for (const place of places) {
      const row = rows.appendChild(element("tr"));
      row.append(Object.assign(element("th", "", place.words), { scope: "row" }));
      for (const { rate, words } of rates) row.append(cell(`${place.name}/${rate}`, `${place.words}, rate ${words}`));
    }
    this.body.replaceChildren(table);
  }

  seeds(parts) {
    const runs = startsWith(parts, "r").map(([, run]) => run).filter(({ seat }) => seat !== null);
    const finals = parts.finals ?? { count: 0 };
    setText(this.said, this.spread(finals, runs.length));
    const [width, height] = [900, 420];
    const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": this.said.textContent });
    const curves = runs.filter(({ accuracy }) => accuracy.length);
    const values = curves.flatMap(({ accuracy }) => accuracy);
    const low = values.length ? Math.max(0, Math.min(...values) - 0.02) : 0;
    const high = values.length ? Math.min(1, Math.max(...values) + 0.02) : 1;
    const split = 610;
    const epochs = Math.max(this.about.setting.epochs, 2);
    const x = (epoch) => 62 + ((epoch - 1) / (epochs - 1)) * (split - 82);
    const y = (value) => height - 48 - ((value - low) / (high - low || 1)) * (height - 78);
    for (const at of ticks(low, high, 5)) {
      svg.append(shape("line", { x1: 62, x2: width - 16, y1: y(at), y2: y(at), class: "cl-grid" }));
      svg.append(shape("text", { x: 54, y: y(at) + 5, "text-anchor": "end" }, `${Math.round(1000 * at) / 10}`));
    }
    for (const at of ticks(1, epochs, 6).filter(Number.isInteger)) svg.append(shape("text", { x: x(at), y: height - 26, "text-anchor": "middle" }, `${at}`));
    svg.append(shape("text", { x: (62 + split) / 2, y: height - 5, "text-anchor": "middle" }, "epoch"));
    svg.append(shape("text", { x: 10, y: 18 }, "validation accuracy in %"));
    const band = (parts.band ?? []).filter(([, sd]) => sd !== null);
    if (band.length > 1) {
      const edge = (sign) => band.map(([mean, sd], i) => `${x(i + 1)},${y(mean + sign * sd)}`);
      svg.append(shape("polygon", { points: [...edge(1), ...edge(-1).reverse()].join(" "), class: "cl-band" }));
    }
    for (const run of curves) {
      const mine = run.seat === this.seat;
      const points = run.accuracy.map((value, i) => `${x(i + 1)},${y(value)}`).join(" ");
      const one = run.accuracy.length === 1; // a line of one point is not seen
      const line = one ? shape("circle", { cx: x(1), cy: y(run.accuracy[0]), r: mine ? 6 : 4, class: "cl-point" }) : shape("polyline", { points, class: mine ? "cl-own" : "cl-line" });
      line.append(shape("title", {}, `${nameAt(parts, run.seat)}, seed ${run.seed}`));
      svg.append(line);
    }
    if ((parts.band ?? []).length) svg.append(shape("polyline", { points: parts.band.map(([mean], i) => `${x(i + 1)},${y(mean)}`).join(" "), class: "cl-mean" }));
    this.histogram(svg, runs.map(({ final }) => final).filter((final) => final !== null), { y, low, high, left: split + 40, right: width - 16 });
    this.body.replaceChildren(svg);
  }

  // Final accuracies lying along the same axis as the curves.
  histogram(svg, finals, { y, low, high, left, right }) {
    svg.append(shape("text", { x: left, y: 18 }, "at the end: networks"));
    svg.append(shape("line", { x1: left, x2: left, y1: y(low), y2: y(high), class: "cl-axis" }));
    if (!finals.length) return;
    const bins = 16;
    const size = (high - low) / bins || 1;
    const counts = new Array(bins).fill(0);
    for (const value of finals) counts[Math.min(bins - 1, Math.max(0, Math.floor((value - low) / size)))] += 1;
    const most = Math.max(...counts);
    counts.forEach((count, i) => {
      if (!count) return;
      const [top, bottom] = [y(low + (i + 1) * size), y(low + i * size)];
      const wide = ((right - left - 34) * count) / most;
      svg.append(shape("rect", { x: left, y: top + 1, width: wide, height: Math.max(1, bottom - top - 2), class: "cl-bar" }));
      svg.append(shape("text", { x: left + wide + 5, y: (top + bottom) / 2 + 5 }, `${count}`));
    });
  }

  spread({ count, mean, sd, least, most }, begun) {
    if (!count) return begun ? `${many(begun, "network")} under way, all alike but for the seed.` : "All networks are alike but for the seed: where will they end?";
    if (count === 1) return `The first network ended at ${percent(mean)}. The next ones differ from it in the seed alone.`;
    return `${count} networks, alike but for the seed, ended between ${percent(least)} and ${percent(most)}: mean ${percent(mean)}, standard deviation ${(100 * sd).toFixed(1)} points.`;
  }

  contest(parts) {
    const best = new Map();
    const used = new Map();
    for (const [, run] of startsWith(parts, "r")) {
      if (run.seat === null) continue;
      used.set(run.seat, (used.get(run.seat) ?? 0) + run.epochs);
      const reached = run.final ?? (run.status === "running" ? run.accuracy.at(-1) : undefined);
      if (reached !== undefined && reached !== null && !(best.get(run.seat)?.reached >= reached)) best.set(run.seat, { reached, run });
    }
    const ranking = [...best].sort(([, a], [, b]) => b.reached - a.reached);
    const shown = ranking.slice(0, this.large ? 10 : 20);
    setText(this.said, ranking.length ? `${many(ranking.length, "student")} on the board; each may train ${this.about.budget} epochs. Ranked by validation accuracy, not by the test set.` : `Who reaches the highest validation accuracy with ${this.about.budget} epochs?`);
    const list = element("ol", "cl-ranking");
    const top = shown.length ? shown[0][1].reached : 1;
    const bottom = shown.length ? Math.min(...shown.map(([, { reached }]) => reached)) : 0;
    const from = Math.max(0, bottom - 0.1);
    for (const [seat, { reached, run }] of shown) {
      const row = list.appendChild(element("li", seat === this.seat ? "cl-mine" : ""));
      const bar = row.appendChild(element("i"));
      bar.style.width = `${(100 * (reached - from)) / (top - from || 1)}%`;
      row.append(element("b", "", nameAt(parts, seat)), element("span", "cl-number", percent(reached)), element("small", "", `${run.arm}; ${many(used.get(seat), "epoch")}${run.final === null ? ", training" : ""}`));
    }
    this.body.replaceChildren(list);
  }

  votes(question, parts) {
    const { options, votes, revealed, counts, answer, claim } = question;
    setText(this.said, revealed ? answer : `${votes} of ${many(parts.class.students, "student")} voted. The answer shows when the teacher reveals it.`);
    const box = element("div", "cl-votes");
    box.append(element("p", "cl-claim", claim), element("h2", "", question.question));
    const most = revealed ? Math.max(1, ...counts) : 1;
    options.forEach((option, i) => {
      const row = box.appendChild(element("div", "cl-option"));
      row.append(element("span", "", option));
      if (!revealed) return;
      const bar = row.appendChild(element("i"));
      bar.style.width = `${(70 * counts[i]) / most}%`;
      row.append(element("b", "", `${counts[i]}${votes ? ` (${Math.round((100 * counts[i]) / votes)} %)` : ""}`));
    });
    this.body.replaceChildren(box);
  }
}
