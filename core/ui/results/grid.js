// A grid of pictures, the matches of a query or any others, each one large at a click.

import { make } from "../elements.js";
import { hasModifier, placeAfter } from "../keyboard.js";
import { mounted } from "../mounting.js";
import { LargeView } from "./large_view.js";
import { markOfKey, markWord, mergedMarks, toggledMarks } from "./marks.js";
import { Tile } from "./tile.js";

class Grid {
  constructor(parent, send) {
    this.send = send;
    this.list = make("ol", { class: "matches", onkeydown: (event) => this.onKey(event) });
    this.status = make("p", { class: "status", role: "status" });
    this.large = new LargeView({
      onAsk: (item, how) => this.ask(item, how),
      onMark: (item, mark) => this.mark(item, mark),
      onKey: (key, item) => this.act(key, item),
      onExplain: (id) => this.send("explain", id),
      onClose: (index) => this.asking || this.focus(index),
    });
    parent.append(this.list, this.status, this.large.dialog);
  }

  show(data) {
    const before = this.data;
    this.data = data;
    // The server has answered, also where it refused a further picture.
    if (before?.taken !== data.taken) this.list.removeAttribute("aria-busy");
    this.list.setAttribute("aria-label", data.label);
    this.list.classList.toggle("plain", !data.query);
    const isNew = before?.key !== data.key;
    if (isNew || before?.scope !== data.scope) this.fill();
    this.marks = mergedMarks(this.marks, this.turn, data.marks, data.heard);
    this.large.update(data);
    this.paint();
    if (isNew || before?.selected !== data.selected) this.select(data.selected);
  }

  fill() {
    this.large.close();
    const { items, query, scope } = this.data;
    this.tiles = items.map(
      (item, index) =>
        new Tile(item, index, { scope, hasQuery: Boolean(query) }, {
          onOpen: () => this.large.open(index),
          onFocus: () => this.reach(index),
          onAsk: (how) => this.ask(item, how),
          onMark: (mark) => this.mark(item, mark),
        }),
    );
    this.list.replaceChildren(...this.tiles.map((tile) => tile.element));
    this.reach(0);
    // The nearest come first: who scrolled down the answer before starts at the top again.
    if (this.list.getBoundingClientRect().top < 0) this.list.scrollIntoView();
    // Who asked with a picture of the grid goes on in the grid.
    if (this.asking) this.tiles[0]?.open.focus();
    this.asking = false;
  }

  // All marks are sent: of two quick ones the last may stand for both.
  mark(item, mark) {
    this.marks = toggledMarks(this.marks, mark, item.id);
    const word = this.marks[mark].includes(item.id) ? markWord(mark).toLowerCase() : "no mark";
    this.status.textContent = `${item.name}: ${word}`;
    this.paint();
    this.turn = Math.random();
    this.send("marks", { ...this.marks, turn: this.turn });
  }

  paint() {
    for (const tile of this.tiles) tile.paint(this.marks);
    this.large.paintMarks(this.marks);
  }

  // By "more" with this picture alone, by "add" with this one too, by "part" with its box.
  ask(item, how) {
    this.asking = true;
    this.large.close();
    this.list.setAttribute("aria-busy", "true");
    this.send(how, how === "part" ? { image: item.id, box: item.box } : item.id);
  }

  // What a key does to a match, in the grid and in the large view; whether it does anything.
  act(key, item) {
    const mark = markOfKey(key);
    if (key === "m") this.ask(item, "more");
    else if (mark && this.data.query) this.mark(item, mark);
    else if (key === "a" && this.data.query) this.ask(item, "add");
    else return false;
    return true;
  }

  // Tab leads to one tile of the grid, the arrow keys to the others.
  reach(index) {
    this.tiles.forEach((tile, place) => tile.setReachable(place === index));
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

  onKey(event) {
    const index = this.tiles.findIndex(({ element }) => element.contains(event.target));
    if (index < 0 || hasModifier(event)) return;
    if (this.act(event.key.toLowerCase(), this.data.items[index])) {
      event.preventDefault();
      return;
    }
    const last = this.tiles.length - 1;
    const goal = { Home: 0, End: last }[event.key] ?? placeAfter(event.key, index, this.columns());
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

export default mounted(Grid);
