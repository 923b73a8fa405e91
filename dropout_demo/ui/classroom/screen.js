// The screen of the room: one large picture, how to join, and counts. Nothing to press.

async function screen(root) {
  const said = element("p", "cl-status");
  said.setAttribute("role", "status");
  let about;
  try {
    about = await ask("");
  } catch (error) {
    root.replaceChildren(element("h1", "", "Dropout Lab"), element("p", "cl-error", error.message));
    setTimeout(() => screen(root), 5000);
    return;
  }
  const head = element("header", "cl-head");
  const words = head.appendChild(element("div", "cl-title"));
  words.append(element("h1", "", about.name), element("p", "", about.mode === "votes" ? "" : about.words));
  const join = head.appendChild(element("div", "cl-join"));
  const how = join.appendChild(element("div"));
  how.append(element("p", "", `${location.host}${BASE}/class`), element("p", "cl-code", spoken(about.code)));
  const qr = join.appendChild(element("img"));
  qr.src = `${BASE}/api/qr.svg?path=${encodeURIComponent(`${BASE}/class/${about.code}`)}`;
  qr.alt = "The class's address as a QR code";
  const counts = element("dl", "cl-counts");
  const main = element("section", "cl-picture");
  root.replaceChildren(head, main, counts, said);
  const chart = new ClassChart(main, about, { large: true });
  document.title = `${about.name} – Dropout Lab`;
  const watch = new Watch((parts) => {
    const now = parts.class;
    if (now.state === "deleted") {
      watch.close();
      setText(said, "This class was deleted.");
      return;
    }
    chart.update(parts);
    const networks = [[now.finished, "networks trained"], [now.running, "training"], [now.waiting, now.state === "paused" ? "waiting (paused)" : "waiting"]];
    if (now.failed) networks.push([now.failed, "stopped or failed"]);
    const told = [[now.students, "students"], ...(about.mode === "votes" ? [] : networks)];
    counts.replaceChildren(...told.map(([count, what]) => {
      const one = element("div");
      one.append(element("dt", "", what), element("dd", "", `${count}`));
      return one;
    }));
    setText(said, now.state === "ended" ? "The class has ended." : "");
  }, (text) => setText(said, text));
}

screen(document.getElementById("class"));
