// Linear regression with dropout, number for number what evidence/linear.py computes.

const SCALES = [1, 0.4];
const TRUE_WEIGHTS = [1, 2];
const STREAM = { features: 1, order: 2, masks: 3 };

// mulberry32 (Tommy Ettinger, public domain): it hashes a counter, so streams need no state.
function uniforms(seed, stream) {
  let at = (Math.imul(seed, 0x9e3779b1) + Math.imul(stream, 0x85ebca6b)) | 0;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let t = Math.imul(at ^ (at >>> 15), at | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

// Features (points × 2) and targets, in plain arrays.
function drawPoints({ seed, points, correlation, noise }) {
  const next = uniforms(seed, STREAM.features);
  const normal = () => {
    const size = Math.sqrt(-2 * Math.log(1 - next()));
    return size * Math.cos(2 * Math.PI * next());
  };
  const drawn = { first: [], second: [], targets: [] };
  for (let i = 0; i < points; i += 1) {
    const [a, b, e] = [normal(), normal(), normal()];
    const first = a * SCALES[0];
    const second = (correlation * a + Math.sqrt(1 - correlation ** 2) * b) * SCALES[1];
    drawn.first.push(first);
    drawn.second.push(second);
    drawn.targets.push(first * TRUE_WEIGHTS[0] + second * TRUE_WEIGHTS[1] + noise * e);
  }
  return drawn;
}

// The weights that make ‖y − Xw‖² + penalty[0]·w₁² + penalty[1]·w₂² least.
function solved({ aa, ab, bb, ay, by }, penalty) {
  const [p, q] = [aa + penalty[0], bb + penalty[1]];
  const det = p * q - ab * ab;
  return [(q * ay - ab * by) / det, (p * by - ab * ay) / det];
}

function closedForms(drawn, keep) {
  const sums = { aa: 0, ab: 0, bb: 0, ay: 0, by: 0 };
  drawn.targets.forEach((y, i) => {
    const [a, b] = [drawn.first[i], drawn.second[i]];
    sums.aa += a * a;
    sums.ab += a * b;
    sums.bb += b * b;
    sums.ay += a * y;
    sums.by += b * y;
  });
  const strength = (1 - keep) / keep;
  const even = (strength * (sums.aa + sums.bb)) / 2;
  return {
    squares: solved(sums, [0, 0]),
    closed: solved(sums, [strength * sums.aa, strength * sums.bb]),
    ridge: solved(sums, [even, even]),
  };
}

// All iterates, and their running sums: entry t is after t steps.
function descend(drawn, { seed, points, keep, rate, steps }) {
  const [pick, mask] = [uniforms(seed, STREAM.order), uniforms(seed, STREAM.masks)];
  const path = [new Float64Array(steps + 1), new Float64Array(steps + 1)];
  const sums = [new Float64Array(steps + 1), new Float64Array(steps + 1)];
  let [first, second] = [0, 0];
  for (let t = 1; t <= steps; t += 1) {
    const i = Math.floor(pick() * points);
    const a = mask() < keep ? drawn.first[i] / keep : 0;
    const b = mask() < keep ? drawn.second[i] / keep : 0;
    const pull = rate * (first * a + second * b - drawn.targets[i]);
    first -= pull * a;
    second -= pull * b;
    path[0][t] = first;
    path[1][t] = second;
    sums[0][t] = sums[0][t - 1] + first;
    sums[1][t] = sums[1][t - 1] + second;
  }
  const halfway = (t) => Math.floor(t / 2);
  return {
    path,
    at: (t) => [path[0][t], path[1][t]],
    // The mean of the weights after the last half of t steps.
    average: (t) => sums.map((sum) => (sum[t] - sum[halfway(t)]) / (t - halfway(t))),
  };
}

const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

// noise² + (w − w*)ᵀ Σ (w − w*): the mean squared error on new points, exactly.
function predictionError({ noise, correlation }, weights) {
  const [a, b] = weights.map((w, i) => (w - TRUE_WEIGHTS[i]) * SCALES[i]);
  return noise ** 2 + a * a + b * b + 2 * correlation * a * b;
}

// Everything that is shown of a setting.
function reckon(setting) {
  const drawn = drawPoints(setting);
  const forms = closedForms(drawn, setting.keep);
  const run = descend(drawn, setting);
  const [last, average] = [run.at(setting.steps), run.average(setting.steps)];
  return { ...forms, run, last, average, fled: ![...last, ...average].every((w) => Math.abs(w) < 1e6) };
}
