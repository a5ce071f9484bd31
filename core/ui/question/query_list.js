// The pictures of one question.

import { make, makeButton } from "../elements.js";
import { mounted } from "../mounting.js";

class QueryList {
  constructor(parent, send) {
    this.send = send;
    this.list = make("ul", { "aria-label": "The pictures that are asked with" });
    parent.append(this.list);
  }

  show({ pictures }) {
    const ids = pictures.map(({ id }) => id).join();
    if (this.ids === ids) return;
    this.ids = ids;
    const active = this.list.getRootNode().activeElement;
    const focused = [...this.list.children].findIndex((item) => item.contains(active));
    this.list.replaceChildren(...pictures.map((picture) => this.makeItem(picture)));
    // When a picture is removed with the keyboard, the focus stays in its place.
    const next = this.list.children[Math.min(focused, pictures.length - 1)];
    next?.querySelector("button").focus();
  }

  makeItem({ id, name, address }) {
    const label = `Remove ${name}`;
    const onclick = () => this.send("remove", id);
    const image = make("img", { src: address, alt: name, title: name });
    return make("li", {}, image, makeButton("×", { title: label, "aria-label": label, onclick }));
  }
}

export default mounted(QueryList);
