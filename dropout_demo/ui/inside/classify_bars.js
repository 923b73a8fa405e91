// What one or two networks see: a bar a class with the range over masked passes, words, and tables.

const LEAST_RANGE = 0.01; // narrower ones would be a speck over the bar's end
const percent = (share) => `${Math.round(100 * share)} %`;
const width = (share) => `${(100 * share).toFixed(3)}%`;

class Bars {
  constructor() {
    this.root = element("div", "cb");
    this.told = [];
    this.said = this.root.appendChild(element("div", "cb-said"));
    this.said.setAttribute("role", "status");
    this.charts = this.root.appendChild(element("div"));
    this.legend = this.root.appendChild(element("p", "cb-legend"));
    const fold = this.root.appendChild(element("details", "cb-fold"));
    fold.appendChild(element("summary", "", "Numbers as a table"));
    this.tables = fold.appendChild(element("div", "dl-scrolls"));
  }

  // networks: as Python names them. Rows stay the same elements while their numbers change; gives
  // whether they had to be made anew.
  prepare(networks) {
    const shape = JSON.stringify(networks.map(({ run, name, classes }) => [run, name, classes]));
    const isNew = shape !== this.shape;
    if (isNew) {
      this.shape = shape;
      this.lines = networks.map(() => this.line());
      this.said.replaceChildren(...this.lines.map(({ root }) => root));
      this.groups = grouped(networks).map((places) => new Chart(networks, places));
      this.charts.replaceChildren(...this.groups.map(({ root }) => root));
    }
    this.networks = networks;
    const dark = isDark(this.root);
    networks.forEach(({ colour }, at) => this.root.style.setProperty(`--colour${at}`, dark ? colour.dark : colour.light));
    return isNew;
  }

  line() {
    const root = element("div", "cb-line");
    return { root, first: root.appendChild(element("p", "cb-words")), masks: root.appendChild(element("p", "cb-masks")) };
  }

  // Something is being asked for the first time; later on the old numbers stay until the new come.
  wait() {
    if (!this.told.length) this.networks.forEach(({ name }, at) => setText(this.lines[at].first, `${name}: looking …`));
  }

  // told: the answer's networks, or none while there is nothing to see; error: a sentence instead.
  show(told, error) {
    this.told = told;
    this.networks.forEach(({ name }, at) => {
      const { root, first, masks } = this.lines[at];
      root.style.setProperty("--colour", `var(--colour${at})`);
      if (error) setText(first, at ? "" : error);
      else setText(first, `${name}: ${told[at]?.words ?? "nothing to see yet"}.`);
      setText(masks, error || !told[at] ? "" : maskWords(told[at]));
    });
    this.groups.forEach((chart) => chart.show(told, this.networks));
    const passes = Math.max(0, ...told.map((one) => one.passes));
    const range = passes ? ` Line: from the lowest to the highest of ${passes} passes with masks.` : "";
    setText(this.legend, `Bar: one pass with masks off.${range}`);
    this.tables.replaceChildren(...told.map((one, at) => table(this.networks[at].name, one)));
  }
}

const maskWords = ({ passes, votes_words: votes }) =>
  passes ? `With ${passes} masks it says ${votes}.` : "It has no dropout, so there are no masks to vary: one pass is all.";

// Networks that know the same classes stand in one chart: their places, a list a chart.
function grouped(networks) {
  const groups = new Map();
  networks.forEach(({ classes }, at) => {
    const key = classes.join("|");
    groups.set(key, [...(groups.get(key) ?? []), at]);
  });
  return [...groups.values()];
}

class Chart {
  constructor(networks, places) {
    this.places = places;
    this.classes = networks[places[0]].classes;
    this.root = element("div", "cb-chart");
    this.root.setAttribute("role", "img");
    this.rows = this.classes.map((name) => this.row(name));
    const axis = element("div", "cb-axis");
    for (const tick of [0, 0.5, 1]) {
      const mark = axis.appendChild(element("span", "cb-tick", percent(tick)));
      mark.style.left = width(tick);
    }
    this.root.append(element("div"), axis, element("div"));
  }

  row(name) {
    const label = element("div", "cb-name", name);
    const tracks = element("div", "cb-tracks");
    const values = element("div", "cb-values");
    const parts = this.places.map((at) => {
      const track = tracks.appendChild(element("div", "cb-track"));
      track.style.setProperty("--colour", `var(--colour${at})`);
      return { bar: track.appendChild(element("div", "cb-bar")), range: track.appendChild(element("div", "cb-range")), value: values.appendChild(element("div", "cb-value")) };
    });
    this.root.append(label, tracks, values);
    return { label, parts };
  }

  show(told, networks) {
    this.rows.forEach(({ parts }, of) => {
      this.places.forEach((at, place) => {
        const one = told[at];
        const { bar, range, value } = parts[place];
        bar.style.width = width(one ? one.one[of] : 0);
        range.hidden = !one?.passes || one.high[of] - one.low[of] < LEAST_RANGE;
        if (!range.hidden) [range.style.left, range.style.width] = [width(one.low[of]), width(one.high[of] - one.low[of])];
        setText(value, one ? percent(one.one[of]) : "");
        value.classList.toggle("best", Boolean(one) && one.one[of] === Math.max(...one.one));
      });
    });
    const said = this.places.filter((at) => told[at]).map((at) => alternative(networks[at].name, told[at]));
    this.root.setAttribute("aria-label", said.join(" ") || "Ten classes, with no picture to judge yet.");
  }
}

function alternative(name, { classes, one, low, high, passes }) {
  const order = one.map((_, of) => of).sort((a, b) => one[b] - one[a]).slice(0, 3);
  const parts = order.map((of) => `${classes[of]} ${percent(one[of])}${passes ? `, under masks ${percent(low[of])} to ${percent(high[of])}` : ""}`);
  return `${name}: ${parts.join("; ")}.`;
}

function table(name, { classes, one, entropy, mean, low, high, votes, passes }) {
  const made = element("table");
  made.appendChild(element("caption", "", `${name}; entropy with masks off ${entropy.toFixed(2)} nats`));
  const heads = ["class", "masks off", ...(passes ? ["mean", "lowest", "highest", "came first"] : [])];
  const head = made.appendChild(element("thead")).appendChild(element("tr"));
  for (const text of heads) head.appendChild(element("th", "", text)).scope = "col";
  const body = made.appendChild(element("tbody"));
  classes.forEach((of, at) => {
    const row = body.appendChild(element("tr"));
    row.appendChild(element("th", "", of)).scope = "row";
    const shares = [one, ...(passes ? [mean, low, high] : [])].map((list) => `${(100 * list[at]).toFixed(1)} %`);
    for (const text of [...shares, ...(passes ? [`${votes[at]} of ${passes}`] : [])]) row.appendChild(element("td", "", text));
  });
  return made;
}
