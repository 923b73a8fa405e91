// A two-layer LSTM over four words. Python says which connections an arm masks; this draws them.

const SPACE = { step: 110, box: 72, high: 48 };
const ROWS = { out: 22, second: 100, first: 196, in: 286 }; // middles, bottom to top upside down

function svg(tag, attributes = {}, text = undefined) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

const middle = (step) => SPACE.step * step + SPACE.step / 2;

// A line from a to b with its mask's sign at the middle, shown where the arm masks it.
function connection(kind, [x1, y1], [x2, y2]) {
  const group = svg("g", { class: `dl-rn-line dl-rn-${kind}` });
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  group.append(
    svg("line", { x1, y1, x2, y2 }),
    svg("circle", { cx: x, cy: y, r: 8.5 }),
    svg("path", { d: `M${x - 4} ${y - 4}l8 8m0-8l-8 8` }),
  );
  return group;
}

function box(step, y, text) {
  const group = svg("g", { class: "dl-rn-box" });
  const x = middle(step);
  group.append(
    svg("rect", { x: x - SPACE.box / 2, y: y - SPACE.high / 2, width: SPACE.box, height: SPACE.high, rx: 6 }),
    svg("text", { x, y: y + 5 }, text),
  );
  return group;
}

function drawing(words) {
  const root = svg("svg", { viewBox: "0 0 440 306", role: "img" });
  const half = SPACE.high / 2;
  for (let step = 0; step < words.length - 1; step += 1) {
    const x = middle(step);
    root.append(
      connection("up", [x, ROWS.in - 16], [x, ROWS.first + half]),
      connection("up", [x, ROWS.first - half], [x, ROWS.second + half]),
      connection("up", [x, ROWS.second - half], [x, ROWS.out + 10]),
    );
    for (const y of [ROWS.first, ROWS.second]) {
      if (step < words.length - 2) {
        const [from, to] = [x + SPACE.box / 2, middle(step + 1) - SPACE.box / 2];
        root.append(svg("line", { class: "dl-rn-cell", x1: from, y1: y - 14, x2: to, y2: y - 14 }));
        root.append(connection("along", [from, y + 10], [to, y + 10]));
      }
    }
    root.append(
      box(step, ROWS.first, "layer 1"),
      box(step, ROWS.second, "layer 2"),
      svg("text", { x, y: ROWS.in + 5 }, words[step]),
      svg("text", { x, y: ROWS.out + 4, class: "dl-rn-out" }, words[step + 1] === "." ? "full stop" : words[step + 1]),
    );
  }
  return root;
}

function choose(root, arm) {
  root.dataset.arm = arm.key;
  const dark = isDark(root);
  root.style.setProperty("--dl-rn-colour", dark ? arm.colour.dark : arm.colour.light);
  for (const button of root.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.value === arm.key));
  }
  for (const kind of ["up", "along"]) {
    for (const line of root.querySelectorAll(`.dl-rn-${kind}`)) line.classList.toggle("dl-rn-masked", arm[kind]);
  }
  root.querySelector("svg").setAttribute(
    "aria-label",
    `Two LSTM layers over four words, each word going up through both, each layer handing on to its next step. ${arm.says}`,
  );
  setText(root.querySelector(".dl-rn-says"), arm.says);
}

function built({ arms, words }) {
  const root = element("div", "dl-drawing dl-rn");
  const buttons = element("div", "dl-rn-arms");
  buttons.setAttribute("role", "group");
  buttons.setAttribute("aria-label", "Where masks stand");
  for (const arm of arms) {
    const button = element("button", "dl-button", arm.name);
    button.type = "button";
    button.value = arm.key;
    button.addEventListener("click", () => choose(root, arm));
    buttons.append(button);
  }
  const says = element("p", "dl-rn-says");
  says.setAttribute("aria-live", "polite");
  const legend = element(
    "p",
    "dl-rn-legend",
    "× a mask, drawn anew each time. Below: the words read. Above, slanted: the next word, to be predicted. Between steps: the cell state (upper line) and the hidden state (lower line).",
  );
  const beside = element("div", "dl-rn-beside");
  beside.append(says, legend);
  root.append(buttons, drawing(words), beside);
  return root;
}

// Called at each rerun and change of theme, with the same parentElement.
export default function ({ data, parentElement }) {
  let root = parentElement.querySelector(".dl-rn");
  if (!root) root = parentElement.appendChild(built(data));
  choose(root, data.arms.find((arm) => arm.key === root.dataset.arm) ?? data.arms[1]);
}
