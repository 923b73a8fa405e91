// What thin lines, bands and the ends of an axis mean, in the words of the chart's key. No page, no plotly.

const BAND_WORDS = "band: 95 % interval of the mean over seeds";
const THIN_WORDS = {
  few: "seeds of an arm with only two, too few for a band",
  training: "single seeds that still train",
  longer: "single seeds that trained longer than others of their arm",
  broke: "single seeds that broke off",
};

const hasBand = (arm, quantiles) => summarise(arm, "loss", "val", quantiles).some((row) => row.n >= BAND_SEEDS);

function bandWords(arms, quantiles) {
  if (!arms.some((arm) => hasBand(arm, quantiles))) return "";
  return BAND_WORDS + (arms.some((arm) => isUneven(arm, quantiles)) ? "; later epochs have fewer seeds so far" : "");
}

function thinWords(arms) {
  const reasons = new Set(arms.flatMap((arm) => singles(arm, "loss", "val").map(({ why }) => why)));
  const said = Object.keys(THIN_WORDS).filter((why) => reasons.has(why)).map((why) => THIN_WORDS[why]);
  return said.length ? `thin lines: ${said.join(", ")}` : "";
}

// beyond: numbers of the arms of which some points lie beyond an axis.
function beyondWords(arms, beyond) {
  const names = [...beyond].sort((a, b) => a - b).map((a) => arms[a].name);
  const said = names.length > SAID_ARMS ? `${names.slice(0, SAID_ARMS).join(", ")} and ${names.length - SAID_ARMS} more` : names.join(", ");
  return said && `beyond the axis, diverged: ${said}`;
}
