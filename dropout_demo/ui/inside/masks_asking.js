// Questions to the server: one under way, and of those that came meanwhile the last alone.

const PATIENCE = 300; // ms that an overtaken question may still take; then it is broken off
const AWAY = "The server does not answer; what is shown is the last mask that came.";

class Asking {
  constructor({ onAnswer, onProblem, onBusy }) {
    Object.assign(this, { onAnswer, onProblem, onBusy, next: null, running: null, closed: false });
  }

  get isBusy() {
    return Boolean(this.running);
  }

  // what: anything that is given back with the answer.
  ask(url, body, what) {
    this.next = { url, body, what };
    if (!this.running) {
      this.run();
      return;
    }
    const { controller, since } = this.running;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => controller.abort(), Math.max(0, since + PATIENCE - performance.now()));
  }

  async run() {
    const { url, body, what } = this.next;
    const controller = new AbortController();
    Object.assign(this, { next: null, running: { controller, since: performance.now() } });
    this.onBusy(true);
    let told, problem;
    try {
      const response = await fetch(url, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal: controller.signal,
      });
      const said = await response.json();
      if (response.ok) told = said;
      else problem = String(said.error ?? AWAY);
    } catch {
      problem = AWAY; // no connection, no JSON, or broken off for a later question
    }
    clearTimeout(this.timer);
    this.running = null;
    if (this.closed) return;
    if (told) this.onAnswer(told, what);
    else if (!this.next) this.onProblem(problem);
    if (this.running) return; // what was just drawn asked anew
    if (this.next) this.run();
    else this.onBusy(false);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.running?.controller.abort();
  }
}
