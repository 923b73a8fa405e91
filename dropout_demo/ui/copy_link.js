// A read-only field with the absolute address, and a button that copies it.

const SAID_MS = 2000;

export default function (component) {
  const { data, parentElement } = component;
  let root = parentElement.querySelector(".cl");
  if (!root) {
    root = build();
    parentElement.append(root);
  }
  root.querySelector("input").value = new URL(data.path, window.location.origin).href;
}

function build() {
  const root = document.createElement("div");
  root.className = "cl";
  const field = document.createElement("input");
  field.readOnly = true;
  field.setAttribute("aria-label", "Link to this comparison");
  field.addEventListener("focus", () => field.select());
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy link";
  const said = document.createElement("span");
  said.className = "cl-said";
  said.setAttribute("role", "status");
  let clearing = 0;
  button.addEventListener("click", async () => {
    said.textContent = (await copied(field)) ? "Copied" : "Press Ctrl+C";
    clearTimeout(clearing);
    clearing = setTimeout(() => (said.textContent = ""), SAID_MS);
  });
  root.append(field, button, said);
  return root;
}

// The clipboard's own interface needs https or localhost; the older way does not.
async function copied(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.focus();
    field.select();
    return document.execCommand("copy");
  }
}
