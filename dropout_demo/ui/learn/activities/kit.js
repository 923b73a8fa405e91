// What the activities of Learn share: drawings, sliders, buttons, choices, and numbers as text.

const SVG = "http://www.w3.org/2000/svg";

// An SVG node; attributes that are null are left out.
function drawn(tag, attributes = {}, text = undefined) {
  const node = document.createElementNS(SVG, tag);
  place(node, attributes);
  if (text !== undefined) node.textContent = text;
  return node;
}

function place(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
}

// A picture of so many units a side, with its text alternative; it scales with its column.
function picture(width, height, className = "") {
  return drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: `la-picture ${className}` });
}

// With a real minus, and never "−0.00".
function told(value, digits = 2) {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

const counted = (count) => count.toLocaleString("en");
const many = (count, word) => `${counted(count)} ${word}${count === 1 ? "" : "s"}`;

// A native slider over a list of values, with the chosen one beside its label.
class Slider {
  constructor(label, values, onChange, words = String) {
    Object.assign(this, { values, words });
    this.root = element("label", "la-slider");
    const title = element("span", "la-slider-title", `${label} `);
    this.said = element("b");
    title.append(this.said);
    this.input = element("input");
    Object.assign(this.input, { type: "range", min: 0, max: values.length - 1, step: 1 });
    this.input.setAttribute("aria-label", label);
    this.input.addEventListener("input", () => {
      this.show(this.values[Number(this.input.value)]);
      onChange(this.value);
    });
    this.root.append(title, this.input);
  }

  show(value) {
    this.value = value;
    this.input.value = this.values.indexOf(value);
    this.input.setAttribute("aria-valuetext", this.words(value));
    setText(this.said, this.words(value));
  }
}

// One of a few, as native radio buttons in a row. options: [value, label] pairs.
class Pick {
  constructor(title, options, onChange) {
    this.root = element("fieldset", "dl-choices");
    this.root.append(element("legend", "", title));
    const name = `la-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    this.radios = options.map(([value, label]) => {
      const [holder, radio] = [element("label"), element("input")];
      Object.assign(radio, { type: "radio", name });
      radio.addEventListener("change", () => {
        this.value = value;
        onChange(value);
      });
      holder.append(radio, element("span", "", label));
      this.root.append(holder);
      return [value, radio];
    });
  }

  show(value) {
    this.value = value;
    this.radios.forEach(([one, radio]) => { radio.checked = one === value; });
  }
}

function pressable(label, onPress, className = "") {
  const button = element("button", className, label);
  button.type = "button";
  button.addEventListener("click", onPress);
  return button;
}

// The frame of an activity: what one sets, the picture, and the sentence that tells what is seen.
class Frame {
  constructor(parent, name) {
    this.root = parent.appendChild(element("div", `dl-drawing la la-${name}`));
    this.controls = this.root.appendChild(element("div", "la-controls"));
    this.stage = this.root.appendChild(element("div", "la-stage"));
    this.said = this.root.appendChild(element("p", "la-said"));
    this.said.setAttribute("role", "status");
  }

  say(text) {
    setText(this.said, text);
  }

  // The numbers behind the picture, in a fold. rows: lists of text; the first of each is its head.
  table(caption, heads, rows) {
    if (!this.body) {
      const fold = this.root.appendChild(element("details"));
      fold.append(element("summary", "", "Numbers as a table"));
      const table = fold.appendChild(element("div", "dl-scrolls")).appendChild(element("table"));
      this.caption = table.appendChild(element("caption"));
      this.head = table.appendChild(element("thead"));
      this.body = table.appendChild(element("tbody"));
    }
    setText(this.caption, caption);
    this.head.replaceChildren(rowOf(heads, "col"));
    this.body.replaceChildren(...rows.map((row) => rowOf(row)));
  }
}

function rowOf(cells, scope = "row") {
  const row = element("tr");
  cells.forEach((text, at) => {
    const isHead = scope === "col" || at === 0;
    const cell = row.appendChild(element(isHead ? "th" : "td", "", text));
    if (isHead) cell.scope = scope;
  });
  return row;
}

// Numbers in 0..1 that only a press changes, so that a dragged rate strikes out more of the same.
function uniforms(count) {
  return Array.from(crypto.getRandomValues(new Uint32Array(count)), (bits) => bits / 2 ** 32);
}

// What Streamlit calls at each rerun and change of theme: the same object stays while it can.
function mounted(Kind) {
  return function ({ data, parentElement }) {
    let panel = parentElement.dlActivity;
    if (!(panel instanceof Kind)) {
      panel?.frame.root.remove(); // left by another version of this module
      panel = parentElement.dlActivity = new Kind(parentElement, data);
    }
    panel.frame.root.classList.toggle("la-dark", isDark(panel.frame.root));
    panel.update?.(data);
  };
}
