// A grid of pictures, the matches of a query or any others, and the large view. Every text comes in as data and goes out as textContent.

const EAGER = 30;
const RIGHT = "right";
const WRONG = "wrong";
const MARKS = { [RIGHT]: "Right", [WRONG]: "Wrong" };
const MARK_KEYS = { "+": RIGHT, "=": RIGHT, "-": WRONG };
const NO_MARKS = { [RIGHT]: [], [WRONG]: [] };
const NOTHING = { id: "", name: "" };
const views = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let view = views.get(parentElement);
  if (!view) {
    view = new View(parentElement);
    views.set(parentElement, view);
  }
  view.send = setTriggerValue;
  view.show(data);
  return () => view.leave();
}

class View {
  constructor(parent) {
    this.list = make("ol", { class: "matches" });
    this.list.addEventListener("keydown", (event) => this.onGridKey(event));
    this.told = make("p", { class: "told", role: "status" });
    this.large = new Large(this);
    parent.append(this.list, this.told, this.large.dialog);
  }

  show(data) {
    const known = this.data;
    this.data = data;
    // The server has answered, also where it refused a further picture.
    if (known?.taken !== data.taken) this.list.removeAttribute("aria-busy");
    this.list.setAttribute("aria-label", data.label);
    this.list.classList.toggle("plain", !data.query);
    if (known?.key !== data.key || known?.scope !== data.scope) this.fill();
    // Until the server has heard of the last mark, what it says of marks is older than ours.
    if (!this.turn || this.turn === data.heard) this.marks = data.marks ?? NO_MARKS;
    this.paint();
    this.large.explain();
    if (known?.key !== data.key || known?.selected !== data.selected) this.select(data.selected);
  }

  fill() {
    this.large.close();
    this.tiles = this.data.items.map((item, index) => this.tile(item, index));
    this.list.replaceChildren(...this.tiles.map((tile) => tile.element));
    this.reach(0);
    // The nearest come first: who has scrolled past them in the answer before is led back.
    if (this.list.getBoundingClientRect().top < 0) this.list.scrollIntoView();
    // Who asked with a picture of the grid goes on in the grid.
    if (this.asking) this.tiles[0]?.open.focus();
    this.asking = false;
  }

  tile(item, index) {
    const image = make("img", {
      src: item.thumbnail,
      alt: "",
      decoding: "async",
      loading: index < EAGER ? "eager" : "lazy",
      width: 320,
      height: 320,
    });
    const open = make("button", { class: "open", type: "button", title: path(item) }, image);
    if (item.box) open.append(found(item));
    const facts = [
      `${item.rank}: ${path(item)}`,
      distance(item),
      closer(item),
      copies(item),
      item.box ? `found ${place(item.box)}` : "",
    ];
    open.setAttribute("aria-label", facts.filter(Boolean).join(", "));
    open.setAttribute("aria-keyshortcuts", this.data.query ? "m a Plus -" : "m");
    open.addEventListener("click", () => this.large.open(index));
    open.addEventListener("focus", () => this.reach(index));
    const more = this.moreLink(item, "more");
    const marks = this.markButtons(() => item);
    const element = make(
      "li",
      {},
      make(
        "div",
        { class: "picture" },
        open,
        ...badge(item),
        more,
        ...(this.data.query ? [marks.element] : []),
      ),
      make(
        "div",
        { class: "caption", "aria-hidden": "true" },
        ...ranking(item),
        ...bar(item),
        make("span", { class: "name", title: path(item) }, item.name),
      ),
    );
    return { element, open, more, marks, item };
  }

  markButtons(item) {
    const element = make("div", { class: "marks" });
    const buttons = Object.keys(MARKS).map((mark) => {
      const one = make("button", { class: `mark ${mark}`, type: "button" });
      one.addEventListener("click", () => this.mark(item(), mark));
      element.append(one);
      return one;
    });
    const paint = () => {
      const { id, name } = item();
      Object.entries(MARKS).forEach(([mark, word], place) => {
        buttons[place].setAttribute("aria-pressed", String(this.marks[mark].includes(id)));
        buttons[place].setAttribute("aria-label", `${word}: ${name}`);
        buttons[place].title = `${word} (${mark === RIGHT ? "+" : "−"})`;
      });
    };
    return { element, buttons, paint };
  }

