// The pictures of one question.

class QueryList {
  constructor(parent) {
    this.list = make("ul", { "aria-label": "The pictures that are asked with" });
    parent.append(this.list);
  }

  show({ pictures }) {
    const shown = pictures.map(({ id }) => id).join();
    if (this.shown === shown) return;
    this.shown = shown;
    const active = this.list.getRootNode().activeElement;
    const focused = [...this.list.children].findIndex((item) => item.contains(active));
    this.list.replaceChildren(...pictures.map((picture) => this.entry(picture)));
    // When a picture is removed with the keyboard, the focus stays in its place.
    const next = this.list.children[Math.min(focused, pictures.length - 1)];
    next?.querySelector("button").focus();
  }

  entry({ id, name, address }) {
    const label = `Remove ${name}`;
    const onclick = () => this.send("remove", id);
    const image = make("img", { src: address, alt: name, title: name });
    return make("li", {}, image, button("×", { title: label, "aria-label": label, onclick }));
  }
}

export default shownBy(QueryList);
