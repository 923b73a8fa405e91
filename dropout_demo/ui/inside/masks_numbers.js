// Numbers as bars and tables: probabilities of the classes, mean and spread.

class Probabilities {
  constructor() {
    this.root = element("div", "mk-bars");
    this.root.setAttribute("role", "img");
    this.rows = Array.from({ length: 10 }, () => {
      const row = element("div", "mk-bar");
      const parts = ["mk-class", "mk-track", "mk-share"].map((name) => element("span", name));
      const bars = ["mk-without", "mk-with"].map((name) => element("i", name));
      parts[1].append(...bars);
      row.append(...parts);
      this.root.append(row);
      return { name: parts[0], share: parts[2], bars };
    });
  }

  draw({ probabilities, classes }) {
    const told = classes.map((name, at) => {
      const shares = [probabilities.without[at], probabilities.with[at]];
      const { name: label, share, bars } = this.rows[at];
      setText(label, name);
      setText(share, percent(shares[1]));
      bars.forEach((bar, which) => (bar.style.width = `${100 * shares[which]}%`));
      return `${name} ${percent(shares[0])} without the mask, ${percent(shares[1])} with it`;
    });
    this.root.setAttribute("aria-label", `What the network says: ${told.join("; ")}.`);
  }
}

const MOMENT_ROWS = ["without", "this", "unscaled", "counted", "expected"];

class MomentRows {
  constructor() {
    this.root = element("div", "mk-moments");
    this.root.setAttribute("role", "img");
    this.rows = MOMENT_ROWS.map(() => {
      const row = element("div", "mk-moment");
      const [name, track, said] = ["mk-moment-name", "mk-moment-track", "mk-moment-said"].map((c) => element("span", c));
      const [whisker, dot] = [element("i", "mk-whisker"), element("i", "mk-dot")];
      track.append(element("i", "mk-zero"), whisker, dot);
      row.append(name, track, said);
      this.root.append(row);
      return { name, said, whisker, dot, zero: track.firstChild };
    });
  }

  draw(moments, wish) {
    const names = {
      without: "No mask", this: `Mask ${count(wish.seed)}`, unscaled: `Mask ${count(wish.seed)}, not rescaled`,
      counted: `${count(moments.masks)} masks`, expected: "All masks, by formula",
    };
    const [low, high] = momentRange(moments);
    const at = (value) => `${(100 * (Math.min(Math.max(value, low), high) - low)) / (high - low)}%`;
    const told = MOMENT_ROWS.map((which, row) => {
      const { mean, std } = moments[which];
      const { name, said, whisker, dot, zero } = this.rows[row];
      setText(name, names[which]);
      setText(said, `${number(mean)} ± ${number(std)}`);
      zero.style.left = at(0);
      dot.style.left = at(mean);
      whisker.style.left = at(mean - std);
      whisker.style.right = `calc(100% - ${at(mean + std)})`;
      return `${names[which]}: mean ${number(mean)}, spread ${number(std)}`;
    });
    this.root.setAttribute("aria-label", `${told.join("; ")}.`);
  }
}

// As far as rate 0.75 spreads the numbers, so that the axis stands still while the rate moves up to there.
function momentRange(moments) {
  const { mean, std } = moments.without;
  const most = Math.sqrt(std ** 2 + 3 * (std ** 2 + mean ** 2)) || 1;
  const bounds = MOMENT_ROWS.flatMap((which) => [moments[which].mean - moments[which].std, moments[which].mean + moments[which].std]);
  return [Math.min(mean - most, ...bounds), Math.max(mean + most, ...bounds)];
}

function table(caption, head, rows) {
  const root = element("table");
  root.append(element("caption", "", caption));
  const line = (cells, tag) => {
    const made = element("tr");
    cells.forEach((cell, at) => {
      const one = element(at ? tag : "th", "", String(cell));
      one.scope = tag === "th" ? "col" : at ? "" : "row";
      if (!one.getAttribute("scope")) one.removeAttribute("scope");
      made.append(one);
    });
    return made;
  };
  const [top, body] = [element("thead"), element("tbody")];
  top.append(line(head, "th"));
  body.append(...rows.map((row) => line(row, "td")));
  root.append(top, body);
  return root;
}

function tablesOf(name, answer, wish) {
  const { layers, moments, mask, classes, probabilities } = answer;
  const exact = (value) => value.toFixed(4).replace("-", "−");
  const dropped = (layer) => (layer === wish.layer ? droppedWords(mask) : "–");
  return [
    table(`${name}: mean of each layer's numbers`, ["Layer", "Without", "With mask", "Dropped"],
      layers.map((one) => [one.layer, exact(one.mean), exact(one.mean_with), dropped(one.layer)])),
    table(`${name}: mean and spread at ${wish.layer}`, ["Over", "Mean", "Standard deviation"],
      [["no mask", "without"], ["this mask", "this"], ["this mask, not rescaled", "unscaled"], [`${moments.masks} masks`, "counted"], ["all masks, by formula", "expected"]]
        .map(([label, which]) => [label, exact(moments[which].mean), exact(moments[which].std)])),
    table(`${name}: probabilities`, ["Class", "Without", "With mask"],
      classes.map((one, at) => [one, percent(probabilities.without[at], 1), percent(probabilities.with[at], 1)])),
  ];
}
