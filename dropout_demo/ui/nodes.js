// What our components share: nodes from text, bytes from base64, and whether the page is dark.

function element(tag, className = "", text = undefined) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text; // never innerHTML: names are foreign text
  return node;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text; // said again only when it changed
}

// Red, green and blue of text here; black for a node that has left the page.
function textColour(node) {
  const parts = getComputedStyle(node).color.match(/[\d.]+/g) ?? ["0", "0", "0"];
  return parts.slice(0, 3).map(Number);
}

function isDark(node) {
  const [r, g, b] = textColour(node);
  return 0.299 * r + 0.587 * g + 0.114 * b > 128; // light text stands on dark ground
}

const bytesOf = (base64) => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
