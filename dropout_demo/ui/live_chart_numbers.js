// The tables behind the plots: where every arm stands, then each arm by epoch. Filled while they are open.

const COLUMNS = [["loss", "train_clean"], ["loss", "val"], ["accuracy", "train_clean"], ["accuracy", "val"]];
const HEADS = ["training loss", "validation loss", "training accuracy", "validation accuracy"];

function headed(caption, heads) {
  const table = element("table", "dl-table");
  table.append(element("caption", "", caption));
  const row = table.createTHead().insertRow();
  for (const text of heads) {
    const cell = row.appendChild(element("th", "", text));
    cell.scope = "col";
  }
  table.createTBody();
  return table;
}

// Write a row; rows stay, so that who is reading or selecting in one keeps it.
function setRow(table, r, texts) {
  const body = table.tBodies[0];
  let row = body.rows[r];
  if (!row) {
    row = body.insertRow();
    row.append(element("th"));
    row.firstChild.scope = "row";
    texts.slice(1).forEach(() => row.insertCell());
  }
  texts.forEach((text, c) => setText(row.cells[c], text));
}

class Numbers {
  constructor() {
    this.root = element("details", "dl-numbers");
    this.box = element("div", "dl-tables");
    this.box.tabIndex = 0; // scrolls sideways on a narrow page, by keyboard too
    this.box.setAttribute("role", "region");
    this.box.setAttribute("aria-label", "Numbers of all arms and by epoch");
    const units = "Losses are cross-entropy in nats a sample; training images are measured with dropout off; the gap is validation loss "
      + "minus training loss. ± is the half width of the 95 % interval of a mean over seeds.";
    this.root.append(element("summary", "", "Numbers as a table"), element("p", "dl-units", units), this.box);
    this.root.addEventListener("toggle", () => this.update());
  }

  take(arms, quantiles) {
    Object.assign(this, { arms, quantiles });
    this.summary = headed("Where each arm stands after its last epoch", ["arm", "seeds", "last epoch", ...HEADS, "gap"]);
    this.summary.classList.add("dl-standing");
    this.tables = arms.map((arm) => headed(arm.name + (arm.runs.length > 1 ? ", means of its runs" : ""), ["epoch", ...HEADS]));
    this.box.replaceChildren(this.summary, ...this.tables);
    this.update();
  }

  update() {
    if (!this.root.open) return;
    this.arms.forEach((arm, a) => {
      setRow(this.summary, a, this.standingOf(arm));
      const columns = COLUMNS.map(([measure, split]) => summarise(arm, measure, split, this.quantiles));
      columns[1].forEach(({ epoch }, r) => {
        const means = columns.map((rows, c) => (rows[r] ? formatValue(COLUMNS[c][0], rows[r].mean) : ""));
        setRow(this.tables[a], r, [String(epoch), ...means]);
      });
      const { rows } = this.tables[a].tBodies[0];
      while (rows.length > columns[1].length) rows[rows.length - 1].remove(); // a run stopped early: the mean ends there
    });
  }

  standingOf(arm) {
    const { seeds, first, last, means } = standing(arm, [...COLUMNS, ["gap", "gap"]], this.quantiles);
    if (!seeds) return [arm.name, "0", "", "", "", "", "", ""];
    const measures = [...COLUMNS.map(([measure]) => measure), "gap"];
    const values = means.map((mean, i) => (mean ? formatMean(measures[i], mean) : ""));
    return [arm.name, String(seeds), first === last ? String(last) : `${first} to ${last}`, ...values];
  }
}
