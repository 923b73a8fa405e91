// The network on the page: seven layers in a row, and their life over Streamlit's reruns.
//
// What is shown of a layer is the first of: what a drag or key is just doing (`live`), an edit that
// Python has not taken yet (`edits`), what Python says (`said`). A drag or key changes `live` alone,
// so the script does not rerun; when it is over it becomes an edit and is told. Python's answers may
// be late: an edit stays until Python says its number, so an old answer undoes nothing.

const KEYS_REST = 400; // ms without a key after which what the keys set is told
const HINT = "Press a layer to put dropout there or take it away; drag its dial, or use the arrow keys, to change the rate.";
const LOGITS = "Dropout on the scores strikes out whole answers, the right one too: it is here to show why it does not belong.";

class NetworkDiagram {
  constructor(parent) {
    Object.assign(this, { said: {}, edits: [], live: new Map(), timers: new Map(), count: 0, views: [], wires: [] });
    Object.assign(this, { rates: new Map(), kinds: new Map(), own: new Map() });
    this.root = element("div", "net");
    this.row = element("div", "layers");
    this.row.setAttribute("role", "group");
    this.row.setAttribute("aria-label", "The network, from image to scores");
    this.about = element("p", "about", HINT);
    this.warning = element("p", "warning");
    this.warning.setAttribute("role", "status");
    this.legend = element("ul", "legend");
    this.legend.setAttribute("aria-label", "How dropout is drawn");
    const notes = element("div", "notes");
    notes.append(this.about, this.warning);
    this.root.append(this.row, this.legend, notes);
    parent.append(this.root);
    this.listen();
  }

  listen() {
    this.root.addEventListener("focusout", (event) => {
      const isLeft = !this.root.contains(event.relatedTarget);
      for (const name of [...this.timers.keys()]) this.settle(name, isLeft);
    });
    this.root.addEventListener("pointerleave", () => this.tellAbout(null));
    // Streamlit may tell Python of an edit and of what was pressed next in one go. Which came first
    // would be lost: so an edit is told again as overtaken, just before the page hears of the press.
    this.onElsewhere = (event) => {
      if (!event.composedPath().includes(this.root)) this.overtake();
    };
    for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, this.onElsewhere, true);
  }

  // Called at each rerun and at each change of theme.
  update(data, setStateValue) {
    this.setStateValue = setStateValue;
    if (data.record !== this.record) {
      this.record = data.record; // another session: it knows nothing of these edits
      this.edits = [];
      this.count = 0;
    }
    this.count = Math.max(this.count, data.taken);
    this.edits = this.edits.filter((edit) => edit.n > data.taken);
    this.said = data.dropout;
    this.firstRate = data.firstRate;
    for (const [name, drop] of Object.entries(data.dropout)) this.remember(name, drop, data.rates);
    this.build(data);
    this.paint(data.accent);
    this.show();
  }

  // Rates that came from outside stay among the choices.
  remember(name, { p, kind }, rates) {
    this.kinds.set(name, kind);
    if (p > 0) this.rates.set(name, p);
    if (!rates.includes(p)) this.own.set(name, [...new Set([...(this.own.get(name) ?? []), p])]);
  }

  build({ layers, rates, kinds }) {
    if (!this.views.length) {
      this.views = layers.map((facts) => new LayerView(facts, this, kinds));
      this.fillLegend(kinds);
    }
    const shapes = JSON.stringify(layers.map((facts) => facts.shape));
    this.views.forEach((view, at) => view.take(layers[at], rates));
    if (shapes === this.shapes) return;
    this.shapes = shapes;
    this.wires = layers.slice(1).map((facts, at) => new Wire(layers[at].shape, facts.shape));
    this.wires.forEach((wire, at) => wire.span(this.views[at].picture.reach, this.views[at + 1].picture.reach));
    if (this.row.childElementCount) {
      this.joints.forEach((joint, at) => joint.replaceChildren(this.wires[at].root));
      return;
    }
    this.joints = this.wires.map((wire) => {
      const joint = element("div", "joint");
      joint.append(wire.root);
      return joint;
    });
    this.row.append(...this.views.flatMap((view, at) => (at ? [this.joints[at - 1], view.root] : [view.root])));
  }

  fillLegend(kinds) {
    for (const [kind, label] of Object.entries(kinds)) {
      const item = element("li");
      item.append(legendMark(kind), element("span", "", label));
      this.legend.append(item);
    }
  }

  paint(accent) {
    this.root.style.setProperty("--accent", isDark(this.root) ? accent.dark : accent.light);
  }

  // ---- what a layer has ----

  dropAt(name) {
    return this.live.get(name) ?? this.settled(name);
  }

  settled(name) {
    const edit = this.edits.findLast(({ layer }) => layer === name);
    if (edit) return { p: edit.p, kind: edit.kind };
    if (this.said[name]) return this.said[name];
    const { kinds } = this.views.find((view) => view.name === name).facts;
    return { p: 0, kind: this.kinds.get(name) ?? kinds[0] };
  }

  lastRate(name) {
    return this.rates.get(name) ?? this.firstRate;
  }

  show() {
    this.views.forEach((view) => this.showLayer(view));
  }

  showLayer(view) {
    const drop = this.dropAt(view.name);
    view.show(drop, this.own.get(view.name) ?? []);
    const at = this.views.indexOf(view);
    this.wires[at - 1]?.show(drop.kind === "connect" ? drop.p : 0);
    if (view.name === "logits") setText(this.warning, drop.p > 0 ? LOGITS : "");
  }

  tellAbout(name) {
    const view = this.views.find((one) => one.name === name);
    setText(this.about, view ? `${view.name}: ${view.facts.title}.` : HINT);
  }

  // ---- what a person does ----

  change(name, drop) {
    this.live.set(name, drop);
    this.kinds.set(name, drop.kind);
    this.showLayer(this.views.find((view) => view.name === name));
  }

  forget(name) {
    this.live.delete(name);
    this.show();
  }

  settleSoon(name) {
    clearTimeout(this.timers.get(name));
    this.timers.set(name, setTimeout(() => this.settle(name), KEYS_REST));
  }

  settle(name, overtaken = false) {
    clearTimeout(this.timers.get(name));
    this.timers.delete(name);
    const drop = this.live.get(name);
    if (!drop) return;
    this.live.delete(name);
    const before = this.settled(name);
    if (before.p === drop.p && (before.kind === drop.kind || drop.p === 0)) return this.show();
    if (drop.p > 0) this.rates.set(name, drop.p);
    this.edits.push({ n: ++this.count, layer: name, ...drop, overtaken });
    this.tell();
  }

  overtake() {
    const open = this.edits.filter((edit) => !edit.overtaken);
    open.forEach((edit) => { edit.overtaken = true; });
    if (open.length) this.tell();
  }

  tell() {
    this.setStateValue("edits", { record: this.record, edits: this.edits.map((edit) => ({ ...edit })) });
  }

  close() {
    this.timers.forEach(clearTimeout);
    for (const name of ["pointerdown", "keydown"]) document.removeEventListener(name, this.onElsewhere, true);
    this.root.remove();
  }
}

