// A class as its server tells it: named parts, kept up to date, and what a page asks of it.

const UNANSWERED = "The server does not answer; what you see may be old. Try again in a moment.";
const RETRY = 2000; // ms, after a refusal
const BASE = location.pathname.replace(/\/class\/.*$/, "");
const CODE = decodeURIComponent(location.pathname.split("/class/")[1].split("/")[0]);
const spoken = (code) => `${code.slice(0, 3)} ${code.slice(3)}`;

class Refused extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

// A request about this class; raises Refused with the server's sentence. secret: the teacher's.
async function ask(path, body = undefined, secret = "") {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  if (secret) headers.Authorization = `Bearer ${secret}`;
  const method = body === undefined ? "GET" : "POST";
  let answer;
  try {
    answer = await fetch(`${BASE}/api/classes/${encodeURIComponent(CODE)}${path}`, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Refused(UNANSWERED, 0);
  }
  if (answer.headers.get("Content-Type")?.startsWith("text/csv")) return answer.blob();
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(told.error ?? `The server answered with ${answer.status}.`, answer.status);
  return told;
}

class Watch {
  // onChange: called at most once a frame, with all parts.
  constructor(onChange, onState) {
    this.parts = {};
    this.onChange = onChange;
    this.onState = onState;
    this.listen();
  }

  listen() {
    this.source = new EventSource(`${BASE}/api/classes/${encodeURIComponent(CODE)}/stream`);
    this.source.addEventListener("whole", (message) => this.take({}, message));
    this.source.addEventListener("change", (message) => this.take(this.parts, message));
    this.source.onopen = () => this.onState("");
    this.source.onerror = () => {
      this.onState("The connection to the server is cut; what is shown may be old. Trying again …");
      if (this.source.readyState === EventSource.CLOSED) this.timer = setTimeout(() => this.listen(), RETRY);
    };
  }

  close() {
    clearTimeout(this.timer);
    this.source.close();
  }

  take(before, message) {
    this.parts = { ...before, ...JSON.parse(message.data) };
    for (const [name, part] of Object.entries(this.parts)) if (part === null && name !== "question") delete this.parts[name];
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.onChange(this.parts);
    });
  }
}

const percent = (value, digits = 1) => `${(100 * value).toFixed(digits)} %`;
const many = (count, one, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;
const startsWith = (parts, letter) => Object.entries(parts).filter(([name]) => name.startsWith(`${letter}/`));
const nameAt = (parts, seat) => (seat === null ? "The teacher" : (parts[`s/${seat}`] ? isolated(parts[`s/${seat}`]) : `Student ${seat + 1}`));

// A name that is written from right to left leaves the words and numbers around it in their order.
const isolated = (name) => (/[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(name) ? `\u2068${name}\u2069` : name);

function secondsInWords(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return `${Math.round(seconds / 60)} min`;
}
