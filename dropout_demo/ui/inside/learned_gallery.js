// Images with lines below; where a part of one is outlined, that part again, enlarged.

const share = (pixels, of) => `${((100 * pixels) / of).toFixed(3)}%`;

// What of the window lies within the image: padding lets it reach beyond.
function outline({ top, left, side }, size) {
  const node = element("div", "outline");
  const [from, to] = [[top, left], [top + side, left + side]];
  const [y0, x0] = from.map((at) => Math.max(0, at));
  const [y1, x1] = to.map((at) => Math.min(size, at));
  Object.assign(node.style, { top: share(y0, size), left: share(x0, size), height: share(y1 - y0, size), width: share(x1 - x0, size) });
  return node;
}

function enlarged(source, { top, left, side }, size) {
  const node = element("div", "enlarged");
  const image = element("img");
  image.src = source;
  image.alt = "";
  Object.assign(image.style, { width: share(size, side), top: share(-top, side), left: share(-left, side) });
  node.append(image);
  return node;
}

// As high as a place with an image: nothing moves when one comes.
function emptyPlace({ framed, lines }) {
  const item = element("li", "empty");
  item.setAttribute("aria-hidden", "true");
  item.append(element("div", "whole"), ...(framed ? [element("div", "enlarged")] : []));
  for (let at = 0; at < lines; at++) item.append(element("div", at ? "line quiet" : "line", "\u00a0"));
  return item;
}

function place(told, size) {
  const item = element("li");
  const source = `data:image/png;base64,${told.picture}`;
  const whole = element("div", "whole");
  const image = element("img");
  image.src = source;
  image.alt = told.alt;
  whole.append(image);
  item.append(whole);
  if (told.window) {
    whole.append(outline(told.window, size));
    item.append(enlarged(source, told.window, size));
  }
  item.append(...told.lines.map((line, at) => element("div", at ? "line quiet" : "line", line)));
  return item;
}

export default function ({ data, parentElement }) {
  const root = rootOf(parentElement, "gallery");
  const list = element("ul");
  list.style.setProperty("--wide", data.places > 8 ? 6 : 8);
  for (let at = 0; at < data.places; at++) {
    const told = data.images[at];
    list.append(told ? place(told, data.side) : emptyPlace(data));
  }
  root.replaceChildren(headOf(data, isDark(root)), list);
}