  // A second time takes the mark back. All marks are sent: of two quick ones the last may stand
  // for both.
  mark(item, mark) {
    const marked = this.marks[mark].includes(item.id);
    const others = (ids) => ids.filter((id) => id !== item.id);
    this.marks = { [RIGHT]: others(this.marks[RIGHT]), [WRONG]: others(this.marks[WRONG]) };
    if (!marked) this.marks[mark].push(item.id);
    this.told.textContent = `${item.name}: ${marked ? "no mark" : MARKS[mark].toLowerCase()}`;
    this.paint();
    this.turn = Math.random();
    this.send("marks", { ...this.marks, turn: this.turn });
  }

  paint() {
    for (const { element, marks, item } of this.tiles) {
      marks.paint();
      for (const mark of Object.keys(MARKS)) {
        element.classList.toggle(`is-${mark}`, this.marks[mark].includes(item.id));
      }
    }
    this.large.marks.paint();
  }

  // A link, so that a picture can also be asked with in a tab of its own.
  moreLink(item, style) {
    return this.link(style, `/?image=${item.id}${this.data.scope}`, "More like this", item, "more");
  }

  link(style, href, label, item, how) {
    const link = make("a", { class: style, href }, label);
    link.setAttribute("aria-label", `${label}: ${item.name}`);
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.ask(item, how);
    });
    return link;
  }

  // The same with the part that was found.
  partLink(item) {
    const box = item.box.map((edge) => edge.toFixed(4)).join(",");
    const href = `/?image=${item.id}&box=${box}${this.data.scope}`;
    return this.link("action", href, "Use this part", item, "part");
  }

  // By "more" with this picture alone, by "add" with this one too, by "part" with its box.
  ask(item, how = "more") {
    this.asking = true;
    this.large.close();
    this.list.setAttribute("aria-busy", "true");
    this.send(how, how === "part" ? { image: item.id, box: item.box } : item.id);
  }

  // What a key does to a match, in the grid and in the large view.
  act(key, item) {
    const mark = MARK_KEYS[key];
    if (key === "m") this.ask(item);
    else if (mark && this.data.query) this.mark(item, mark);
    else if (key === "a" && this.data.query) this.ask(item, "add");
    else return false;
    return true;
  }

  // Tab leads to one tile of the grid, the arrow keys to the others.
  reach(index) {
    this.tiles.forEach(({ open, more, marks }, place) => {
      for (const each of [open, more, ...marks.buttons]) each.tabIndex = place === index ? 0 : -1;
    });
  }

  focus(index) {
    this.tiles[index]?.open.focus();
  }

  select(rank) {
    this.tiles.forEach(({ element }) => element.removeAttribute("aria-current"));
    const index = this.data.items.findIndex((item) => item.rank === rank);
    if (index < 0) return;
    this.tiles[index].element.setAttribute("aria-current", "true");
    this.large.open(index);
  }

  onGridKey(event) {
    const index = this.tiles.findIndex(({ element }) => element.contains(event.target));
    if (index < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.act(event.key.toLowerCase(), this.data.items[index])) {
      event.preventDefault();
      return;
    }
    const last = this.tiles.length - 1;
    const columns = this.columns();
    const goals = {
      ArrowLeft: index - 1,
      ArrowRight: index + 1,
      ArrowUp: index - columns,
      ArrowDown: index + columns,
      Home: 0,
      End: last,
    };
    const goal = goals[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    if (goal >= 0 && goal <= last) this.focus(goal);
  }

  columns() {
    const top = this.tiles[0].element.offsetTop;
    const next = this.tiles.findIndex(({ element }) => element.offsetTop !== top);
    return next < 0 ? this.tiles.length : next;
  }

  leave() {
    this.large.close();
  }
}

