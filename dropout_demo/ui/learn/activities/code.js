// Numbers before and after dropout, by two codes; a dropped column is struck.

class Code {
  constructor(parent) {
    this.frame = new Frame(parent, "code");
    const box = this.frame.stage.appendChild(element("div", "dl-scrolls"));
    box.tabIndex = 0; // to scroll by keys where it is wider than its place
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "Numbers through dropout");
    this.body = box.appendChild(element("table")).appendChild(element("tbody"));
  }

  update({ rows, dropped, said }) {
    const made = rows.map((row) => rowOf(row));
    made.forEach((row) => dropped.forEach((out, at) => row.children[at + 1].classList.toggle("la-out", out)));
    this.body.replaceChildren(...made);
    this.frame.say(said);
  }
}

export default mounted(Code);
