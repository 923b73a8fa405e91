// Scrolls to an element of the page once for each new count; a reload or a rerun moves nothing.

const seen = new WeakMap(); // parent -> count
const LOOKS = 40; // frames in which the element may still come

export default function (component) {
  const { data, parentElement } = component;
  const before = seen.get(parentElement);
  seen.set(parentElement, data.count);
  if (before === undefined || data.count === before) return;
  look(data.target, LOOKS);
}

function look(target, left) {
  const element = document.querySelector(`.st-key-${CSS.escape(target)}`);
  if (!element) {
    if (left) requestAnimationFrame(() => look(target, left - 1));
    return;
  }
  const { top } = element.getBoundingClientRect();
  if (top >= 0 && top < 0.5 * innerHeight) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
}
