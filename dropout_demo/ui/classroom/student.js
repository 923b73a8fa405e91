// A student's page: join by a nickname, train, vote, and see what the class makes together.

class Student {
  constructor(root) {
    this.root = root;
    this.parts = {};
    this.said = element("p", "cl-status");
    this.said.setAttribute("role", "status");
    this.wrong = element("p", "cl-error");
    this.wrong.setAttribute("role", "alert");
    this.own = element("section", "cl-card");
    this.head = element("div");
    this.trained = element("div");
    this.next = element("div");
    this.own.append(this.head, this.trained, this.next);
    this.vote = element("section", "cl-card");
    this.chart = element("section", "cl-card");
    this.open();
  }

  async open() {
    try {
      this.about = await ask("");
    } catch (error) {
      this.root.replaceChildren(element("h1", "", "Dropout Lab"), element("p", "cl-error", error.message));
      if (error.status === 0 || error.status === 429) setTimeout(() => this.open(), 5000);
      else this.root.append(this.otherCode());
      return;
    }
    document.title = `${this.about.name} – Dropout Lab`;
    const head = element("header", "cl-top");
    head.append(element("h1", "", this.about.name), element("p", "", `${this.about.mode === "votes" ? "" : `${this.about.words}. `}Code ${spoken(this.about.code)}.`));
    this.root.replaceChildren(head, this.wrong, this.own, this.vote, this.chart, this.said);
    this.picture = new ClassChart(this.chart, this.about, { seat: this.about.me?.seat });
    this.show();
    this.watch ??= new Watch((parts) => this.take(parts), (text) => this.connected(text));
  }

  // The server answers again, or does not: then what it left unanswered is no news any more.
  connected(text) {
    setText(this.said, text);
    if (text === "" && this.unanswered) setText(this.wrong, "");
    if (text === "") this.unanswered = false;
  }

  fail(error) {
    setText(this.wrong, error.message);
    this.unanswered = error.status === 0;
  }

  otherCode() {
    const form = element("form", "cl-form");
    const label = form.appendChild(element("label", "", "Another code"));
    const input = label.appendChild(element("input"));
    input.maxLength = 9;
    input.autocapitalize = "characters";
    form.append(element("button", "dl-button dl-main", "Open"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      location.href = `${BASE}/class/${encodeURIComponent(input.value.trim())}`;
    });
    return form;
  }

  take(parts) {
    const before = this.parts;
    this.parts = parts;
    if (parts.class?.state === "deleted") {
      this.watch.close();
      this.root.replaceChildren(element("h1", "", this.about.name), element("p", "", "This class was deleted by its teacher. Your networks are on your shelf in the Lab."));
      return;
    }
    this.picture.update(parts);
    if (before.question && parts.question && before.question.number !== parts.question.number && this.about.me) {
      this.about.me.vote = null;
      this.act(() => {}); // what this student chose when the question was put before
    }
    this.show();
  }

  // Do what the server may refuse, one thing after the other, and say so where it was asked for.
  act(doing) {
    this.acts = (this.acts ?? Promise.resolve()).then(async () => {
      this.freeze(true);
      try {
        await doing();
        setText(this.wrong, "");
      } catch (error) {
        this.fail(error);
      }
      try {
        this.about = await ask("");
        this.picture.seat = this.about.me?.seat;
      } catch (error) {
        this.fail(error);
      }
      this.freeze(false);
      this.show();
      this.picture.update(this.parts);
    });
  }

  // While something is under way its buttons rest; what was typed stays.
  freeze(busy) {
    for (const button of this.own.querySelectorAll("button")) button.disabled = busy;
  }

  show() {
    const state = this.parts.class?.state ?? this.about.state;
    if (!this.about.me) this.showJoin(state);
    else this.showOwn(state);
    this.showVote(state);
  }

  // Drawn again only when what it says has changed: a form keeps its focus and its text.
  once(section, key, draw) {
    const text = JSON.stringify(key);
    if (section.dataset.key === text) return;
    section.dataset.key = text;
    section.hidden = false;
    section.replaceChildren(...draw());
  }

