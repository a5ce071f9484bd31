// A picture of the grid as large as the window, beside that of the query.

const NOTHING = { id: "", name: "" };

class Large {
  constructor(view) {
    this.view = view;
    this.title = make("h2", { id: "title" });
    // Read out when the picture changes under a finger that stays on the button.
    this.place = make("span", { class: "place", "aria-live": "polite" });
    const close = action("×", "Close", () => this.dialog.close());
    close.classList.add("close");
    this.query = figure();
    this.result = figure();
    this.pair = make("div", { class: "pair" }, this.query.element, this.result.element);
    this.marks = view.markButtons(() => this.view.data?.items[this.index] ?? NOTHING);
    this.facts = make("dl");
    this.heat = new Heat(this.query, this.result);
    this.why = action("Why?", "Why this matched", () => this.ask(!this.asked));
    this.why.setAttribute("aria-keyshortcuts", "w");
    this.sentence = make("p", { role: "status" });
    this.note = make("p", { class: "note" });
    const said = make("div", {}, this.sentence, this.note);
    this.reasons = make("div", { class: "why" }, this.why, said, this.heat.key);
    this.previous = action("‹", "Previous", () => this.go(-1));
    this.next = action("›", "Next", () => this.go(1));
    this.previous.append(word("Previous"));
    this.next.prepend(word("Next"));
    this.actions = make("nav", { "aria-label": "Results" });
    this.dialog = make(
      "dialog",
      {
        "aria-labelledby": "title",
        onkeydown: (event) => this.onKey(event),
        onclick: (event) => event.target === this.dialog && this.dialog.close(),
        onclose: () => this.view.asking || this.view.focus(this.index),
      },
      make("header", {}, this.title, this.marks.element, this.place, close),
      this.pair,
      this.facts,
      this.reasons,
      this.actions,
    );
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
      fact("Size", `${item.width} × ${item.height} px, ${item.size}`),
      fact("Taken", item.taken_at ? item.taken_at.replace("T", " ") : "not recorded"),
      ...(item.distance === undefined ? [] : [fact("Distance", number(item))]),
      ...(item.copies ? [fact("Hidden copies", String(item.copies))] : []),
      ...(item.box ? [fact("Found", place(item.box))] : []),
      ...(item.close ? [fact("Closer than", `the first match of ${item.close.than} of the pictures`)] : []),
    );
    const focused = this.dialog.getRootNode().activeElement;
    this.previous.disabled = this.index === 0;
    this.next.disabled = this.index === items.length - 1;
    const more = this.view.moreLink(item, "action main");
    more.setAttribute("aria-keyshortcuts", "m");
    const label = `Add to the query: ${item.name}`;
    const add = action("Add to the query", label, () => this.view.ask(item, "add"));
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
    this.note.textContent = (found && explanation.note) || "";
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

function action(text, label, onclick) {
  return button(text, { class: "action", "aria-label": label, onclick });
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

function fact(name, value) {
  return make("div", {}, make("dt", {}, name), make("dd", {}, value));
}