class Large {
  constructor(view) {
    this.view = view;
    this.title = make("h2", { id: "title" });
    this.place = make("span", { class: "place" });
    const close = button(["×"], "Close", () => this.dialog.close());
    close.classList.add("close");
    this.query = figure();
    this.result = figure();
    this.pair = make("div", { class: "pair" }, this.query.element, this.result.element);
    this.marks = view.markButtons(() => this.view.data?.items[this.index] ?? NOTHING);
    this.facts = make("dl");
    this.heat = new Heat(this.query, this.result);
    this.why = button(["Why?"], "Why this matched", () => this.ask(!this.asked));
    this.why.setAttribute("aria-keyshortcuts", "w");
    this.sentence = make("p", { role: "status" });
    this.reasons = make("div", { class: "why" }, this.why, this.sentence);
    this.previous = button(["‹", word("Previous")], "Previous", () => this.go(-1));
    this.next = button([word("Next"), "›"], "Next", () => this.go(1));
    this.actions = make("nav", { "aria-label": "Results" });
    this.dialog = make(
      "dialog",
      { "aria-labelledby": "title" },
      make("header", {}, this.title, this.marks.element, this.place, close),
      this.pair,
      this.facts,
      this.reasons,
      this.actions,
    );
    // Read out when the picture changes under a finger that stays on the button.
    this.place.setAttribute("aria-live", "polite");
    this.dialog.addEventListener("keydown", (event) => this.onKey(event));
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    this.dialog.addEventListener("close", () => {
      if (!this.view.asking) this.view.focus(this.index);
    });
  }

  open(index) {
    this.index = index;
    const { query } = this.view.data;
    this.query.element.hidden = this.marks.element.hidden = !query;
    this.pair.classList.toggle("alone", !query);
    if (query) {
      this.query.image.src = query.address;
      this.query.image.alt = query.caption;
      this.query.caption.textContent = query.caption;
    }
    this.show();
    if (!this.dialog.open) this.dialog.showModal();
    this.next.disabled ? this.previous.focus() : this.next.focus();
  }

  close() {
    if (this.dialog.open) this.dialog.close();
  }

  go(step) {
    const index = this.index + step;
    if (index < 0 || index >= this.view.data.items.length) return;
    this.index = index;
    this.show();
  }

  show() {
    const { items, query } = this.view.data;
    const item = items[this.index];
    this.title.textContent = item.name;
    this.title.title = path(item);
    this.place.textContent = `${this.index + 1} of ${items.length}`;
    this.result.image.alt = item.name;
    this.result.over.replaceChildren(...(item.box ? [found(item)] : []));
    this.result.caption.textContent = query ? `Match ${item.rank}` : path(item);
    this.fetch(item);
    this.facts.replaceChildren(
      fact("Folder", item.folder || "top folder"),
      fact("Size", `${item.width} × ${item.height} px, ${bytes(item.bytes)}`),
      fact("Taken", item.taken_at ? item.taken_at.replace("T", " ") : "not recorded"),
      ...(item.distance === null ? [] : [fact("Distance", number(item))]),
      ...(item.copies ? [fact("Hidden copies", String(item.copies))] : []),
      ...(item.box ? [fact("Found", place(item.box))] : []),
      ...(item.close ? [fact("Closer than", `${item.close.than} of random pairs`)] : []),
    );
    const focused = this.dialog.getRootNode().activeElement;
    this.previous.disabled = this.index === 0;
    this.next.disabled = this.index === items.length - 1;
    const more = this.view.moreLink(item, "action main");
    more.setAttribute("aria-keyshortcuts", "m");
    const add = button(["Add to the query"], `Add to the query: ${item.name}`, () =>
      this.view.ask(item, "add"),
    );
    add.setAttribute("aria-keyshortcuts", "a");
    // Of several pictures none is searched for as a part.
    const other = item.box ? this.view.partLink(item) : add;
    this.actions.replaceChildren(this.previous, more, ...(query ? [other] : []), this.next);
    this.marks.paint();
    this.ask(this.asked);
    // A button that is disabled under the focus would let it fall out of the dialog.
    if (this.dialog.open) {
      const stay = this.actions.contains(focused) && !focused.disabled ? focused : more;
      if (focused !== this.dialog.querySelector(".close")) stay.focus();
    }
  }

