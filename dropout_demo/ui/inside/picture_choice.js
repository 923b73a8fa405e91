// A chosen picture, large and crisp, with what it is and what each network says it is.

class Shown {
  constructor(parent) {
    this.root = parent.appendChild(element("figure", "pc"));
    this.canvas = this.root.appendChild(pixelCanvas("pc-picture"));
    this.canvas.setAttribute("role", "img");
    const words = this.root.appendChild(element("figcaption", "pc-words"));
    this.title = words.appendChild(element("p", "pc-title"));
    this.said = words.appendChild(element("div", "pc-said"));
    this.said.setAttribute("role", "status");
    this.asker = new Asker((told) => this.tell(told));
  }

  update(data) {
    this.data = data;
    const asked = JSON.stringify([data.pixels, data.networks.map(({ run, epoch }) => [run, epoch])]);
    setText(this.title, data.title);
    this.canvas.setAttribute("aria-label", data.alternative);
    if (asked !== this.asked) this.told = null;
    this.fill(this.told ?? { networks: [] });
    if (asked === this.asked) return;
    this.asked = asked;
    const rgb = bytesOf(data.pixels);
    showPixels(this.canvas, rgb);
    this.asker.ask(data.path, data.networks, rgb);
  }

  tell(told) {
    this.told = told;
    this.fill(told);
  }

  // A line a network from the start: nothing moves when the answer comes.
  fill({ networks, error }) {
    const dark = isDark(this.root);
    while (this.said.children.length > this.data.networks.length) this.said.lastChild.remove();
    this.data.networks.forEach(({ name, colour, judged }, at) => {
      const line = this.said.children[at] ?? this.said.appendChild(element("p", "pc-line"));
      line.style.setProperty("--colour", dark ? colour.dark : colour.light);
      // Why there is no answer is said once, by the panel that asks about the same picture.
      setText(line, error ? `${name}: no answer` : `${name} ${networks[at] ? this.words(networks[at], judged) : "…"}`);
    });
  }

  // judged: whether the picture is of the data that this network learned from.
  words({ one, classes }, judged) {
    const best = one.indexOf(Math.max(...one));
    const verdict = judged ? (classes[best] === this.data.label ? ", which is right" : ", which is wrong") : "";
    return `says ${classes[best]} (${Math.round(100 * one[best])} %)${verdict}`;
  }
}

export default function ({ data, parentElement }) {
  let shown = parentElement.dlShown;
  if (!(shown instanceof Shown)) {
    shown?.root.remove(); // left by another version of this module
    shown = parentElement.dlShown = new Shown(parentElement);
  }
  shown.update(data);
}
