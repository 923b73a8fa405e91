// Colours of numbers: viridis, from small to large; what a mask drops has the page's own ground and is hatched.

const VIRIDIS = [
  [68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37],
];
const SHARE = { light: [0, 0.9], dark: [0.2, 1] }; // of viridis: what would come near the ground is left out

function viridis(at) {
  const place = Math.min(Math.max(at, 0), 1) * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(place), VIRIDIS.length - 2);
  const mixed = VIRIDIS[low].map((from, i) => Math.round(from + (place - low) * (VIRIDIS[low + 1][i] - from)));
  return `rgb(${mixed.join(",")})`;
}

// What is drawn with: 256 colours for bytes, ground and line of what is dropped, the frame of a map.
function themeOf(root) {
  const style = getComputedStyle(root);
  const dark = isDark(root);
  const [from, to] = dark ? SHARE.dark : SHARE.light;
  return {
    isDark: dark,
    ramp: Array.from({ length: 256 }, (_, byte) => viridis(from + ((to - from) * byte) / 255)),
    ground: style.getPropertyValue("--st-background-color").trim() || (dark ? "#11171E" : "#FFFFFF"),
    line: dark ? "#A9B4BF" : "#5B6673",
    frame: dark ? "#55626F" : "#AAB4BE",
  };
}

// One bit a number, the first in the highest place.
const bitAt = (bytes, at) => (bytes[at >> 3] >> (7 - (at & 7))) & 1;
