// Sets of duplicates, and two pictures of a set beside each other.

class Sets {
  constructor(parent) {
    this.list = make("ol", { class: "sets", "aria-label": "Sets of duplicates" });
    this.comparison = new Comparison();
    parent.append(this.list, this.comparison.dialog);
  }

  show(data) {
    // Until the server has heard of the last tick, what it says of ticks is older than ours.
    const old = this.turn && this.turn !== data.heard;
    const keys = data.sets.map(({ key }) => key).join();
    if (keys !== this.keys) this.turn = undefined;
    else if (old) return;
    const content = JSON.stringify(data.sets);
    if (content === this.content) return;
    this.content = content;
    const scrolled = this.keys !== undefined && keys !== this.keys;
    this.keys = keys;
    const focused = this.focused();
    this.list.replaceChildren(...data.sets.map((set) => this.set(set)));
    if (focused) this.list.querySelector(`[data-place="${focused}"]`)?.focus();
    if (scrolled && this.list.getBoundingClientRect().top < 0) this.list.scrollIntoView();
  }

  focused() {
    const active = this.list.getRootNode().activeElement;
    return this.list.contains(active) ? active.dataset.place : undefined;
  }

  set(set) {
    const boxes = set.images.map((image, index) => this.box(set, image, index));
    const tick = () => {
      const free = boxes.filter((box) => !box.checked);
      // One picture of each set stays.
      for (const box of boxes) {
        box.disabled = box.dataset.fixed === "true" || (free.length === 1 && box === free[0]);
        if (box.nextSibling) box.nextSibling.textContent = box.disabled ? "Stays" : "To the trash";
      }
    };
    for (const box of boxes) {
      box.addEventListener("change", () => {
        tick();
        box.closest("figure").classList.toggle("going", box.checked);
        this.sendTicks();
      });
    }
    const compare = action("Compare", `compare-${set.key}`, () => this.comparison.open(set, compare));
    const dismiss = action("Not duplicates", `dismiss-${set.key}`, () => this.send("dismissed", set.key));
    const names = set.images.map(({ name }) => name).join(", ");
    compare.setAttribute("aria-label", `Compare: ${names}`);
    dismiss.setAttribute("aria-label", `Not duplicates: ${names}`);
    const pictures = set.images.map((image, index) => this.figure(set, image, boxes[index]));
    tick();
    const title = make("h3", {}, `${set.images.length} pictures`);
    const header = make("header", {}, title, make("div", { class: "actions" }, compare, dismiss));
    return make("li", { "data-key": set.key }, header, make("div", { class: "pictures" }, ...pictures));
  }

  box(set, image, index) {
    const box = make("input", { type: "checkbox", "data-place": `${set.key}-${index}` });
    box.checked = image.ticked && image.movable;
    box.dataset.fixed = String(!image.movable);
    box.setAttribute("aria-label", `To the trash: ${path(image)}`);
    return box;
  }

  figure(set, image, box) {
    const picture = { src: image.thumbnail, alt: "", loading: "lazy", decoding: "async" };
    const open = button(make("img", picture), {
      class: "open",
      title: path(image),
      "aria-label": `Compare ${path(image)}`,
      onclick: () => this.comparison.open(set, open, image),
    });
    const caption = make(
      "figcaption",
      {},
      make("span", { class: "name", title: path(image) }, image.name),
      make("span", {}, image.folder || "top folder"),
      make("span", {}, facts(image)),
      make("span", { class: "why" }, ...label(image), image.why),
    );
    const figure = make("figure", {}, open, caption, make("label", {}, box, "To the trash"));
    figure.classList.toggle("going", image.ticked);
    return figure;
  }

  // All ticks of the page are sent: of two quick ones the last may stand for both.
  sendTicks() {
    const sets = {};
    for (const item of this.list.children) {
      const boxes = [...item.querySelectorAll("input")];
      sets[item.dataset.key] = boxes.flatMap((box, index) => (box.checked ? [index] : []));
    }
    this.turn = Math.random();
    this.send("ticked", { sets, turn: this.turn });
  }

  leave() {
    this.comparison.close();
  }
}

// Two pictures of a set at full size: beside each other, or what differs.
class Comparison {
  constructor() {
    this.title = make("h2");
    this.pair = make("div", { class: "pair" });
    this.facts = make("p", { class: "facts" });
    this.difference = action("Show the difference", "difference", () => this.toggle());
    this.next = action("Next picture", "next", () => this.go(1));
    this.dialog = make(
      "dialog",
      {
        "aria-label": "Compare",
        onclick: (event) => event.target === this.dialog && this.close(),
        onclose: () => this.opener?.focus(),
        onkeydown: (event) => {
          const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
          if (step) this.go(step);
          event.stopPropagation();
        },
      },
      make("header", {}, this.title, action("Close", "close", () => this.close())),
      this.pair,
      this.facts,
      make("nav", {}, this.difference, this.next),
    );
  }

  open(set, opener, image) {
    this.set = set;
    this.opener = opener;
    this.index = Math.max(set.images.indexOf(image), 1);
    this.differing = false;
    this.next.hidden = set.images.length < 3;
    this.show();
    this.dialog.showModal();
    this.difference.focus();
  }

  close() {
    if (this.dialog.open) this.dialog.close();
  }

  go(step) {
    const others = this.set.images.length - 1;
    this.index = ((this.index - 1 + step + others) % others) + 1;
    this.show();
  }

  toggle() {
    this.differing = !this.differing;
    this.show();
  }

  show() {
    const [first, other] = [this.set.images[0], this.set.images[this.index]];
    this.title.textContent = this.differing ? "What differs" : "Side by side";
    this.pair.classList.toggle("differing", this.differing);
    const figures = [first, other].map((image) =>
      make(
        "figure",
        {},
        make("img", { src: image.picture, alt: path(image) }),
        make("figcaption", {}, make("b", {}, path(image)), make("span", {}, facts(image))),
      ),
    );
    this.pair.replaceChildren(...figures);
    this.facts.textContent = this.differing
      ? "Black is where both are the same. A cropped, turned or mirrored picture differs everywhere."
      : `${this.index} of ${this.set.images.length - 1}: ${other.why}`;
    this.difference.textContent = this.differing ? "Show side by side" : "Show the difference";
  }
}

function action(text, place, onclick) {
  return button(text, { class: "action", "data-place": place, onclick });
}

function label(image) {
  const word = image.keep ? "Keep: " : image.version ? "Version: " : "";
  return word ? [make("b", {}, word)] : [];
}

function facts(image) {
  return `${image.width} × ${image.height} px, ${image.size}`;
}

export default shownBy(Sets);
