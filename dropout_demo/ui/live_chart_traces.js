// Which traces a plot has, how they look, and how they take new numbers.
//
// Colour (and symbol) is the arm. Dash is the measure, in every plot: solid for validation, dashed for
// training with dropout off, dotted for training with masks on.

const LOSS_AXIS = { title: { text: "cross-entropy (nats a sample)", standoff: 8 } };
const DIFFERENCE_AXIS = { title: { text: "difference (nats a sample)", standoff: 8 } };
const PLOTS = {
  // early: what the y axis shows before there is an epoch; least: its least height
  loss: { view: "curves", title: "Loss, training and validation", axis: LOSS_AXIS, early: [1, 2.4], least: 0.4, limits: [0, Infinity], scale: 1 },
  accuracy: {
    view: "curves", title: "Accuracy, training and validation",
    axis: { title: { text: "accuracy (% of images)", standoff: 8 }, ticksuffix: "%" }, early: [0, 50], least: 10, limits: [0, 100], scale: 100,
  },
  gap: { view: "gap", title: "Generalisation gap: validation − training loss", axis: DIFFERENCE_AXIS, early: [-0.1, 0.5], least: 0.2, limits: [-Infinity, Infinity], scale: 1, zero: true },
  noise: { view: "gap", title: "Noise tax: training loss, masks on − off", axis: DIFFERENCE_AXIS, early: [-0.1, 0.5], least: 0.2, limits: [-Infinity, Infinity], scale: 1, zero: true },
};
const NAMES = { ...MEASURES, gap: "generalisation gap", noise: "noise tax" };
const STEPS = `${MEASURES.train_masked}, step by step`;
const DASHES = { train_clean: "dash", train_masked: "dot", noise: "dot" };
const LISTS = ["x", "y", "text"]; // attributes of our traces that are lists; see quicken
const BANDED_ARMS = 6; // with more, only validation has bands: the rest would be a fog
const MARKERS = 400; // of all arms together: beyond, markers stand at some epochs only; each is hovered over still

// plotly reads a little HTML in names; ours are plain text.
const plain = (name) => name.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

// Back to front: bands, light step lines, runs by themselves, masked training, training, validation, marks.
function listTraces(measure, arms) {
  const splits = Object.keys(READ[measure]);
  const curves = PLOTS[measure].view === "curves";
  const front = curves ? ["train_masked", "train_clean", "val"] : splits;
  const banded = !curves ? splits : arms.length > BANDED_ARMS ? ["val"] : ["train_clean", "val"];
  const several = (arm, specs) => (arm.runs.length > 1 ? specs : []);
  const layers = [
    (arm, a) => several(arm, banded.map((split) => ({ kind: "band", a, split }))),
    (arm, a) => (curves ? [{ kind: "steps", a, split: "train_masked" }] : []),
    (arm, a) => several(arm, (curves ? ["train_clean", "val"] : splits).map((split) => ({ kind: "single", a, split }))),
    ...front.map((split) => (arm, a) => [{ kind: "line", a, split }]),
  ];
  const specs = layers.flatMap((layer) => arms.flatMap(layer));
  return curves ? [...specs, { kind: "best", a: null, split: "val" }] : specs;
}

function newTrace(spec, measure, arms) {
  if (spec.kind === "best") return newMarks();
  const arm = arms[spec.a];
  const name = spec.kind === "steps" ? STEPS : NAMES[spec.split];
  const uid = `${spec.kind}-${spec.split}-${spec.a}`; // which trace is which, whichever others there are
  const base = { type: "scatter", uid, dlLists: LISTS, x: [], y: [], name: plain(`${arm.name}, ${name}`), meta: [plain(arm.name), name], showlegend: false };
  if (spec.kind === "band") return { ...base, mode: "lines", fill: "toself", hoverinfo: "skip", line: { width: 0 } };
  const thin = spec.kind !== "line";
  const value = measure === "accuracy" ? "%{y:.1f} %" : "%{y:.3f} nats a sample";
  return {
    ...base,
    text: [],
    mode: thin || spec.split === "train_masked" ? "lines" : "lines+markers",
    line: { width: thin ? 1.25 : 2.25, dash: spec.kind === "steps" ? "solid" : DASHES[spec.split] ?? "solid" },
    connectgaps: false,
    hovertemplate: `<b>%{meta[0]}</b><br>%{meta[1]}<br>epoch %{x:.4~g}: ${value}%{text}<extra></extra>`,
  };
}

// A ring at each arm's least validation loss.
function newMarks() {
  return {
    type: "scatter", uid: "best", dlLists: [...LISTS, "marker.color"], x: [], y: [], text: [], mode: "markers", name: "least validation loss", meta: ["", "least validation loss"],
    showlegend: false, hovertemplate: "%{text}<extra></extra>",
  };
}

