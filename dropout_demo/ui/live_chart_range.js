// The y axis of a plot: all there is to see, but not a diverged run that would flatten everything else.

const DIVERGED = 10 * Math.log(10); // nats a sample: ten times the loss of guessing one of ten classes
const CLIP = { share: 0.98, times: 1.5, least: Math.log(10) };
const PLAIN_TICKS = 1000; // from here on tick labels are powers of ten

// Up to which size values set the axis; Infinity where nothing diverged, or everything did.
function clipAt(measure, shown) {
  if (measure === "accuracy") return Infinity;
  const lines = shown.filter(({ spec }) => spec.kind === "line" || spec.kind === "single");
  if (!shown.some(({ trace }) => trace.y.some((y) => Math.abs(y) > DIVERGED))) return Infinity;
  const sizes = lines.flatMap(({ trace }) => trace.y.filter(Number.isFinite).map(Math.abs));
  const sane = sizes.filter((size) => size <= DIVERGED).sort((a, b) => a - b);
  if (!sane.length) return Infinity;
  return CLIP.times * Math.max(CLIP.least, sane[Math.ceil(CLIP.share * (sane.length - 1))]);
}

// {range, beyond}: the axis that holds every point on show, and the arms of which some lie beyond it.
// Before the first epoch there is room for where curves go.
function fitY({ measure, shown }) {
  const { early, least, limits, zero } = PLOTS[measure];
  const setting = shown.filter(({ spec }) => spec.kind !== "best");
  const clip = clipAt(measure, setting);
  const beyond = new Set();
  let [low, high] = zero ? [0, 0] : [Infinity, -Infinity];
  let epochs = false;
  setting.forEach(({ trace, spec: { kind, a } }) => {
    for (const y of trace.y) {
      if (y === null || Number.isNaN(y)) continue;
      if (Math.abs(y) <= clip && Number.isFinite(y)) [low, high] = [Math.min(low, y), Math.max(high, y)];
      else if (kind !== "band") beyond.add(a);
    }
    epochs ||= kind === "line" && trace.y.length > 0;
  });
  if (!epochs || low > high) [low, high] = [Math.min(low, early[0]), Math.max(high, early[1])];
  const pad = Math.max(0.05 * (high - low), (least - (high - low)) / 2);
  return { range: [Math.max(limits[0], low - pad), Math.min(limits[1], high + pad)], beyond };
}

// Powers of ten are wider than the plain numbers that the margin is made for.
const marginFor = (range) => (Math.max(...range.map(Math.abs)) >= PLAIN_TICKS ? 88 : 60);
