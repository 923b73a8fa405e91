// First-layer filters as pictures of 3 × 3 pixels; the pressed one's map of an example beside them.

const FILTER = 3; // pixels a side

function paint(canvas, side, colourOf) {
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  for (let at = 0; at < side * side; at++) image.data.set([...colourOf(at), 255], 4 * at);
  context.putImageData(image, 0, 0);
}

function canvasOf(className) {
  const canvas = element("canvas", className);
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

const two = (value) => value.toFixed(2).replace("-", "−");

class Network {
  constructor(view) {
    this.view = view;
    this.root = element("div", "network");
    this.grid = element("div", "grid");
    this.grid.setAttribute("role", "group");
    this.buttons = [];
    this.example = element("div", "example");
    this.image = element("img", "seen");
    this.large = canvasOf("seen");
    this.map = canvasOf("seen");
    this.said = element("p", "said");
    const step = (node, word) => {
      const figure = element("figure");
      figure.append(node, element("figcaption", "quiet", word));
      return figure;
    };
    this.mapStep = step(this.map, "its map");
    this.imageStep = step(this.image, "example");
    this.example.append(this.imageStep, step(this.large, "filter"), this.mapStep);
    this.grid.addEventListener("keydown", (event) => this.onKey(event));
  }

  show(network, scale, dark) {
    [this.network, this.scale] = [network, scale];
    this.pixels = bytesOf(network.filters);
    this.maps = network.example && bytesOf(network.example.maps);
    this.root.replaceChildren(headOf(network, dark), this.grid, this.example, this.said);
    this.grid.setAttribute("aria-label", `${network.count} filters of ${network.name}`);
    while (this.buttons.length < network.count) this.buttons.push(this.button(this.buttons.length));
    this.buttons.length = network.count;
    this.grid.replaceChildren(...this.buttons.map(({ node }) => node));
    this.buttons.forEach(({ canvas, node }, at) => {
      paint(canvas, FILTER, this.colours(at));
      node.setAttribute("aria-label", `Filter ${at + 1}, ${this.range(at)}`);
    });
    this.imageStep.hidden = this.mapStep.hidden = !network.example;
    this.choose();
  }

  button(at) {
    const node = element("button", "filter");
    node.type = "button";
    const canvas = canvasOf("");
    node.append(canvas);
    node.addEventListener("click", () => this.view.choose(at));
    return { node, canvas };
  }

  colours(filter) {
    const start = filter * FILTER * FILTER * 3;
    return (at) => this.pixels.subarray(start + 3 * at, start + 3 * at + 3);
  }

  // Read from the shades, so to within a 127th of the scale.
  range(filter) {
    const size = FILTER * FILTER * 3;
    const shades = this.pixels.subarray(filter * size, (filter + 1) * size);
    const weight = (shade) => two(((shade - 128) / 127) * this.scale);
    return `weights from ${weight(Math.min(...shades))} to ${weight(Math.max(...shades))}`;
  }

  choose() {
    const at = Math.min(this.view.chosen, this.network.count - 1);
    this.buttons.forEach(({ node }, place) => {
      node.setAttribute("aria-pressed", String(place === at));
      node.tabIndex = place === at ? 0 : -1;
    });
    paint(this.large, FILTER, this.colours(at));
    const { example } = this.network;
    const named = `Filter ${at + 1} of ${this.network.count}: ${this.range(at)}`;
    if (!example) return setText(this.said, `${named}.`);
    const shades = this.maps.subarray(at * example.side ** 2, (at + 1) * example.side ** 2);
    paint(this.map, example.side, (place) => [shades[place], shades[place], shades[place]]);
    this.image.src = `data:image/png;base64,${example.image}`;
    this.image.alt = `Test image, ${example.label}`;
    const largest = example.largest[at];
    const map = largest > 0 ? `White in its map is ${two(largest)}, black 0.` : "Its map is 0 everywhere.";
    setText(this.said, `${named}. ${map}`);
  }

  onKey(event) {
    const columns = getComputedStyle(this.grid).gridTemplateColumns.split(" ").length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    const last = this.network.count - 1;
    const now = Math.min(this.view.chosen, last);
    const to = event.key === "Home" ? 0 : event.key === "End" ? last : step ? now + step : now;
    if (to === now || to < 0 || to > last) return;
    event.preventDefault();
    this.view.choose(to);
    this.buttons[to].node.focus();
  }
}

// The same filter is chosen in both: of one seed, they grew from the same weights.
class Filters {
  constructor(root) {
    this.root = root;
    this.chosen = 0;
    this.networks = [];
  }

  show({ networks, scale }) {
    const dark = isDark(this.root);
    while (this.networks.length < networks.length) this.networks.push(new Network(this));
    this.networks.length = networks.length;
    networks.forEach((network, at) => this.networks[at].show(network, scale, dark));
    const nodes = this.networks.map(({ root }) => root);
    if (nodes.length !== this.root.children.length || nodes.some((node, at) => node !== this.root.children[at])) {
      this.root.replaceChildren(...nodes);
    }
  }

  choose(at) {
    this.chosen = at;
    this.networks.forEach((network) => network.choose());
  }
}

const views = new WeakMap();

export default function ({ data, parentElement }) {
  const root = rootOf(parentElement, "filters");
  if (!views.has(root)) views.set(root, new Filters(root));
  views.get(root).show(data);
}
