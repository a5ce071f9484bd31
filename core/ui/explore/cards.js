// Cards of a picture, a title and a note; one of them can be chosen.

import { make, makeButton } from "../elements.js";
import { mounted } from "../mounting.js";

class Cards {
  constructor(parent, send) {
    this.send = send;
    this.list = make("ul");
    parent.append(this.list);
  }

  show({ label, cards }) {
    this.list.setAttribute("aria-label", label);
    const content = JSON.stringify(cards);
    if (this.content === content) return;
    this.content = content;
    this.list.replaceChildren(...cards.map((card) => this.makeItem(card)));
  }

  makeItem({ id, title, note, hint, picture }) {
    const attributes = { alt: "", loading: "lazy", decoding: "async", width: 320, height: 320 };
    const card = makeButton("", { title: hint, onclick: () => this.send("chosen", id) });
    card.append(
      make("img", { src: picture, ...attributes }),
      make("span", { class: "title" }, title),
      make("span", { class: "note" }, note),
    );
    return make("li", {}, card);
  }
}

export default mounted(Cards);
