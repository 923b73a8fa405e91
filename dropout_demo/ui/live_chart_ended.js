// Tells Python that the runs which it holds for unfinished have ended, until its own data say so.
//
// Once is not enough: what is sent while the connection to the server is down is lost, and the page
// would show running what has long ended.

const ASK_AGAIN = [3000, 20_000]; // ms between attempts, doubled from the first to the second
const ANSWERS = 5; // reruns whose data still say otherwise, after which they are left alone: never a loop

class EndNews {
  constructor(isEnded, send) {
    Object.assign(this, { isEnded, send, active: new Set(), answers: 0, timer: 0, wait: ASK_AGAIN[0] });
  }

  // What Python knew when the page ran; an answer, if it was asked.
  take(arms) {
    const runs = arms.flatMap((arm) => arm.runs);
    const active = new Set(runs.filter((run) => !ENDS.has(run.status)).map((run) => run.id));
    const same = active.size === this.active.size && [...active].every((id) => this.active.has(id));
    if (!same) this.stop();
    else if (this.timer) this.answers++;
    this.active = active;
    this.check();
  }

  check() {
    if (!this.active.size || ![...this.active].every(this.isEnded)) return this.stop();
    if (this.timer || this.answers >= ANSWERS) return;
    this.askIn(this.wait);
    this.wait = Math.min(2 * this.wait, ASK_AGAIN[1]);
    this.send([...this.active]);
  }

  askIn(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.check();
    }, wait);
  }

  // The server is there again: what was sent meanwhile is lost.
  reconnected() {
    this.wait = ASK_AGAIN[0];
    if (this.timer) this.askIn(this.wait);
  }

  stop() {
    clearTimeout(this.timer);
    Object.assign(this, { timer: 0, answers: 0, wait: ASK_AGAIN[0] });
  }
}
