// Cards of a picture, a title and a note; one of them can be chosen.

class Cards {
  constructor(parent) {
    this.list = make("ul");
    parent.append(this.list);
  }

  show({ label, cards }) {
    this.list.setAttribute("aria-label", label);
    const shown = JSON.stringify(cards);
    if (this.shown === shown) return;
    this.shown = shown;
    this.list.replaceChildren(...cards.map((card) => this.entry(card)));
  }

  entry({ id, title, note, hint, picture }) {
    const attributes = { alt: "", loading: "lazy", decoding: "async", width: 320, height: 320 };
    const card = button("", { title: hint, onclick: () => this.send("chosen", id) });
    card.append(
      make("img", { src: picture, ...attributes }),
      make("span", { class: "title" }, title),
      make("span", { class: "note" }, note),
    );
    return make("li", {}, card);
  }
}

export default shownBy(Cards);