  showJoin(state) {
    for (const section of [this.trained, this.next]) this.once(section, ["join"], () => []);
    this.once(this.head, ["join", state], () => {
      if (state === "ended") return [element("p", "", "The class has ended.")];
      const form = element("form", "cl-form");
      const label = form.appendChild(element("label", "", "Your nickname, which the class sees"));
      const input = label.appendChild(element("input"));
      Object.assign(input, { name: "nickname", maxLength: 60, required: true, autocomplete: "off", value: this.nickname ?? "" });
      form.append(element("button", "dl-button dl-main", "Join"));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.nickname = input.value;
        this.act(() => ask("/join", { nickname: input.value }));
      });
      return [element("h2", "", "Join the class"), form, element("p", "cl-quiet", "No account: this browser remembers your seat.")];
    });
  }

  showOwn(state) {
    const { me } = this.about;
    const runs = me.runs.map((id) => ({ id, ...this.parts[`r/${id}`] }));
    const line = Object.fromEntries(me.runs.map((id) => [id, this.parts.line?.[id]]));
    const name = this.parts[`s/${me.seat}`] || me.nickname;
    const told = runs.map((run) => this.runWords(run, line[run.id], state));
    this.once(this.head, ["own", name], () => [element("h2", "", `You are ${isolated(name)}`)]);
    this.showTrained(runs, told);
    this.once(this.next, ["next", state, me.runs.length, me.runs_left, me.next?.arm, me.next?.seed, me.epochs_left], () => {
      if (this.about.mode === "votes") return [element("p", "", "Predict first: the teacher's question stands below.")];
      if (state === "ended") return [element("p", "", "The class has ended; its results stay.")];
      if (!me.runs_left) return told.length ? [element("p", "cl-quiet", "You have trained all that this class lets each of you train.")] : [];
      return this.about.mode === "contest" ? this.contestForm(me) : this.startButton(me);
    });
  }

  // The words of a run change as it trains; its button stays, with the focus it may have.
  showTrained(runs, told) {
    const ends = runs.map(({ id, status }) => [id, status === "running" || status === "queued" ? "under way" : status]);
    this.once(this.trained, ["runs", ends], () => {
      if (!runs.length) return [];
      const list = element("ul", "cl-runs");
      for (const run of runs) {
        const item = list.appendChild(element("li"));
        item.append(element("span"));
        if (run.status === "running" || run.status === "queued") item.append(this.stopButton(run.id));
        else if (run.status === "finished") item.append(" ", this.link(`${BASE}/?run=${run.id}`, "Open it in the Lab"));
      }
      return [list];
    });
    this.trained.querySelectorAll("li > span").forEach((span, i) => setText(span, told[i]));
  }

  runWords(run, line, state) {
    const what = `Network ${run.number === undefined ? "" : run.number + 1}${run.arm ? ` (${run.arm}, seed ${run.seed})` : ""}`;
    const [place, end] = line ?? [null, null];
    const left = end === null ? "" : `, about ${secondsInWords(end - Date.now() / 1000)} left`;
    if (run.status === "queued") {
      if (state === "paused") return `${what} waits: the teacher has paused the queue.`;
      return `${what} waits${place ? `; it is number ${place} in the queue` : ""}${left}.`;
    }
    if (run.status === "running") return `${what} trains: epoch ${run.accuracy.length} of ${run.epochs}${run.accuracy.length ? `, validation accuracy ${percent(run.accuracy.at(-1))}` : ""}${left}.`;
    if (run.status === "finished") return `${what} reached ${percent(run.final ?? run.accuracy.at(-1) ?? 0)} validation accuracy.`;
    return `${what} ${{ failed: "failed", cancelled: "was stopped", interrupted: "was cut off" }[run.status] ?? "is on its way"}.`;
  }

  stopButton(run) {
    const button = element("button", "dl-button cl-small", "Stop");
    button.addEventListener("click", () => this.act(async () => {
      const answer = await fetch(`${BASE}/api/runs/${run}`, { method: "DELETE" }).catch(() => {
        throw new Refused(UNANSWERED, 0);
      });
      if (!answer.ok) throw new Refused((await answer.json()).error, answer.status);
    }));
    return button;
  }

  link(address, words) {
    const link = element("a", "", words);
    link.href = address;
    link.target = "_blank";
    return link;
  }

  startButton({ next, runs, runs_left: left }) {
    const place = this.about.mode === "cells" ? "Your place on the map" : "Your network";
    const button = element("button", "dl-button dl-main", runs.length ? "Train my next network" : "Train my network");
    button.addEventListener("click", () => this.act(() => ask("/runs", { number: runs.length })));
    return [element("p", "", `${place}: ${next.arm}, seed ${next.seed}.`), button, element("p", "cl-quiet", `About ${secondsInWords(next.seconds)}, with what waits now. ${many(left, "network")} left.`)];
  }

  contestForm({ runs, epochs_left: epochs, runs_left: left }) {
    const form = element("form", "cl-form cl-contest");
    const before = this.values ?? {};
    for (const field of this.about.form) form.append(this.field(field, before[field.name] ?? field.value));
    form.append(element("button", "dl-button dl-main", "Train it"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.values = this.read(form);
      this.act(() => ask("/runs", { number: runs.length, config: { ...this.about.setting, ...this.values } }));
    });
    return [element("p", "", `You may train ${epochs} more epochs in ${many(left, "network")}.`), form];
  }

  field({ name, words, help, kind, options, layers, least, most, optional }, now) {
    if (kind === "rates") {
      const group = element("fieldset", "cl-rates");
      group.append(element("legend", "", "Rate of dropout"));
      for (const layer of layers) {
        const label = group.appendChild(element("label", "", layer.words));
        const input = label.appendChild(element("input"));
        Object.assign(input, { type: "number", min: 0, max: 0.95, step: 0.05, value: rateOf(now[layer.name]) });
        input.dataset.layer = layer.name;
      }
      return group;
    }
    const label = element("label", "", words);
    label.title = help;
    const input = label.appendChild(element(kind === "choice" ? "select" : "input"));
    input.dataset.field = name;
    if (kind === "choice") input.append(...options.map((option) => Object.assign(element("option", "", option), { value: option, selected: option === now })));
    else Object.assign(input, { type: "number", min: least, max: most, step: kind === "whole" ? 1 : "any", required: !optional, value: now ?? "" });
    return label;
  }

  read(form) {
    const values = {};
    const rates = [...form.querySelectorAll("[data-layer]")];
    if (rates.length) values.dropout = Object.fromEntries(rates.filter(({ value }) => Number(value) > 0).map((input) => [input.dataset.layer, this.drop(input)]));
    for (const input of form.querySelectorAll("[data-field]")) {
      if (input.tagName === "SELECT") values[input.dataset.field] = input.value;
      else values[input.dataset.field] = input.value === "" ? null : Number(input.value);
    }
    return values;
  }

  // The rate is the student's; its kind is that of the class's network, where that drops there.
  drop({ value, dataset: { layer } }) {
    const { kind } = this.about.setting.dropout[layer] ?? {};
    return kind ? { p: Number(value), kind } : Number(value);
  }

  showVote(state) {
    const { question } = this.parts;
    this.vote.hidden = !question || !this.about.me;
    if (this.vote.hidden) {
      delete this.vote.dataset.key;
      return;
    }
    const mine = this.about.me.vote ?? undefined;
    const { number, revealed, answer } = question;
    this.once(this.vote, [number, revealed, answer, state], () => {
      const box = element("fieldset", "dl-choices cl-ballot");
      box.append(element("legend", "", question.question));
      question.options.forEach((option, i) => {
        const label = box.appendChild(element("label"));
        const input = label.appendChild(element("input"));
        Object.assign(input, { type: "radio", name: "vote", disabled: revealed || state === "ended" });
        input.addEventListener("change", () => this.act(() => ask("/votes", { question: number, choice: i })));
        label.append(element("span", "", option));
      });
      return [element("h2", "", "Predict"), element("p", "", question.claim), box, element("p", revealed ? "cl-answer" : "cl-quiet", revealed ? answer : "")];
    });
    this.vote.querySelectorAll("input").forEach((input, i) => {
      if (document.activeElement !== input || mine !== undefined) input.checked = i === mine;
    });
    if (!revealed) setText(this.vote.lastElementChild, mine === undefined ? "The class sees how many chose what; your teacher can see who did. You can change your vote until the answer shows." : "Your vote is kept; you can change it until the answer shows.");
  }
}

const rateOf = (drop) => (typeof drop === "object" ? drop.p : drop) ?? 0;

new Student(document.getElementById("class"));