  // With the switch on, the match in sight is explained; the server computes one at a time.
  ask(asked) {
    this.asked = asked;
    const { id } = this.view.data.items[this.index];
    if (asked && this.view.data.explanation?.id !== id) this.view.send("explain", id);
    this.explain();
  }

  explain() {
    const { explainable, explanation, items } = this.view.data;
    this.reasons.hidden = !explainable;
    this.why.setAttribute("aria-pressed", String(Boolean(this.asked)));
    const found = explainable && this.asked && explanation?.id === items[this.index]?.id;
    this.sentence.textContent = found
      ? (explanation.problem ?? explanation.sentence)
      : this.asked ? "…" : "";
    this.heat.show(found && !explanation.problem ? explanation : null);
  }

  // The thumbnail stands in until the picture is there; the neighbours are fetched ahead.
  fetch(item) {
    const { image } = this.result;
    image.src = item.thumbnail;
    const full = new Image();
    full.src = item.picture;
    full.decode().then(
      () => {
        if (this.view.data.items[this.index] === item) image.src = item.picture;
        for (const step of [1, -1]) {
          const neighbour = this.view.data.items[this.index + step];
          if (neighbour) new Image().src = neighbour.picture;
        }
      },
      () => {},
    );
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // The page behind has keys of its own.
    event.stopPropagation();
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) this.go(step);
    else if (event.key.toLowerCase() === "w" && this.view.data.explainable) this.ask(!this.asked);
    else if (!this.view.act(event.key.toLowerCase(), this.view.data.items[this.index])) return;
    event.preventDefault();
  }
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function button(content, label, onClick) {
  const attributes = { class: "action", type: "button", "aria-label": label };
  const element = make("button", attributes, ...content);
  element.addEventListener("click", onClick);
  return element;
}

// Where there is room for it.
function word(text) {
  return make("span", { class: "word" }, text);
}

function figure() {
  const image = make("img", { alt: "" });
  const over = make("div", { class: "over" });
  const caption = make("figcaption");
  const frame = make("div", { class: "frame" }, image, over);
  return { element: make("figure", {}, frame, caption), image, over, frame, caption };
}

// The box of the part that was found, over a picture that is shown whole.
function found(item) {
  const { width, height } = item;
  const [left, top, right, bottom] = item.box;
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, class: "found", "aria-hidden": true });
  for (const style of ["halo", "line"]) {
    svg.append(
      draw("rect", {
        class: style,
        x: left * width,
        y: top * height,
        width: (right - left) * width,
        height: (bottom - top) * height,
      }),
    );
  }
  return svg;
}

function draw(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function fact(name, value) {
  return make("div", {}, make("dt", {}, name), make("dd", {}, value));
}

function path(item) {
  return item.folder ? `${item.folder}/${item.name}` : item.name;
}

function distance(item) {
  return item.distance === null ? "" : `distance ${number(item)}`;
}

function ranking(item) {
  if (item.distance === null) return [];
  return [
    make("span", { class: "rank" }, String(item.rank)),
    make("span", { class: "distance", title: "distance" }, number(item)),
  ];
}

function place(box) {
  const [left, top, right, bottom] = box.map((edge) => Math.round(100 * edge));
  return `from ${left} to ${right} % across and ${top} to ${bottom} % down`;
}

function closer(item) {
  return item.close ? `closer than ${item.close.than} of random pairs of this gallery` : "";
}

function bar(item) {
  if (!item.close) return [];
  const whole = make("span", { class: "closeness", title: closer(item) }, make("span"));
  whole.firstChild.style.width = `${100 * item.close.bar}%`;
  return [whole];
}

function copies(item) {
  return item.copies ? `and ${item.copies} ${item.copies === 1 ? "copy" : "copies"}` : "";
}

// The files of the same picture that are hidden.
function badge(item) {
  if (!item.copies) return [];
  return [make("span", { class: "copies", title: copies(item), "aria-hidden": "true" }, `+${item.copies}`)];
}

function number(item) {
  return item.distance.toFixed(4);
}

function bytes(count) {
  if (count < 1000) return `${count} bytes`;
  return count < 1e6 ? `${Math.round(count / 1e3)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}
