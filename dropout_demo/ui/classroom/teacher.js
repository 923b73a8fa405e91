// The teacher's desk: who runs, waits or failed, and every switch of the class.

const SECRET = new URLSearchParams(location.hash.slice(1)).get("key") ?? "";
const LOOK = 1000; // ms between looks at the desk

class Desk {
  constructor(root) {
    this.root = root;
    this.wrong = element("p", "cl-error");
    this.wrong.setAttribute("role", "alert");
    this.said = element("p", "cl-status");
    this.said.setAttribute("role", "status");
    this.open();
  }

  async open() {
    try {
      [this.about, this.desk] = await Promise.all([ask("", undefined, SECRET), ask("/desk", undefined, SECRET)]);
    } catch (error) {
      this.root.replaceChildren(element("h1", "", "Dropout Lab"), element("p", "cl-error", error.message));
      if (error.status === 0 || error.status === 429) setTimeout(() => this.open(), 3000);
      return;
    }
    document.title = `${this.about.name}: teacher – Dropout Lab`;
    const head = element("header", "cl-top");
    head.append(element("h1", "", this.about.name), element("p", "", `${this.about.mode === "votes" ? "" : `${this.about.words}. `}This page is yours alone: do not show its address.`));
    this.counts = element("p", "cl-strong");
    this.links = this.section("Bring the class in", this.linkNodes());
    this.switches = element("div", "cl-row");
    this.votes = element("div");
    this.table = element("div", "dl-scrolls");
    this.empty = this.table.appendChild(element("p", "cl-quiet"));
    this.table.tabIndex = 0;
    this.table.setAttribute("role", "region");
    this.table.setAttribute("aria-label", "Students and their networks");
    const chart = element("section", "cl-card");
    this.root.replaceChildren(head, this.wrong, this.section("The queue", [this.counts, this.switches]), this.section("Votes", [this.votes]), this.section("Students", [this.table]), this.section("Results", this.exportNodes()), this.links, chart, this.said);
    this.picture = new ClassChart(chart, this.about);
    this.watch = new Watch((parts) => this.picture.update(parts), (text) => setText(this.said, text));
    this.showVotes();
    this.show();
    this.timer = setInterval(() => this.look(), LOOK);
  }

  section(title, nodes) {
    const section = element("section", "cl-card");
    section.append(element("h2", "", title), ...nodes);
    return section;
  }

  linkNodes() {
    const row = element("div", "cl-row");
    const student = `${location.origin}${BASE}/class/${this.about.code}`;
    const code = element("p");
    code.append("Students open ", this.link(student), " or enter the code ", element("b", "cl-spoken", spoken(this.about.code)), " on the Classroom page.");
    const screen = element("p");
    screen.append("For the screen of the room: ", this.link(`${student}/screen`));
    const words = element("div", "cl-grow");
    words.append(code, screen);
    const qr = element("img", "cl-qr");
    qr.src = `${BASE}/api/qr.svg?path=${encodeURIComponent(`${BASE}/class/${this.about.code}`)}`;
    qr.alt = "The class's address as a QR code";
    row.append(words, qr);
    return [row];
  }

  link(address) {
    const link = element("a", "", address);
    link.href = address;
    link.target = "_blank";
    return link;
  }

  button(words, doing, className = "") {
    const button = element("button", `dl-button ${className}`, words);
    button.addEventListener("click", async () => {
      setText(this.wrong, "");
      button.disabled = true;
      try {
        await doing();
        if (!this.ended) await this.look();
      } catch (error) {
        setText(this.wrong, error.message);
      }
      button.disabled = false;
    });
    return button;
  }

  exportNodes() {
    const row = element("div", "cl-row");
    for (const [what, words] of [["results", "Results, one row a network (CSV)"], ["epochs", "Every epoch of every network (CSV)"]]) {
      row.append(this.button(words, async () => {
        const link = element("a");
        link.href = URL.createObjectURL(await ask(`/${what}.csv`, undefined, SECRET));
        link.download = `class-${this.about.code}-${what}.csv`;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      }));
    }
    return [row];
  }

  async look() {
    try {
      const before = [this.desk.question, this.desk.revealed];
      this.desk = await ask("/desk", undefined, SECRET);
      if (JSON.stringify(before) !== JSON.stringify([this.desk.question, this.desk.revealed])) this.showVotes();
      this.show();
      if (this.stale) setText(this.wrong, "");
      this.stale = false;
    } catch (error) {
      if (error.status === 404) return this.end();
      setText(this.wrong, error.message);
      this.stale = true; // the next look that succeeds takes the sentence away
    }
  }

  // The class was deleted, here or elsewhere.
  end() {
    clearInterval(this.timer);
    this.ended = true;
    this.watch.close();
    this.root.replaceChildren(element("h1", "", this.about.name), element("p", "", "The class was deleted. Its networks stay on the shelves of those who trained them."));
  }

  do(action, body = {}) {
    return ask(`/${action}`, body, SECRET);
  }

