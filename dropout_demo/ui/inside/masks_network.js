// All that is drawn of one network; the panel puts its parts under its headings.

const STRIP = ["input", "conv1", "conv2", "conv3", "flatten", "fc1"];

class NetworkView {
  constructor() {
    this.names = [];
    this.said = element("p", "mk-said");
    this.strip = element("div", "mk-strip");
    this.figures = STRIP.map((layer) => this.figure(layer));
    this.bars = new Probabilities();
    const end = element("div", "mk-figure mk-end");
    const says = element("div", "mk-layer", "says");
    says.append(element("small", "", "outline: no mask; filled: with it"));
    end.append(says, this.bars.root);
    this.end = end;
    this.rowNames = ["", "no mask", ""].map((words) => element("div", "mk-row-name", words));
    const names = element("div", "mk-row-names");
    names.append(...this.rowNames);
    this.strip.append(names, ...this.figures.map(({ root }) => root), end);
    this.close = ["mk-left", "mk-right"].map((side) => ({ maps: new Maps(side), caption: element("figcaption") }));
    this.closeRoot = element("div", "mk-close");
    for (const { maps, caption } of this.close) {
      const root = element("figure");
      root.append(caption, maps.root);
      this.closeRoot.append(root);
    }
    this.moments = new MomentRows();
    this.momentsSaid = element("p");
    this.dense = new DenseDrawing();
    this.denseSaid = element("p");
    this.blocks = [[this.said, this.strip], [this.closeRoot], [this.moments.root, this.momentsSaid], [this.dense.root, this.denseSaid]].map((parts) => this.block(parts));
  }

  figure(layer) {
    const root = element("figure", "mk-figure");
    const [without, with_] = [new Maps("mk-a"), new Maps("mk-b")];
    const size = element("small");
    const caption = element("figcaption", "mk-layer", layer);
    caption.append(size);
    root.append(caption, without.root, with_.root);
    return { root, layer, size, without, with: with_ };
  }

  block(parts) {
    const root = element("div", "mk-network");
    const name = element("h3", "mk-name");
    this.names.push(name);
    root.append(name, ...parts);
    return root;
  }

  // network: {name, colour, neverMasked}, from Python.
  draw(network, answer, image, wish, theme) {
    Object.assign(this, { network, answer });
    const colour = theme.isDark ? network.colour.dark : network.colour.light;
    for (const block of this.blocks) block.style.setProperty("--mk-colour", colour);
    for (const name of this.names) setText(name, network.name);
    setText(this.said, [networkSentence(answer), trainingSentence(network, wish)].join(" ").trim());
    this.figures.forEach((figure, at) => this.drawFigure(figure, answer.layers[at], image, wish, theme));
    setText(this.rowNames[2], `mask ${count(wish.seed)}`);
    this.end.classList.toggle("mk-here", wish.layer === "logits");
    this.bars.draw(answer);
    this.drawClose(wish, theme);
    this.moments.draw(answer.moments, wish);
    setText(this.momentsSaid, momentsSentence(answer.moments, wish));
    const layers = Object.fromEntries(answer.layers.map((one) => [one.layer, one]));
    const struck = denseSentence(answer.dense, wish);
    this.dense.draw(answer.dense, layers, answer.classes, `Units of flatten and fc1 and the scores. ${struck}`, theme);
    setText(this.denseSaid, struck);
  }

  drawFigure(figure, picture, image, wish, theme) {
    const isHere = figure.layer === wish.layer;
    figure.root.classList.toggle("mk-here", isHere);
    const isMaps = picture.maps > 1;
    const few = fewMaps(picture);
    setText(figure.size, isMaps ? `${count(few.shown)} of ${count(picture.maps)} maps` : `${count(picture.columns)} units`);
    const dropped = isHere ? droppedWords(this.answer.mask) : "";
    const labels = ["without", "with"].map((which) => pictureLabel(few, which, wish, which === "with" ? dropped : ""));
    if (figure.layer === "input") {
      setText(figure.size, "32 × 32 pixels");
      figure.without.drawImage(image, labels[0], theme);
      figure.with.drawImage(this.answer.image_with ? bytesOf(this.answer.image_with) : image, labels[1], theme);
      return;
    }
    figure.without.draw(few, "without", labels[0], theme);
    figure.with.draw(few, "with", labels[1], theme);
  }

  drawClose(wish, theme) {
    const { answer } = this;
    const here = answer.layers.find(({ layer }) => layer === wish.layer);
    const before = answer.before_pool;
    const shown = Math.min(here.shown, before?.shown ?? here.shown); // the same maps on both sides
    const [left, right] = [before ?? here, { ...here, shown }];
    const mask = `mask ${count(wish.seed)}`;
    const captions = before ? [`With ${mask}, before the pool`, "After the pool"] : ["Without a mask", `With ${mask}`];
    this.close.forEach(({ maps, caption }, side) => {
      setText(caption, captions[side]);
      const picture = side ? right : left;
      const which = side || before ? "with" : "without";
      const dropped = which === "with" ? droppedWords(answer.mask) : "";
      maps.draw(picture, which, `Close up: ${pictureLabel(picture, which, wish, dropped)}`, theme);
    });
  }

  redraw() {
    if (!this.answer) return;
    for (const { without, with: masked } of this.figures) [without, masked].forEach((maps) => maps.redraw());
    for (const { maps } of this.close) maps.redraw();
    this.dense.redraw();
  }
}

// The strip has no room for all maps that the close-up shows.
function fewMaps(picture) {
  const most = picture.rows > 8 ? 4 : picture.rows > 4 ? 9 : 16;
  return picture.maps > 1 && picture.shown > most ? { ...picture, shown: most } : picture;
}
