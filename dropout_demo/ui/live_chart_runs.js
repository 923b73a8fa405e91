// What is known of runs and arms, and how it is said in words. No page, no plotly.
//
// live_chart.py joins this file, live_chart_stream.js, live_chart_plots.js and live_chart.js to one module.

const KINDS = ["started", "step", "epoch", "finished", "failed", "cancelled", "interrupted"];
const ENDS = new Set(["finished", "failed", "cancelled", "interrupted"]);
const MEASURES = { val: "validation", train_clean: "training, dropout off", train_masked: "training, masks on" };
const STEP_POINTS = 800; // a run's step line has no more points than a chart has pixels

function newRun(spec, epochs) {
  const run = {
    id: spec.id, seed: spec.seed, status: spec.status, totalEpochs: epochs,
    lastSeq: 0, closed: false, stepsPerEpoch: null, steps: { x: [], loss: [], accuracy: [] }, epochs: [],
    epochNow: 0, speed: null, position: null, secondsLeft: null, progress: 0, seconds: null, error: "",
  };
  spec.events.forEach((event, i) => takeEvent(run, { seq: i + 1, ...event }));
  if (spec.events.length) run.closed = true; // recorded: nothing more will come
  run.status = spec.status;
  return run;
}

// True when the event was new. A reconnected stream may say again what was said: seq tells.
function takeEvent(run, event) {
  if (event.seq <= run.lastSeq) return false;
  run.lastSeq = event.seq;
  if (event.kind === "started") {
    run.stepsPerEpoch = event.steps / run.totalEpochs;
    run.status = "running";
    run.closed = false; // a run that was interrupted may be taken up again
  } else if (event.kind === "step") {
    takeStep(run, event);
  } else if (event.kind === "epoch") {
    run.epochs[event.epoch - 1] = event;
    run.epochNow = Math.min(event.epoch + 1, run.totalEpochs);
  } else if (ENDS.has(event.kind)) {
    Object.assign(run, { status: event.kind, closed: true, seconds: event.seconds ?? null, error: event.error ?? "" });
  }
  return true;
}

function takeStep(run, event) {
  run.epochNow = event.epoch;
  run.speed = event.images_per_second;
  if (!run.stepsPerEpoch) return;
  const { x, loss, accuracy } = run.steps;
  const at = event.step / run.stepsPerEpoch;
  while (x.length && x.at(-1) >= at) [x, loss, accuracy].forEach((list) => list.pop()); // taken up from a checkpoint
  if (x.length && at - x.at(-1) < run.totalEpochs / STEP_POINTS) return;
  x.push(at);
  loss.push(event.loss);
  accuracy.push(event.accuracy);
}

function takeStatus(run, status) {
  Object.assign(run, {
    status: run.closed ? run.status : status.status,
    position: status.position ?? null,
    secondsLeft: status.seconds_left ?? null,
    progress: status.progress ?? run.progress,
  });
}

const hasEnded = (run) => ENDS.has(run.status);

// Means over an arm's runs, one row an epoch that any of them has reached.
// half is the half width of the 95 % interval of the mean (Student's t), null for a single run.
function summarise(arm, split, measure, quantiles) {
  const rows = [];
  for (let i = 0; i < arm.epochs; i++) {
    const values = arm.runs.map((run) => run.epochs[i]?.[split]?.[measure]).filter(Number.isFinite);
    const n = values.length;
    if (!n) continue;
    const mean = values.reduce((a, b) => a + b, 0) / n;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1);
    rows.push({ epoch: i + 1, n, mean, half: n > 1 ? quantiles[n] * Math.sqrt(variance / n) : null });
  }
  return rows;
}

// ---- words ----

const whole = new Intl.NumberFormat("en");
const formatValue = (measure, value, digits) =>
  measure === "loss" ? value.toFixed(digits ?? 3) : `${(value * 100).toFixed(digits ?? 1)} %`;

function formatSeconds(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 && s < 600 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${Math.round(s / 60)} min`;
  return `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`;
}

function ordinal(n) {
  const ending = n % 100 > 10 && n % 100 < 14 ? "th" : ["th", "st", "nd", "rd"][n % 10] ?? "th";
  return `${n}${ending}`;
}

function runWords(run) {
  if (run.status === "queued") {
    const place = run.position === null ? "" : run.position <= 1 ? ", next in the queue" : `, ${ordinal(run.position)} in the queue`;
    return `waiting${place}${run.secondsLeft === null ? "" : `, about ${formatSeconds(run.secondsLeft)}`}`;
  }
  if (run.status === "running") {
    if (!run.epochNow) return "starting";
    const speed = run.speed ? `, ${whole.format(Math.round(run.speed / 100) * 100)} images/s` : "";
    const left = run.secondsLeft === null ? "" : `, ${formatSeconds(run.secondsLeft)} left`;
    return `epoch ${run.epochNow} of ${run.totalEpochs}${speed}${left}`;
  }
  if (run.status === "finished") {
    return run.seconds === null ? `${run.totalEpochs} epochs` : `finished in ${formatSeconds(run.seconds)}`;
  }
  if (run.status === "failed") return `failed: ${run.error || "no reason was given"}`;
  return run.status === "interrupted" ? "interrupted: the server ended" : run.status;
}

function armWords(arm) {
  if (arm.runs.length === 1) return runWords(arm.runs[0]);
  const count = (status) => arm.runs.filter((run) => run.status === status).length;
  const total = arm.runs.length;
  if (count("finished") === total) return `${total} seeds, ${arm.epochs} epochs`;
  const words = { finished: "finished", running: "running", queued: "waiting", cancelled: "cancelled", interrupted: "interrupted", failed: "failed" };
  const parts = Object.entries(words).filter(([status]) => count(status)).map(([status, word]) => `${count(status)} ${word}`);
  const left = arm.runs.filter((run) => !hasEnded(run) && run.secondsLeft !== null).map((run) => run.secondsLeft);
  if (left.length) parts.push(`${formatSeconds(Math.max(...left))} left`);
  const error = arm.runs.find((run) => run.status === "failed")?.error;
  return `${total} seeds: ${parts.join(", ")}${error ? `: ${error}` : ""}`;
}

function armProgress(arm) {
  const share = (run) => (run.status === "finished" ? 1 : run.status === "queued" ? 0 : run.progress);
  return arm.runs.reduce((sum, run) => sum + share(run), 0) / Math.max(1, arm.runs.length);
}

// The text alternative of a chart: the latest numbers of every arm.
function describe(arms, measure, quantiles) {
  const said = arms.map((arm) => {
    const [val, train] = ["val", "train_clean"].map((split) => summarise(arm, split, measure, quantiles).at(-1));
    if (!val) return `${arm.name}: no epoch yet`;
    const last = [`validation ${formatValue(measure, val.mean)}`];
    if (train) last.push(`training with dropout off ${formatValue(measure, train.mean)}`);
    return `${arm.name}: ${last.join(", ")} after epoch ${val.epoch} of ${arm.epochs}`;
  });
  return `${measure === "loss" ? "Cross-entropy loss in nats a sample" : "Accuracy"} by epoch. ${said.join(". ")}.`;
}