  show() {
    const { state, students } = this.desk;
    const runs = students.flatMap((student) => student.runs);
    const count = (...wanted) => runs.filter(({ status }) => wanted.includes(status)).length;
    const people = students.filter(({ seat }) => seat !== null).length;
    setText(this.counts, `${many(people, "student")}: ${many(count("finished"), "network")} trained, ${count("running")} training, ${count("queued")} waiting${state === "paused" ? " (paused)" : ""}, ${count("failed", "interrupted")} failed, ${count("cancelled")} stopped.${state === "ended" ? " The class has ended." : ""}`);
    if (this.switches.dataset.state !== state) {
      this.switches.dataset.state = state;
      this.switches.replaceChildren(...this.stateButtons(state));
    }
    this.showTable(students);
  }

  stateButtons(state) {
    const remove = this.button("Delete the class", async () => {
      if (!confirm("Delete the class with its nicknames and votes? Its networks stay with the students.")) return;
      await this.do("delete");
      this.end();
    });
    if (state === "ended") return [this.button("Open it again", () => this.do("reopen"), "dl-main"), remove];
    const queue = state === "paused" ? this.button("Let the queue go on", () => this.do("resume"), "dl-main") : this.button("Pause the queue", () => this.do("pause"));
    const own = this.button("Train the class's network first", () => this.do("train", { config: this.about.setting }));
    own.title = "Your own network goes before your class's that wait.";
    return [queue, own, this.button("End the class", () => this.do("end")), remove];
  }

  showVotes() {
    const { question, claims, revealed } = this.desk;
    const label = element("label", "cl-field", "Claim to vote on");
    const select = label.appendChild(element("select"));
    select.append(Object.assign(element("option", "", "none"), { value: 0 }));
    for (const { number, claim } of claims) select.append(Object.assign(element("option", "", `${number}. ${claim}`), { value: number, selected: number === question }));
    select.addEventListener("change", async () => {
      setText(this.wrong, "");
      try {
        await this.do("ask", { question: Number(select.value) });
        await this.look();
      } catch (error) {
        setText(this.wrong, error.message);
      }
    });
    const row = element("div", "cl-row");
    if (question) row.append(revealed ? this.button("Cover the answer", () => this.do("reveal", { revealed: false })) : this.button("Reveal votes and answer", () => this.do("reveal", { revealed: true }), "dl-main"));
    this.votes.replaceChildren(label, row);
  }

  // Rows stay where they are and change what they say: no button goes from under a finger.
  showTable(students) {
    if (!students.length) {
      if (!this.rows) setText(this.empty, "Nobody has joined yet.");
      return;
    }
    if (!this.rows) {
      const table = element("table");
      const head = table.appendChild(element("thead")).appendChild(element("tr"));
      for (const words of ["Student", "Networks", "On the screen"]) head.append(Object.assign(element("th", "", words), { scope: "col" }));
      this.body = table.appendChild(element("tbody"));
      this.rows = new Map();
      this.table.replaceChildren(table);
    }
    students.forEach((student, place) => {
      let row = this.rows.get(student.seat);
      if (!row) {
        row = new Row(this, student.seat);
        this.rows.set(student.seat, row);
      }
      if (this.body.children[place] !== row.root) this.body.insertBefore(row.root, this.body.children[place] ?? null);
      row.show(student);
    });
  }

  words({ arm, seed, status, position, seconds_left: left, progress, accuracy, why }) {
    const what = `${arm}, seed ${seed}`;
    if (status === "queued") return `${what}: waits${position ? `, number ${position} in the queue` : ""}${left === null ? "" : `, done in about ${secondsInWords(left)}`}`;
    if (status === "running") return `${what}: trains, ${Math.round(100 * progress)} %${left === null ? "" : `, ${secondsInWords(left)} left`}`;
    if (status === "finished") return `${what}: ${percent(accuracy)}`;
    return `${what}: ${{ failed: "failed", cancelled: "stopped", interrupted: "cut off" }[status] ?? status}${why ? `. ${why}` : ""}`;
  }
}

// One student's, or the teacher's own.
class Row {
  constructor(desk, seat) {
    this.desk = desk;
    this.root = element("tr");
    this.name = this.root.appendChild(Object.assign(element("th"), { scope: "row" }));
    this.networks = this.root.appendChild(element("td", "cl-networks"));
    this.lines = new Map();
    this.none = this.networks.appendChild(element("span", "cl-quiet"));
    const acts = this.root.appendChild(element("td"));
    if (seat !== null) this.hide = acts.appendChild(desk.button("", () => desk.do("hide", { seat, hidden: !this.hidden }), "cl-small"));
  }

  show({ seat, nickname, hidden, runs, vote }) {
    this.hidden = hidden;
    this.name.className = hidden ? "cl-hidden" : "";
    setText(this.name, seat === null ? nickname : `${seat + 1}. ${isolated(nickname)}${hidden ? " (hidden)" : ""}`);
    if (this.hide) setText(this.hide, hidden ? "Show the name" : "Hide the name");
    for (const run of runs) this.showRun(run);
    setText(this.none, runs.length ? "" : vote === undefined ? "nothing yet" : "voted");
  }

  showRun(run) {
    let line = this.lines.get(run.run);
    if (!line) {
      line = this.networks.appendChild(element("div"));
      line.append(element("span"), this.desk.button("Stop", () => this.desk.do("stop", { run: run.run }), "cl-small"));
      this.lines.set(run.run, line);
    }
    setText(line.firstElementChild, this.desk.words(run));
    if (run.status !== "queued" && run.status !== "running") line.querySelector("button")?.remove();
  }
}

new Desk(document.getElementById("class"));
