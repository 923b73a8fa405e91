// The line of all steps: links that the page follows without loading anew.

class Progress {
  constructor(parent) {
    this.root = parent.appendChild(element("nav", "lp"));
    this.root.setAttribute("aria-label", "Steps of the course");
    this.list = this.root.appendChild(element("ol", "lp-steps"));
    this.words = this.root.appendChild(element("p", "lp-words"));
    this.words.setAttribute("role", "status");
  }

  update({ steps, here }, go) {
    this.go = go;
    const at = steps.findIndex(({ key }) => key === here);
    while (this.list.children.length > steps.length) this.list.lastChild.remove();
    steps.forEach((step, place) => this.draw(step, place, place === at));
    const answered = steps.filter((step) => step.answered).length;
    setText(this.words, `Step ${at + 1} of ${steps.length} · ${answered} answered`);
    if (this.here !== undefined && this.here !== here) this.bringBack(at);
    this.here = here;
  }

  draw({ key, title, answered }, place, isHere) {
    const link = this.list.children[place]?.firstChild ?? this.list.appendChild(element("li")).appendChild(this.link());
    link.dataset.key = key;
    link.href = `?${new URLSearchParams({ step: key })}`;
    link.title = title;
    link.classList.toggle("lp-answered", answered);
    if (isHere) link.setAttribute("aria-current", "step");
    else link.removeAttribute("aria-current");
    setText(link.firstChild, `${answered && !isHere ? "✓" : place + 1}`);
    setText(link.lastChild, `Step ${place + 1}: ${title}${answered ? ", answered" : ""}`);
  }

  link() {
    const link = element("a");
    link.append(element("span"), element("span", "lp-unseen"));
    link.firstChild.setAttribute("aria-hidden", "true");
    link.addEventListener("click", (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      this.go(link.dataset.key);
    });
    return link;
  }

  // A new step is read from its top; nothing moves at the first drawing.
  bringBack(at) {
    this.list.children[at].firstChild.focus({ preventScroll: true });
    const { top } = this.root.getBoundingClientRect();
    if (top < 0 || top > innerHeight / 2) this.root.scrollIntoView({ block: "start" });
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  let line = parentElement.dlProgress;
  if (!(line instanceof Progress)) {
    line?.root.remove(); // left by another version of this module
    line = parentElement.dlProgress = new Progress(parentElement);
  }
  line.update(data, (key) => setTriggerValue("go", key));
}
