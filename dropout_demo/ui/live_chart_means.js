// Means over the runs of an arm, with their interval. No page, no plotly.
//
// Which runs count, and how far: a mean whose runs change from epoch to epoch bends where no network
// changed. So it reaches as far as every finished run does; beyond that each run is drawn by itself.
// A run that failed or was cancelled counts in no mean. A run that still trains counts where it has
// been: the row's n and the chart's key say that later epochs have fewer runs, until it gets there.
// Of two runs an interval by Student's t is so wide (t = 12.7) that its band would cover everything:
// there the runs are drawn by themselves instead.

const BAND_SEEDS = 3; // the least number of runs that have a band

const LOSS_OF = (split) => (epoch) => epoch[split]?.loss;
const READ = {
  loss: { val: LOSS_OF("val"), train_clean: LOSS_OF("train_clean"), train_masked: LOSS_OF("train_masked") },
  accuracy: Object.fromEntries(["val", "train_clean", "train_masked"].map((split) => [split, (epoch) => epoch[split]?.accuracy])),
  gap: { gap: (epoch) => epoch.val?.loss - epoch.train_clean?.loss },
  noise: { noise: (epoch) => epoch.train_masked?.loss - epoch.train_clean?.loss },
};

const counted = (arm) => (arm.runs.length === 1 ? arm.runs : arm.runs.filter((run) => !brokeOff(run)));

// The last epoch to which the arm's mean is drawn, 0 for none.
function reach(arm) {
  const runs = counted(arm);
  const lengths = (some) => some.map((run) => run.epochs.length);
  const finished = runs.filter((run) => run.status === "finished" && run.epochs.length);
  return finished.length ? Math.min(...lengths(finished)) : Math.max(0, ...lengths(runs));
}

// Mean and half width of its 95 % interval (Student's t); half is null below two values.
function meanOf(values, quantiles) {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1);
  return { n, mean, half: n > 1 ? quantiles[n] * Math.sqrt(variance / n) : null };
}

// One row an epoch up to the arm's reach: {epoch, n, mean, half}. Kept until an epoch or an end is told.
function summarise(arm, measure, split, quantiles) {
  const key = `${measure} ${split}`;
  if (!arm.means.has(key)) arm.means.set(key, summariseAnew(arm, READ[measure][split], quantiles));
  return arm.means.get(key);
}

function summariseAnew(arm, read, quantiles) {
  const rows = [];
  const runs = counted(arm);
  const last = reach(arm);
  for (let i = 0; i < last; i++) {
    const values = runs.map((run) => run.epochs[i] && read(run.epochs[i])).filter(Number.isFinite);
    if (values.length) rows.push({ epoch: i + 1, ...meanOf(values, quantiles) });
  }
  return rows;
}

// Whether epochs of this arm are means of different numbers of runs.
function isUneven(arm, quantiles) {
  const rows = summarise(arm, "loss", "val", quantiles);
  return rows.length > 0 && rows[0].n !== rows.at(-1).n;
}

// Why a run is drawn by itself, beside or beyond the mean; "" when it is not.
function whyAlone(arm, run, last) {
  if (brokeOff(run)) return "broke";
  if (counted(arm).filter(({ epochs }) => epochs.length).length === BAND_SEEDS - 1) return "few";
  if (run.epochs.length <= last) return "";
  return hasEnded(run) ? "longer" : "training";
}

// Runs by themselves: [{seed, why, points: [[epoch, value]]}]; one that outlasts the mean begins where that ends.
function singles(arm, measure, split) {
  if (arm.runs.length < 2) return [];
  const read = READ[measure][split];
  const last = reach(arm);
  return arm.runs.map((run) => {
    const why = whyAlone(arm, run, last);
    const from = why === "longer" || why === "training" ? Math.max(0, last - 1) : 0;
    const points = why ? run.epochs.slice(from).map((epoch, i) => [from + i + 1, read(epoch)]) : [];
    return { seed: run.seed, why, points: points.filter(([, value]) => Number.isFinite(value)) };
  }).filter(({ points }) => points.length);
}

// The epoch with the least mean validation loss, and how many there are; null before the second.
function bestRow(arm, quantiles) {
  const rows = summarise(arm, "loss", "val", quantiles);
  return rows.length < 2 ? null : rows.reduce((best, row) => (row.mean < best.mean ? row : best));
}

// How the arm's runs stand, each at its own last epoch: {seeds, first, last} epochs and means by column.
function standing(arm, columns, quantiles) {
  const runs = counted(arm).filter((run) => run.epochs.length);
  const ends = runs.map((run) => run.epochs.length);
  const means = columns.map(([measure, split]) => {
    const values = runs.map((run) => READ[measure][split](run.epochs.at(-1))).filter(Number.isFinite);
    return values.length ? meanOf(values, quantiles) : null;
  });
  return { seeds: runs.length, first: Math.min(...ends), last: Math.max(...ends), means };
}
