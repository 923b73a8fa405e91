// What is known of runs. No page, no plotly.
//
// live_chart.py joins the files live_chart_*.js and live_chart.js to one module.

const KINDS = ["started", "step", "epoch", "finished", "failed", "cancelled", "interrupted"];
const ENDS = new Set(["finished", "failed", "cancelled", "interrupted"]);
const STEP_POINTS = [60, 800]; // a run's step line: never more points than a chart has pixels
const ALL_STEP_POINTS = 8000; // of all runs together, so that many draw as fast as few

function newRun(spec, epochs, runs) {
  const points = Math.min(STEP_POINTS[1], Math.max(STEP_POINTS[0], ALL_STEP_POINTS / runs));
  const run = {
    id: spec.id, seed: spec.seed, status: spec.status, totalEpochs: epochs,
    lastSeq: 0, closed: false, stepsPerEpoch: null, stepGap: epochs / points, steps: { x: [], loss: [], accuracy: [] }, epochs: [],
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
  if (x.length && at - x.at(-1) < run.stepGap) return;
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
const brokeOff = (run) => hasEnded(run) && run.status !== "finished";
