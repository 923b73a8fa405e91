// Colour by value, the same on every map.

// Cividis (Nuñez, Anderton, Renslow 2018): even to the eye, also of those who are colour-blind.
const RAMP = [[0, 34, 78], [53, 69, 108], [102, 105, 112], [148, 142, 119], [200, 184, 102], [254, 232, 56]];

function paint(share) {
  const at = Math.min(Math.max(share, 0), 1) * (RAMP.length - 1);
  const [low, part] = [Math.min(Math.floor(at), RAMP.length - 2), at - Math.min(Math.floor(at), RAMP.length - 2)];
  const rgb = RAMP[low].map((from, i) => Math.round(from + part * (RAMP[low + 1][i] - from)));
  const light = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] > 120;
  return { ground: `rgb(${rgb.join(",")})`, ink: light ? "#000" : "#fff" };
}
