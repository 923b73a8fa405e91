// What the pictures of "What it learned" share: nodes, colours, a run's name.

function part(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text; // never innerHTML: names are foreign text
  return node;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function isDark(element) {
  const [r, g, b] = getComputedStyle(element).color.match(/[\d.]+/g).map(Number);
  return 0.299 * r + 0.587 * g + 0.114 * b > 128; // light text stands on dark ground
}

function setColour(node, colour, dark) {
  if (colour) node.style.setProperty("--colour", dark ? colour.dark : colour.light);
  else node.style.removeProperty("--colour");
}

function headOf({ name, colour }, dark) {
  const head = part("div", "head");
  if (colour) head.append(part("span", "dot"));
  head.append(part("span", "name", name));
  setColour(head, colour, dark);
  return head;
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
}

// The root of a component, made once: Streamlit calls again at each rerun and change of theme.
function rootOf(parentElement, className) {
  return parentElement.querySelector(`.${className}`) ?? parentElement.appendChild(part("div", className));
}
