// A picture of the grid as large as the window, beside that of the query.

import { make, makeButton } from "../elements.js";
import { hasModifier, stepOf } from "../keyboard.js";
import { pathOf } from "../paths.js";
import { factList } from "./facts.js";
import { makeFoundBox } from "./found_box.js";
import { Heat } from "./heat.js";
import { makeMoreLink, makePartLink } from "./links.js";
import { MarkButtons } from "./mark_buttons.js";

const NOTHING = { id: "", name: "" };

export class LargeView {
  // Events: onAsk with a picture and how; onMark with a picture and a mark; onKey with a key and a
  // picture, which returns whether that did anything; onExplain with an id; onClose with a place.
  constructor(events) {
    this.events = events;
    this.title = make("h2", { id: "title" });
    // Read out when the picture changes under a finger that stays on the button.
    this.place = make("span", { class: "place", "aria-live": "polite" });
    const closing = makeAction("×", "Close", () => this.dialog.close());
    closing.classList.add("close");
    this.query = makeFigure();
    this.result = makeFigure();
    this.pair = make("div", { class: "pair" }, this.query.element, this.result.element);
    this.markButtons = new MarkButtons((mark) => events.onMark(this.item, mark));
    this.facts = make("dl");
    this.heat = new Heat(this.query, this.result);
    this.why = makeAction("Why?", "Why this matched", () => this.askWhy(!this.asksWhy));
    this.why.setAttribute("aria-keyshortcuts", "w");
    this.sentence = make("p", { role: "status" });
    this.note = make("p", { class: "note" });
    const words = make("div", {}, this.sentence, this.note);
    this.reasons = make("div", { class: "why" }, this.why, words, this.heat.key);
    this.previous = makeAction("‹", "Previous", () => this.go(-1));
    this.next = makeAction("›", "Next", () => this.go(1));
    this.previous.append(makeWord("Previous"));
    this.next.prepend(makeWord("Next"));
    this.actions = make("nav", { "aria-label": "Results" });
    this.dialog = make(
      "dialog",
      {
        "aria-labelledby": "title",
        onkeydown: (event) => this.onKey(event),
        onclick: (event) => event.target === this.dialog && this.dialog.close(),
        onclose: () => events.onClose(this.index),
      },
      make("header", {}, this.title, this.markButtons.element, this.place, closing),
      this.pair,
      this.facts,
      this.reasons,
      this.actions,
    );
  }

  get item() {
    return this.data?.items[this.index] ?? NOTHING;
  }

  // What the grid shows by now, and which explanation has arrived.
  update(data) {
    this.data = data;
    this.explain();
  }

  paintMarks(marks) {
    this.marks = marks;
    this.markButtons.paint(marks, this.item);
  }

  open(index) {
    this.index = index;
    const { query } = this.data;
    this.query.element.hidden = this.markButtons.element.hidden = !query;
    this.pair.classList.toggle("alone", !query);
    if (query) {
      this.query.image.src = query.address;
      this.query.image.alt = query.caption;
      this.query.caption.textContent = query.caption;
    }
    this.show();
    if (!this.dialog.open) this.dialog.showModal();
    (this.next.disabled ? this.previous : this.next).focus();
  }

  close() {
    if (this.dialog.open) this.dialog.close();
  }

  go(step) {
    const index = this.index + step;
    if (index < 0 || index >= this.data.items.length) return;
    this.index = index;
    this.show();
  }

  show() {
    const { items, query } = this.data;
    const { item } = this;
    this.title.textContent = item.name;
    this.title.title = pathOf(item);
    this.place.textContent = `${this.index + 1} of ${items.length}`;
    this.result.image.alt = item.name;
    this.result.over.replaceChildren(...(item.box ? [makeFoundBox(item)] : []));
    this.result.caption.textContent = query ? `Match ${item.rank}` : pathOf(item);
    this.fetch(item);
    this.facts.replaceChildren(...factList(item).map(([name, value]) => makeFact(name, value)));
    const { activeElement } = this.dialog.getRootNode();
    this.previous.disabled = this.index === 0;
    this.next.disabled = this.index === items.length - 1;
    this.actions.replaceChildren(this.previous, ...this.questions(item), this.next);
    this.markButtons.paint(this.marks, item);
    this.askWhy(this.asksWhy);
    this.keepFocus(activeElement);
  }

  // What can be asked with the picture in sight.
  questions(item) {
    const { query, scope } = this.data;
    const onAsk = (how) => this.events.onAsk(item, how);
    const more = makeMoreLink(item, scope, "action main", onAsk);
    more.setAttribute("aria-keyshortcuts", "m");
    if (!query) return [more];
    // With several pictures, a part is not asked with.
    if (item.box) return [more, makePartLink(item, scope, onAsk)];
    const add = makeAction("Add to the query", `Add to the query: ${item.name}`, () => onAsk("add"));
    add.setAttribute("aria-keyshortcuts", "a");
    return [more, add];
  }

  // A button that is disabled under the focus would let it fall out of the dialog.
  keepFocus(focused) {
    if (!this.dialog.open || focused === this.dialog.querySelector(".close")) return;
    const stays = this.actions.contains(focused) && !focused.disabled;
    (stays ? focused : this.actions.querySelector("a")).focus();
  }

  // With the switch on, the match in sight is explained; the server computes one at a time.
  askWhy(asksWhy) {
    this.asksWhy = asksWhy;
    const { id } = this.item;
    if (asksWhy && this.data.explanation?.id !== id) this.events.onExplain(id);
    this.explain();
  }

  explain() {
    const { explainable, explanation } = this.data;
    this.reasons.hidden = !explainable;
    this.why.setAttribute("aria-pressed", String(Boolean(this.asksWhy)));
    const arrived = explainable && this.asksWhy && explanation?.id === this.item.id;
    this.sentence.textContent = arrived
      ? (explanation.problem ?? explanation.sentence)
      : this.asksWhy ? "…" : "";
    this.note.textContent = (arrived && explanation.note) || "";
    this.heat.show(arrived && !explanation.problem ? explanation : null);
  }

  // The thumbnail stands in until the picture is there; the neighbours are fetched ahead.
  fetch(item) {
    const { image } = this.result;
    image.src = item.thumbnail;
    const full = new Image();
    full.src = item.picture;
    full.decode().then(
      () => {
        if (this.item === item) image.src = item.picture;
        for (const step of [1, -1]) {
          const neighbour = this.data.items[this.index + step];
          if (neighbour) new Image().src = neighbour.picture;
        }
      },
      () => {},
    );
  }

  onKey(event) {
    if (hasModifier(event)) return;
    // The page behind has keys of its own.
    event.stopPropagation();
    const [key, step] = [event.key.toLowerCase(), stepOf(event.key)];
    if (step) this.go(step);
    else if (key === "w" && this.data.explainable) this.askWhy(!this.asksWhy);
    else if (!this.events.onKey(key, this.item)) return;
    event.preventDefault();
  }
}

function makeAction(text, label, onclick) {
  return makeButton(text, { class: "action", "aria-label": label, onclick });
}

// Shown where there is room for it.
function makeWord(text) {
  return make("span", { class: "word" }, text);
}

function makeFigure() {
  const image = make("img", { alt: "" });
  const over = make("div", { class: "over" });
  const caption = make("figcaption");
  const frame = make("div", { class: "frame" }, image, over);
  return { element: make("figure", {}, frame, caption), image, over, frame, caption };
}

function makeFact(name, value) {
  return make("div", {}, make("dt", {}, name), make("dd", {}, value));
}
