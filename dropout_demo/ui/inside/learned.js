// What the pictures of "What it learned" share: nodes, colours, a run's name.

function setColour(node, colour, dark) {
  if (colour) node.style.setProperty("--colour", dark ? colour.dark : colour.light);
  else node.style.removeProperty("--colour");
}

function headOf({ name, colour }, dark) {
  const head = element("div", "head");
  if (colour) head.append(element("span", "dot"));
  head.append(element("span", "name", name));
  setColour(head, colour, dark);
  return head;
}

// The root of a component, made once: Streamlit calls again at each rerun and change of theme.
function rootOf(parentElement, className) {
  return parentElement.querySelector(`.${className}`) ?? parentElement.appendChild(element("div", className));
}
