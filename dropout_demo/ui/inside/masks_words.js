// What is seen, in words made from the numbers.

const whole = new Intl.NumberFormat("en");
const count = (number) => whole.format(number);
const percent = (share, digits = 0) => `${(100 * share).toFixed(digits)} %`;
const number = (value) => value.toFixed(Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2).replace("-", "−");
const times = (scale) => scale.toFixed(2).replace(/\.?0+$/, "");
const many = (n, one, more = `${one}s`) => `${count(n)} ${n === 1 ? one : more}`;

const CONVOLUTIONS = ["conv1", "conv2", "conv3"];

const place = ({ layer, pool }) => `${layer}${pool === "before" ? ", before pooling" : ""}`;

function maskSentence(wish, scale) {
  if (wish.rate === 0) return "At rate 0 nothing drops: with and without the mask are the same.";
  const what = wish.drop === "channel" ? "channel" : "number";
  return `Mask ${count(wish.seed)} at ${place(wish)}: each ${what} drops with probability ${wish.rate}; what is left is multiplied by ${times(scale)}.`;
}

function droppedWords(mask) {
  if (mask.channels) return `${count(mask.channels.dropped)} of ${many(mask.channels.all, "channel")} (${percent(mask.channels.dropped / mask.channels.all)})`;
  return `${count(mask.dropped)} of ${many(mask.units, "number")} (${percent(mask.dropped / mask.units)})`;
}

function guess(shares, classes) {
  const best = shares.indexOf(Math.max(...shares));
  return `${classes[best]} (${percent(shares[best])})`;
}

function networkSentence({ mask, probabilities, classes }) {
  const [before, after] = [guess(probabilities.without, classes), guess(probabilities.with, classes)];
  return `The mask drops ${droppedWords(mask)}. The network says ${before} without it, ${after} with it.`;
}

const MET = {
  element: "masks of single numbers", channel: "masks of whole channels", block: "masks of square patches",
  gaussian: "Gaussian noise", connect: "dropped weights (DropConnect)",
};

// Empty if the network was trained with such masks. met: its kinds of dropout by layer.
function trainingSentence({ neverMasked, met }, { layer, drop }) {
  if (neverMasked) return "In training it never met a mask.";
  const kinds = met[layer] ? [met[layer]] : [...new Set(Object.values(met))];
  return kinds.includes(drop) ? "" : `In training it met ${kinds.map((kind) => MET[kind]).join(" and ")} instead.`;
}

function momentsSentence({ without, counted, masks }, wish) {
  if (wish.rate === 0) return "At rate 0 mean and spread stay as they are.";
  const from = (which) => `from ${number(without[which])} to ${number(counted[which])}`;
  if (wish.pool === "before" && wish.drop === "element") {
    return `The pool takes the largest of what is left, scaled up: the mean goes ${from("mean")}, the spread ${from("std")}.`;
  }
  return `The mean stays (${number(without.mean)}, and ${number(counted.mean)} over ${count(masks)} masks); the spread grows ${from("std")}.`;
}

// masks: what each network's mask counts; alike for networks of one width.
function poolSentence(wish, masks) {
  const p = wish.rate;
  if (!CONVOLUTIONS.includes(wish.layer)) return `Only convolutions are pooled: at ${wish.layer} there is no before and after.`;
  if (wish.drop === "channel") return `A channel takes its windows along: each survives with 1 − p = ${percent(1 - p, 1)}, before pooling or after.${windowsCounted(masks)}`;
  const formula = `1 − p⁴ = ${percent(1 - p ** 4, 1)}`;
  if (wish.pool === "after") return `After pooling each number survives with probability 1 − p = ${percent(1 - p, 1)}. Before it, a 2 × 2 window would with ${formula}: it dies only if all four drop.`;
  return `A 2 × 2 window dies only if all four of its numbers drop: it survives with probability ${formula}.${windowsCounted(masks)}`;
}

function windowsCounted(masks) {
  const told = masks.filter(({ windows }) => windows).map(({ windows }) => `${count(windows.survived)} of ${many(windows.all, "window")} (${percent(windows.survived / windows.all, 1)})`);
  return told.length ? ` In this mask ${[...new Set(told)].join(" and ")} survive.` : "";
}

function denseSentence({ flatten, fc1, logits }, wish) {
  const struck = [["flatten", flatten], ["fc1", fc1], ["the scores", logits]].filter(([, { dropped_of_all }]) => dropped_of_all > 0);
  if (wish.rate === 0) return "At rate 0 no unit is struck out.";
  if (!struck.length) {
    const where = ["flatten", "fc1", "logits", "conv3"].includes(wish.layer);
    return where ? "By chance this mask strikes out no unit here." : `The mask stands at ${wish.layer}: no unit here is struck out, but what they give changes.`;
  }
  const told = struck.map(([name, { dropped, dropped_of_all, all }]) => `${count(dropped.filter(Boolean).length)} of the ${dropped.length} drawn (${count(dropped_of_all)} of all ${count(all)}) at ${name}`);
  return `Struck out, and their lines gone: ${told.join(", ")}.`;
}

function pictureLabel(picture, which, wish, dropped) {
  const isMaps = picture.rows > 1 || picture.maps > 1;
  const what = isMaps ? `${count(picture.shown)} of ${many(picture.maps, "map")}, ${picture.rows} by ${picture.columns}` : many(picture.columns, "unit");
  const mean = number(which === "with" ? picture.mean_with : picture.mean);
  const mask = which === "without" ? "without a mask" : `with mask ${wish.seed} at ${place(wish)}`;
  return `${picture.layer}, ${what}, ${mask}: mean ${mean}${dropped ? `, ${dropped} dropped` : ""}`;
}