function paintTrace(trace, spec, arms, theme) {
  if (spec.kind === "best") {
    const colours = arms.map((arm) => theme.dark ? arm.colour.dark : arm.colour.light);
    trace.marker = { size: 15, symbol: "circle-open", color: (spec.shown ?? []).map((a) => colours[a]), line: { width: 1.75 } };
    return;
  }
  const arm = arms[spec.a];
  const colour = theme.dark ? arm.colour.dark : arm.colour.light;
  trace.line.color = colour;
  if (spec.kind === "band") {
    trace.fillcolor = colour + (spec.split === "train_clean" ? "1c" : "30"); // #rrggbbaa
  } else if (spec.kind === "line" && spec.split !== "train_masked") {
    const open = spec.split === "train_clean";
    const most = Math.floor(MARKERS / arms.length / 2);
    trace.marker = {
      size: arm.symbol === "circle" ? 6.5 : 8, symbol: arm.symbol, maxdisplayed: arm.epochs > most ? Math.max(3, most) : 0,
      color: open ? theme.ground : colour, line: { color: colour, width: 1.75 },
    };
  } else {
    trace.opacity = spec.kind === "steps" ? Math.max(0.2, 0.45 - 0.03 * arm.runs.length) : 0.75;
    trace.marker = { size: 5, color: colour };
  }
}

// Write what is known now into a trace.
function fillTrace(trace, spec, measure, arms, quantiles, isHidden) {
  if (spec.kind === "best") return fillMarks(trace, spec, measure, arms, quantiles, isHidden);
  const arm = arms[spec.a];
  const { scale } = PLOTS[measure];
  if (spec.kind === "steps") fillSteps(trace, arm, measure, scale);
  else if (spec.kind === "single") fillSingles(trace, spec, arm, measure, scale);
  else {
    const rows = summarise(arm, measure, spec.split, quantiles);
    if (spec.kind === "band") fillBand(trace, rows.filter((row) => row.n >= BAND_SEEDS), scale);
    else fillLine(trace, spec, arm, rows, measure, scale);
  }
}

// All runs of an arm in one trace, with a gap between them: a trace costs plotly more than its points.
function fillSteps(trace, arm, measure, scale) {
  if (trace.told === arm.stepsTold) return;
  trace.told = arm.stepsTold;
  const count = arm.runs.reduce((sum, run) => sum + run.steps.x.length, 0);
  const joined = arm.runs.filter((run) => run.steps.x.length);
  const size = count + Math.max(0, joined.length - 1);
  const [x, y, text] = [new Float64Array(size).fill(NaN), new Float64Array(size).fill(NaN), joined.length > 1 ? new Array(size).fill("") : ""];
  let at = 0;
  for (const run of joined) {
    x.set(run.steps.x, at);
    run.steps[measure].forEach((value, i) => { y[at + i] = value * scale; });
    if (text) text.fill(`<br>seed ${run.seed}`, at, at + run.steps.x.length);
    at += run.steps.x.length + 1;
  }
  Object.assign(trace, { x, y, text, mode: count === 1 ? "markers" : "lines" }); // a line of one point would not be seen
}

function fillSingles(trace, spec, arm, measure, scale) {
  const lines = singles(arm, measure, spec.split);
  const points = lines.flatMap(({ seed, points }, i) => [...(i ? [[null, null, ""]] : []), ...points.map(([x, y]) => [x, y * scale, `<br>seed ${seed} by itself`])]);
  [trace.x, trace.y, trace.text] = [0, 1, 2].map((column) => points.map((point) => point[column]));
  trace.mode = lines.some((line) => line.points.length === 1) ? "lines+markers" : "lines";
}

function fillBand(trace, rows, scale) {
  const back = rows.slice().reverse();
  trace.x = [...rows, ...back].map((row) => row.epoch);
  trace.y = [...rows.map((row) => row.mean + row.half), ...back.map((row) => row.mean - row.half)].map((value) => value * scale);
}

function fillLine(trace, spec, arm, rows, measure, scale) {
  const shift = spec.split === "train_masked" ? 0.5 : 0; // a mean over an epoch belongs to its middle
  trace.x = rows.map((row) => row.epoch - shift);
  trace.y = rows.map((row) => row.mean * scale);
  trace.text = rows.map((row) => {
    const of = row.n < arm.runs.length ? ` of the arm's ${arm.runs.length}` : "";
    return row.half === null ? (of && `<br>1 run${of}`) : ` ± ${formatValue(measure, row.half)}<br>mean of ${row.n} runs${of}, 95 % interval`;
  });
}

function fillMarks(trace, spec, measure, arms, quantiles, isHidden) {
  const marks = arms.map((arm, a) => ({ arm, a, best: isHidden(a, "val") ? null : bestRow(arm, quantiles) })).filter(({ best }) => best);
  spec.shown = marks.map(({ a }) => a);
  const rows = marks.map(({ arm, best }) => summarise(arm, measure, "val", quantiles).find((row) => row.epoch === best.epoch));
  trace.x = marks.map(({ best }) => best.epoch);
  trace.y = rows.map((row) => (row ? row.mean * PLOTS[measure].scale : null));
  trace.text = marks.map(({ arm, best }, i) => {
    const here = measure === "loss" || !rows[i] ? "" : `<br>validation accuracy there ${formatValue(measure, rows[i].mean)}`;
    return `<b>${plain(arm.name)}</b><br>least validation loss, ${formatValue("loss", best.mean)} nats a sample,<br>after epoch ${best.epoch}${here}`;
  });
}
