// A grid of pictures, the matches of a query or any others, each one large at a click.

const EAGER = 30;
const RIGHT = "right";
const WRONG = "wrong";
const MARKS = { [RIGHT]: "Right", [WRONG]: "Wrong" };
const MARK_KEYS = { "+": RIGHT, "=": RIGHT, "-": WRONG };
const NO_MARKS = { [RIGHT]: [], [WRONG]: [] };

class Grid {
  constructor(parent) {
    this.list = make("ol", { class: "matches", onkeydown: (event) => this.onGridKey(event) });
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
    const facts = [
      `${item.rank}: ${path(item)}`,
      distance(item),
      closer(item),
      copies(item),
      item.box ? `found ${place(item.box)}` : "",
    ];
    const open = button(image, {
      class: "open",
      title: path(item),
      "aria-label": facts.filter(Boolean).join(", "),
      "aria-keyshortcuts": this.data.query ? "m a Plus -" : "m",
      onclick: () => this.large.open(index),
      onfocus: () => this.reach(index),
    });
    if (item.box) open.append(found(item));
    const more = this.moreLink(item, "more");
    const marks = this.markButtons(() => item);
    const over = [...badge(item), more, ...(this.data.query ? [marks.element] : [])];
    const name = make("span", { class: "name", title: path(item) }, item.name);
    const caption = { class: "caption", "aria-hidden": "true" };
    const element = make(
      "li",
      {},
      make("div", { class: "picture" }, open, ...over),
      make("div", caption, ...ranking(item), ...bar(item), name),
    );
    return { element, open, more, marks, item };
  }

  markButtons(item) {
    const buttons = Object.keys(MARKS).map((mark) =>
      button("", { class: `mark ${mark}`, onclick: () => this.mark(item(), mark) }),
    );
    const element = make("div", { class: "marks" }, ...buttons);
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
    const onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.ask(item, how);
    };
    const attributes = { class: style, href, "aria-label": `${label}: ${item.name}`, onclick };
    return make("a", attributes, label);
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

export default shownBy(Grid);
