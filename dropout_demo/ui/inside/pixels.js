// Pictures of 32 × 32 between Python, a canvas and the server; and asking what networks see in one.

const SIDE = 32;
const PLAIN_ERROR = "The server did not answer; try again.";

const base64Of = (bytes) => btoa(String.fromCharCode(...bytes));

// rgb: 32 × 32 × 3 bytes, row after row.
function showPixels(canvas, rgb) {
  const image = new ImageData(SIDE, SIDE);
  for (let at = 0; at < SIDE * SIDE; at++) {
    image.data.set([rgb[3 * at], rgb[3 * at + 1], rgb[3 * at + 2], 255], 4 * at);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function pixelCanvas(className) {
  const canvas = element("canvas", className);
  canvas.width = canvas.height = SIDE;
  return canvas;
}

// Asks one thing at a time; of what was wanted meanwhile, only the last is asked.
class Asker {
  constructor(onTold) {
    Object.assign(this, { onTold, busy: false, next: null, closed: false });
  }

  async ask(path, networks, pixels) {
    this.next = { path, networks, pixels };
    if (this.busy) return;
    this.busy = true;
    while (this.next && !this.closed) {
      const wanted = this.next;
      this.next = null;
      const told = await answerTo(wanted);
      if (!this.next && !this.closed) this.onTold(told);
    }
    this.busy = false;
  }

  // Nothing is wanted any more, also not what is under way.
  forget() {
    this.ask("", [], null);
  }
}

async function answerTo({ path, networks, pixels }) {
  if (!pixels) return { networks: [] };
  const body = {
    networks: networks.map(({ run, epoch }) => ({ run, epoch })),
    question: { pixels: base64Of(pixels) },
  };
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const told = await answer.json();
    return answer.ok ? told : { error: told.error ?? PLAIN_ERROR };
  } catch {
    return { error: PLAIN_ERROR };
  }
}
