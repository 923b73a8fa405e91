// Which units of a drawn layer are struck out at a rate: drawn once by lot, so that nothing flickers.
//
// A unit has a rank for each kind of dropout; at rate p the lowest share p of the ranks is struck. So
// a higher rate strikes more units and never gives one back.

const BLOCK = 3; // side of a dropped block, in drawn units

// mulberry32 by Tommy Ettinger: small, and the same numbers everywhere.
function lot(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// The numbers 0 … n-1 in the order of a draw.
function shuffled(n, seed) {
  const random = lot(seed);
  const order = Array.from({ length: n }, (_, at) => at);
  for (let at = n - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}

function ranks(order) {
  const rank = new Array(order.length);
  order.forEach((unit, at) => { rank[unit] = at; });
  return rank;
}

// At least one, at most all but one: a rate above 0 and below 1 shows as such.
function countOf(p, n) {
  return p <= 0 ? 0 : Math.min(Math.max(Math.round(p * n), 1), Math.max(n - 1, 1));
}

// struck(p) of n units one by one: an array of booleans.
function singles(n, seed) {
  const rank = ranks(shuffled(n, seed));
  return (p) => {
    const cut = countOf(p, n);
    return rank.map((at) => at < cut);
  };
}

// struck(p) of sheets * side * side units in whole squares, as many as come nearest to the share.
function blocks(sheets, side, seed) {
  const size = Math.min(BLOCK, Math.max(1, side - 1));
  const places = side - size + 1;
  const covers = []; // units that each further square newly covers
  const covered = new Set();
  for (const draw of shuffled(sheets * places * places, seed)) {
    const sheet = Math.floor(draw / (places * places));
    const [row, column] = [Math.floor((draw % (places * places)) / places), draw % places];
    const fresh = [];
    for (let y = row; y < row + size; y++) {
      for (let x = column; x < column + size; x++) {
        const unit = (sheet * side + y) * side + x;
        if (!covered.has(unit)) fresh.push(unit);
        covered.add(unit);
      }
    }
    covers.push(fresh);
  }
  return (p) => {
    const struck = new Array(sheets * side * side).fill(false);
    let left = countOf(p, struck.length);
    for (const fresh of covers) {
      if (left <= 0 || fresh.length > 2 * left) break;
      left -= fresh.length;
      fresh.forEach((unit) => { struck[unit] = true; });
    }
    return struck;
  };
}

// factors(p): what Gaussian dropout multiplies n units by, of mean 1 and variance p / (1 - p).
function factors(n, seed) {
  const random = lot(seed);
  const normal = Array.from({ length: n }, () =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
  return (p) => {
    const spread = Math.sqrt(p / (1 - p));
    return normal.map((z) => 1 + spread * z);
  };
}

// 0 (as good as dropped) … 4 (made much larger); 2 is about as it was.
function level(factor) {
  const size = Math.abs(factor);
  return size < 0.35 ? 0 : size < 0.75 ? 1 : size <= 1.25 ? 2 : size <= 1.75 ? 3 : 4;
}
