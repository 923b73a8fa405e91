// One connection for all runs of a chart: opened, taken up again when it breaks, closed when all is said.

const RETRY = [1000, 30_000]; // ms between attempts, where the browser does not try again by itself

class Stream {
  constructor(url, { onMessage, onConnected, isDone }) {
    Object.assign(this, { url, onMessage, onConnected, isDone, source: null, timer: 0, wait: RETRY[0] });
  }

  open() {
    if (this.source || this.isDone()) return;
    clearTimeout(this.timer);
    this.source = new EventSource(this.url);
    this.source.onopen = () => {
      this.wait = RETRY[0];
      this.onConnected(true);
    };
    this.source.onerror = () => this.lost();
    for (const kind of [...KINDS, "status"]) this.source.addEventListener(kind, (message) => this.take(kind, message));
    this.source.addEventListener("batch", (message) => this.takeAll(message));
  }

  take(kind, message) {
    this.onMessage(kind, JSON.parse(message.data));
    if (this.isDone()) this.close();
  }

  // Thousands of events that were there before come as lists: one message each would cost the page a second.
  takeAll(message) {
    for (const event of JSON.parse(message.data)) this.onMessage(event.kind, event);
    if (this.isDone()) this.close();
  }

  // A cut connection is taken up by the browser, with Last-Event-ID; a refused one by us, from the beginning.
  lost() {
    if (this.isDone()) return this.close();
    this.onConnected(false);
    if (this.source?.readyState !== EventSource.CLOSED) return;
    this.close();
    this.timer = setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(2 * this.wait, RETRY[1]);
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }
}