// A small sample of a kind, drawn as the layers are.
function legendMark(kind) {
  const svg = draw("svg", { viewBox: "0 0 20 20", "aria-hidden": "true", class: "mark" });
  const add = (name, ...pieces) => svg.append(draw("path", { class: name, d: pieces.join("") }));
  const cells = (which, side) => which.map(([x, y]) => [2 + x * 4, 2 + y * 4, side]);
  if (kind === "connect") {
    add("dots kept", ...[4, 16].flatMap((x) => [4, 16].map((y) => `M${x - 2} ${y}a2 2 0 1 1 4 0a2 2 0 1 1 -4 0z`)));
    add("line", "M6 4L14 4M6 16L14 16M6 15L14 5");
    add("line struck", "M6 5L14 15");
    return svg;
  }
  const struck = { element: cells([[0, 1], [2, 0], [3, 2], [1, 3]], 4), block: cells([[1, 1]], 8), channel: [[2, 2, 16]] }[kind] ?? [];
  add("ground", box(2, 2, 16));
  if (kind === "gaussian") {
    for (let of = 0; of < 5; of++) add(`level${of}`, ...cells([[of % 4, of % 3], [(of * 3 + 1) % 4, 3 - (of % 4)], [(of + 2) % 4, (of * 2 + 1) % 4]], 4).map((at) => box(...at)));
  }
  add("holes", ...struck.map((at) => box(...at)));
  add("hatch", ...struck.map((at) => slash(...at)), kind === "channel" ? "M2 2l16 16" : "");
  add("frame", box(2, 2, 16));
  return svg;
}

export default function ({ data, parentElement, setStateValue }) {
  let diagram = parentElement.dlNetwork;
  if (!(diagram instanceof NetworkDiagram)) {
    diagram?.close(); // left by another version of this module
    diagram = parentElement.dlNetwork = new NetworkDiagram(parentElement);
  }
  // Streamlit also runs the clean-up of a call that a later one overtook: only the last one counts.
  const call = (diagram.call = Symbol("call"));
  diagram.update(data, setStateValue);
  return () => {
    if (diagram.call !== call) return;
    delete parentElement.dlNetwork;
    diagram.close();
  };
}
