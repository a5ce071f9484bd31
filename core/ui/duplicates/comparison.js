// Two pictures of a set at full size: beside each other, or what differs.

import { make } from "../elements.js";
import { stepOf } from "../keyboard.js";
import { pathOf } from "../paths.js";
import { makeAction } from "./action.js";
import { sizeText } from "./facts.js";

export class Comparison {
  constructor() {
    this.title = make("h2");
    this.pair = make("div", { class: "pair" });
    this.facts = make("p", { class: "facts" });
    this.difference = makeAction("Show the difference", "difference", () => this.toggle());
    this.next = makeAction("Next picture", "next", () => this.go(1));
    this.dialog = make(
      "dialog",
      {
        "aria-label": "Compare",
        onclick: (event) => event.target === this.dialog && this.close(),
        onclose: () => this.opener?.focus(),
        onkeydown: (event) => {
          const step = stepOf(event.key);
          if (step) this.go(step);
          event.stopPropagation();
        },
      },
      make("header", {}, this.title, makeAction("Close", "close", () => this.close())),
      this.pair,
      this.facts,
      make("nav", {}, this.difference, this.next),
    );
  }

  // Of a set, its first picture and another one; the focus goes back to the opener.
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
    this.index = otherPlace(this.index, step, this.set.images.length);
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
    this.pair.replaceChildren(makeFigure(first), makeFigure(other));
    this.facts.textContent = this.differing
      ? "Black is where both are the same. A cropped, turned or mirrored picture differs everywhere."
      : `${this.index} of ${this.set.images.length - 1}: ${other.why}`;
    this.difference.textContent = this.differing ? "Show side by side" : "Show the difference";
  }
}

// The next place of a set after its first, round and round.
export function otherPlace(place, step, count) {
  const others = count - 1;
  return ((place - 1 + step + others) % others) + 1;
}

function makeFigure(image) {
  return make(
    "figure",
    {},
    make("img", { src: image.picture, alt: pathOf(image) }),
    make("figcaption", {}, make("b", {}, pathOf(image)), make("span", {}, sizeText(image))),
  );
}
