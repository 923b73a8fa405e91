// How runs and arms are said in words. No page, no plotly.

const MEASURES = { val: "validation", train_clean: "training, dropout off", train_masked: "training, masks on" };
const SAID_ARMS = 4; // with more arms the spoken news names the best alone

const whole = new Intl.NumberFormat("en");
const minus = (text) => text.replace("-", "−");
const formatValue = (measure, value, digits) =>
  measure === "accuracy" ? `${minus((value * 100).toFixed(digits ?? 1))} %` : minus(value.toFixed(digits ?? 3));
const formatMean = (measure, { mean, half }) =>
  formatValue(measure, mean) + (half === null ? "" : ` ± ${formatValue(measure, half)}`);

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
  if (run.status === "finished") return finishedWords(run);
  if (run.status === "failed") return `failed: ${run.error || "no reason was given"}`;
  return run.status === "interrupted" ? "interrupted: the server ended" : run.status;
}

function finishedWords(run) {
  const done = run.epochs.length;
  if (run.seconds === null) return `${done || run.totalEpochs} epochs`;
  const early = done && done < run.totalEpochs ? `, stopped early after epoch ${done} of ${run.totalEpochs}` : "";
  return `finished in ${formatSeconds(run.seconds)}${early}`;
}

function armWords(arm) {
  if (arm.runs.length === 1) return runWords(arm.runs[0]);
  const count = (status) => arm.runs.filter((run) => run.status === status).length;
  const total = arm.runs.length;
  if (count("finished") === total) return `${total} seeds, ${epochWords(arm)} epochs`;
  const words = { finished: "finished", running: "running", queued: "waiting", cancelled: "cancelled", interrupted: "interrupted", failed: "failed" };
  const parts = Object.entries(words).filter(([status]) => count(status)).map(([status, word]) => `${count(status)} ${word}`);
  const left = arm.runs.filter((run) => !hasEnded(run) && run.secondsLeft !== null).map((run) => run.secondsLeft);
  if (left.length) parts.push(`${formatSeconds(Math.max(...left))} left`);
  const error = arm.runs.find((run) => run.status === "failed")?.error;
  return `${total} seeds: ${parts.join(", ")}${error ? `: ${error}` : ""}`;
}

function epochWords(arm) {
  const ends = arm.runs.map((run) => run.epochs.length).filter(Boolean);
  const [first, last] = ends.length ? [Math.min(...ends), Math.max(...ends)] : [arm.epochs, arm.epochs];
  return first === last ? String(last) : `${first} to ${last}`;
}

function armProgress(arm) {
  const share = (run) => (run.status === "finished" ? 1 : run.status === "queued" ? 0 : run.progress);
  return arm.runs.reduce((sum, run) => sum + share(run), 0) / Math.max(1, arm.runs.length);
}

const SUBJECTS = {
  loss: "Cross-entropy loss in nats a sample",
  accuracy: "Accuracy",
  gap: "Generalisation gap, validation loss minus training loss with dropout off, in nats a sample,",
  noise: "Noise tax, training loss with masks on minus with dropout off, in nats a sample,",
};

// The text alternative of a chart: the latest numbers of every arm.
function describe(arms, measure, quantiles) {
  const names = { val: "validation ", train_clean: "training with dropout off ", gap: "", noise: "" };
  const said = arms.map((arm) => {
    const splits = Object.keys(READ[measure]).filter((split) => split in names);
    const rows = splits.map((split) => [split, summarise(arm, measure, split, quantiles).at(-1)]).filter(([, row]) => row);
    if (!rows.length) return `${arm.name}: no epoch yet`;
    const last = rows.map(([split, row]) => `${names[split]}${formatValue(measure, row.mean)}`);
    return `${arm.name}: ${last.join(", ")} after epoch ${rows[0][1].epoch} of ${arm.epochs}`;
  });
  return `${SUBJECTS[measure]} by epoch. ${said.join(". ")}.`;
}

// What a screen reader says after an epoch, and at the end. Empty before the first epoch.
function news(arms, quantiles) {
  const there = arms.map((arm) => ({ arm, now: standing(arm, [["loss", "val"], ["accuracy", "val"]], quantiles) })).filter(({ now }) => now.seeds);
  if (!there.length) return "";
  const ended = arms.every((arm) => arm.runs.every(hasEnded));
  const one = ({ arm, now }) => {
    const at = ended ? "" : ` after epoch ${now.last} of ${arm.epochs}`;
    return `${arm.name}: validation loss ${formatValue("loss", now.means[0].mean)}, accuracy ${formatValue("accuracy", now.means[1].mean)}${at}`;
  };
  const best = there.reduce((a, b) => (b.now.means[0].mean < a.now.means[0].mean ? b : a));
  const head = ended ? "All runs have ended. " : "";
  if (there.length <= SAID_ARMS) return `${head}${there.map(one).join(". ")}.`;
  return `${head}${there.length} arms; the least validation loss ${ended ? "at the end" : "now"} has ${one(best)}.`;
}
