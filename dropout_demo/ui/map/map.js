// The map of rate by place: a table of buttons that fills while it is looked at.
//
// Python says which cells there are and where to listen; the browser reads the board, paints it and
// tells Python which cell was pressed.

const RETRY = 3000; // ms, after a refusal

class MapOfCells {
  constructor(parent) {
    this.cells = {};
    this.buttons = new Map();
    this.root = parent.appendChild(element("div", "dl-drawing mp"));
    this.none = this.root.appendChild(element("div", "mp-none"));
    this.title = this.root.appendChild(element("p", "mp-title"));
    this.scroll = this.root.appendChild(element("div", "mp-scroll"));
    this.scale = this.root.appendChild(element("div", "mp-scale"));
    this.said = this.root.appendChild(element("p", "mp-said"));
    this.said.setAttribute("role", "status");
  }

  // Called at each rerun and change of theme.
  update(data, setTriggerValue) {
    this.press = setTriggerValue;
    const before = this.data;
    this.data = data;
    if (JSON.stringify([before?.places, before?.rates]) !== JSON.stringify([data.places, data.rates])) this.build();
    if (before?.stream !== data.stream) this.listen();
    this.show();
  }

  build() {
    this.buttons.clear();
    this.none.replaceChildren(element("p", "mp-where", "No dropout"), this.button("none/0", "No dropout"));
    const table = element("table", "mp-grid");
    table.setAttribute("aria-label", this.data.caption);
    const head = table.appendChild(element("thead")).appendChild(element("tr"));
    head.append(element("td"));
    for (const { words } of this.data.rates) head.appendChild(element("th", "", words)).scope = "col";
    const body = table.appendChild(element("tbody"));
    for (const { name, words } of this.data.places) {
      const row = body.appendChild(element("tr"));
      row.appendChild(element("th", "", words)).scope = "row";
      for (const { rate, words: at } of this.data.rates) row.appendChild(element("td")).append(this.button(`${name}/${rate}`, `${words}, rate ${at}`));
    }
    setText(this.title, this.data.caption);
    this.scroll.replaceChildren(table);
  }

  button(name, place) {
    const node = element("button");
    node.type = "button";
    node.dataset.cell = name;
    node.addEventListener("click", () => this.press("pressed", name));
    const lines = [element("b"), element("small")];
    node.append(...lines);
    this.buttons.set(name, { node, lines, place });
    return node;
  }

  listen() {
    this.hush();
    this.cells = {};
    this.source = new EventSource(this.data.stream);
    this.source.addEventListener("whole", (message) => this.take(JSON.parse(message.data), true));
    this.source.addEventListener("change", (message) => this.take(JSON.parse(message.data), false));
    this.source.onopen = () => this.connected(true);
    this.source.onerror = () => {
      this.connected(false);
      if (this.source.readyState === EventSource.CLOSED) this.timer = setTimeout(() => this.listen(), RETRY);
    };
  }

  connected(yes) {
    setText(this.said, yes ? "" : "The connection to the server is cut; what is shown may be old. Trying again …");
  }

  take(cells, whole) {
    this.cells = whole ? cells : { ...this.cells, ...cells };
    for (const [name, cell] of Object.entries(this.cells)) if (cell === null) delete this.cells[name];
    this.show();
  }

  show() {
    const means = Object.values(this.cells).filter(({ mean }) => mean !== undefined).map(({ mean }) => mean);
    const [low, high] = [Math.min(...means), Math.max(...means)];
    for (const [name, one] of this.buttons) this.showCell(one, this.cells[name] ?? {}, low, high);
    this.showScale(means.length, low, high);
  }

  showCell({ node, lines: [value, note], place }, { mean, interval, runs = [], busy = 0 }, low, high) {
    const full = mean !== undefined;
    node.className = `mp-cell ${full ? "mp-filled" : "mp-empty"}${busy ? " mp-busy" : ""}`;
    const seeds = `${runs.length} seed${runs.length === 1 ? "" : "s"}`;
    const under = busy ? `${busy} under way` : "";
    setText(value, full ? this.words(mean) : busy ? "…" : "+");
    setText(note, [full ? `${interval ? `± ${this.spread(interval)}, ` : ""}${seeds}` : "", under].filter(Boolean).join(" · ") || "train it");
    node.setAttribute("aria-label", `${place}: ${full ? `${this.words(mean)}, ${interval ? `95 % interval ${this.words(interval[0])} to ${this.words(interval[1])}, ` : ""}${seeds}; open its runs` : "empty; train it"}${under ? `; ${under}` : ""}`);
    if (!full) return;
    const share = high > low ? (mean - low) / (high - low) : 0.5;
    const { ground, ink } = paint(this.data.better === "higher" ? share : 1 - share);
    node.style.setProperty("--mp-paint", ground);
    node.style.setProperty("--mp-ink", ink);
  }

  showScale(count, low, high) {
    this.scale.hidden = count < 2;
    if (count < 2) return;
    const ends = this.data.better === "higher" ? [low, high] : [high, low];
    const ramp = element("i", "mp-ramp");
    ramp.style.background = `linear-gradient(90deg, ${RAMP.map((rgb) => `rgb(${rgb.join(",")})`).join(",")})`;
    this.scale.replaceChildren(element("span", "", `${this.words(ends[0])} (worst here)`), ramp, element("span", "", `${this.words(ends[1])} (best here)`));
  }

  words(value) {
    return this.data.percent ? `${(100 * value).toFixed(1)} %` : value.toFixed(2).replace("-", "−");
  }

  // Half of the interval: it is symmetric about the mean.
  spread([low, high]) {
    const half = (high - low) / 2;
    return this.data.percent ? (100 * half).toFixed(1) : half.toFixed(2);
  }

  hush() {
    clearTimeout(this.timer);
    this.source?.close();
  }

  close() {
    this.hush();
    this.root.remove();
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  let map = parentElement.dlMap;
  if (!(map instanceof MapOfCells)) {
    map?.close(); // left by another version of this module
    map = parentElement.dlMap = new MapOfCells(parentElement);
  }
  // Streamlit also runs the clean-up of a call that a later one overtook: only the last one counts.
  const call = (map.call = Symbol("call"));
  map.update(data, setTriggerValue);
  return () => {
    if (map.call !== call) return;
    delete parentElement.dlMap;
    map.close();
  };
}
