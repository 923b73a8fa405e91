// Differences with their intervals: puts what interval_picture.py decided on the page.

const SHAPES = {
  circle: "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z",
  square: "M3 3h10v10h-10z",
  diamond: "M8 1l7 7l-7 7l-7-7z",
  "triangle-up": "M8 2l7 12h-14z",
  "triangle-down": "M8 14l7-12h-14z",
  cross: "M6 2h4v4h4v4h-4v4h-4v-4h-4v-4h4z",
  x: "M4.5 2L8 5.5L11.5 2L14 4.5L10.5 8L14 11.5L11.5 14L8 10.5L4.5 14L2 11.5L5.5 8L2 4.5z",
};

function part(className, text) {
  const node = document.createElement("div");
  node.className = className;
  if (text !== undefined) node.textContent = text; // never innerHTML: names are foreign text
  return node;
}

const percent = (share) => `${(100 * share).toFixed(3)}%`;

function at(node, share) {
  node.style.left = percent(share);
  return node;
}

function dot(symbol, share) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "dl-ip-dot");
  svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path")).setAttribute("d", SHAPES[symbol] ?? SHAPES.circle);
  return at(svg, share);
}

function drawRow(row, zero, dark) {
  const root = part("dl-ip-row");
  if (row.colour) root.style.setProperty("--dl-ip-colour", dark ? row.colour.dark : row.colour.light);
  const track = part("dl-ip-track");
  track.append(at(part("dl-ip-zero"), zero));
  if (row.interval) {
    const whisker = at(part("dl-ip-whisker"), row.interval[0]);
    whisker.style.width = percent(row.interval[1] - row.interval[0]);
    track.append(whisker);
  }
  if (row.mean !== null) track.append(dot(row.symbol, row.mean));
  const words = part("dl-ip-words");
  words.append(part("dl-ip-value", row.text), part("dl-ip-verdict", row.verdict));
  root.append(part("dl-ip-name", row.name), track, words);
  return root;
}

function drawAxis(data) {
  const root = part("dl-ip-row dl-ip-foot");
  const track = part("dl-ip-axis");
  for (const tick of data.ticks) track.append(at(part("dl-ip-tick", tick.text), tick.at));
  const box = part("dl-ip-under");
  box.append(track, part("dl-ip-unit", data.axis));
  root.append(part("dl-ip-name"), box, part("dl-ip-words"));
  return root;
}

function drawSides({ sides, zero }) {
  const root = part("dl-ip-row dl-ip-head");
  const track = part("dl-ip-sides");
  const [below, above] = [part("dl-ip-side", `← ${sides[0]}`), part("dl-ip-side", `${sides[1]} →`)];
  below.style.right = percent(1 - zero);
  above.style.left = percent(zero);
  // A side too narrow for its word leaves it out: the zero line and the signs still say it.
  track.append(...(zero > 0.16 ? [below] : []), ...(zero < 0.84 ? [above] : []));
  root.append(part("dl-ip-name"), track, part("dl-ip-words"));
  return root;
}

// Called at each rerun and change of theme, with the same parentElement.
export default function ({ data, parentElement }) {
  let root = parentElement.querySelector(".dl-ip");
  if (!root) {
    root = parentElement.appendChild(part("dl-ip"));
    root.setAttribute("role", "img");
  }
  root.setAttribute("aria-label", data.alternative);
  const dark = isDark(root);
  root.replaceChildren(drawSides(data), ...data.rows.map((row) => drawRow(row, data.zero, dark)), drawAxis(data));
}
