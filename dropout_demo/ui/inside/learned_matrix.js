// Which class is taken for which: a table whose cells are tinted; one cell at a time is put in words.

class Matrix {
  constructor(root) {
    this.root = root;
    this.at = null; // [true, said] of the cell in words
    this.table = element("table");
    this.table.tabIndex = 0;
    this.said = element("p", "said");
    this.said.setAttribute("aria-live", "polite");
    this.table.addEventListener("keydown", (event) => this.onKey(event));
    this.table.addEventListener("pointerover", (event) => this.onPointer(event));
    this.table.addEventListener("click", (event) => this.onPointer(event));
  }

  show(data) {
    this.data = data;
    const dark = isDark(this.root);
    const top = element("tr");
    const corner = element("td", "corner");
    corner.append(element("span", "quiet", "true ↓ said →"));
    top.append(corner, ...data.names.map((name) => this.heading(name, "col")));
    const head = element("thead");
    head.append(top);
    const body = element("tbody");
    this.cells = data.cells.map((row) => row.map((cell) => this.cell(cell, dark)));
    this.cells.forEach((cells, at) => {
      const row = element("tr");
      row.append(this.heading(data.names[at], "row"), ...cells);
      body.append(row);
    });
    const caption = element("caption", "unseen", `${data.caption} Arrow keys move over its cells.`);
    this.table.replaceChildren(caption, head, body);
    this.root.replaceChildren(headOf(data, dark), this.table, element("p", "quiet legend", data.legend), this.said);
    this.mark();
  }

  heading(name, scope) {
    const node = element("th", scope);
    node.scope = scope;
    node.append(element("span", "", name));
    return node;
  }

  cell({ text, shade, colour }, dark) {
    const node = element("td", text === "0" ? "none" : "", text);
    setColour(node, colour, dark);
    node.style.setProperty("--shade", shade);
    return node;
  }

  mark() {
    this.cells.flat().forEach((node) => node.classList.remove("marked"));
    if (this.at) this.cells[this.at[0]][this.at[1]].classList.add("marked");
    setText(this.said, this.at ? `${this.data.cells[this.at[0]][this.at[1]].said}.` : "Point at a cell to read it in words.");
  }

  onPointer({ target }) {
    const row = this.cells.findIndex((cells) => cells.includes(target));
    if (row < 0) return;
    this.at = [row, this.cells[row].indexOf(target)];
    this.mark();
  }

  onKey(event) {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    const last = this.cells.length - 1;
    this.at = this.at ? this.at.map((at, i) => Math.min(last, Math.max(0, at + step[i]))) : [0, 0];
    this.mark();
  }
}

const views = new WeakMap();

export default function ({ data, parentElement }) {
  const root = rootOf(parentElement, "matrix");
  if (!views.has(root)) views.set(root, new Matrix(root));
  views.get(root).show(data);
}
