// Draw, or draw on a picture, and see at each pause of the pen what the networks make of it.

const PAUSE = 200; // ms without a change after which the networks are asked

class TryYourOwn {
  constructor(parent) {
    this.drawing = new Drawing(() => this.onChange());
    this.bars = new Bars();
    this.asker = new Asker((told) => this.bars.show(told.networks ?? [], told.error));
    this.root = parent.appendChild(element("div", "dl-drawing"));
    const columns = this.root.appendChild(element("div", "cl-columns"));
    this.note = element("p", "cl-note");
    this.drawing.root.append(this.note);
    columns.append(this.drawing.root, this.bars.root);
  }

  // Called at each rerun and at each change of theme.
  update(data) {
    this.data = data;
    if (this.bars.prepare(data.networks)) this.bars.show([]);
    const networks = JSON.stringify(data.networks.map(({ run, epoch }) => [run, epoch]));
    const isNew = data.picture !== this.picture;
    if (isNew) {
      this.picture = data.picture;
      this.drawing.take(bytesOf(data.picture), data.alternative);
    }
    if (isNew || networks !== this.asked) {
      this.asked = networks;
      this.ask();
    }
    this.tellNote();
  }

  onChange() {
    this.tellNote();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  tellNote() {
    setText(this.note, this.drawing.touched ? this.data.notes.drawn : this.data.notes.untouched);
  }

  ask() {
    clearTimeout(this.timer);
    if (this.data.blank && !this.drawing.touched) {
      this.asker.forget();
      return;
    }
    this.bars.wait();
    this.asker.ask(this.data.path, this.data.networks, this.drawing.rgb.slice());
  }

  close() {
    clearTimeout(this.timer);
    this.asker.closed = true;
    this.root.remove();
  }
}

export default function ({ data, parentElement }) {
  let panel = parentElement.dlTry;
  if (!(panel instanceof TryYourOwn)) {
    panel?.close(); // left by another version of this module
    panel = parentElement.dlTry = new TryYourOwn(parentElement);
  }
  // Streamlit also runs the clean-up of a call that a later one overtook: only the last one counts.
  const call = (panel.call = Symbol("call"));
  panel.update(data);
  return () => {
    if (panel.call !== call) return;
    delete parentElement.dlTry;
    panel.close();
  };
}
