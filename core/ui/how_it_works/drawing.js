// A drawing in SVG in the colours of the page; on a narrow screen another one.

import { make } from "../elements.js";
import { mounted } from "../mounting.js";

class Drawing {
  constructor(parent) {
    this.figure = make("figure");
    parent.append(this.figure);
  }

  show(drawings) {
    this.figure.replaceChildren(
      ...["wide", "narrow"].map((name) => {
        const drawing = make("div", { class: name });
        // The server makes it; what it does not make itself in it is escaped.
        drawing.innerHTML = drawings[name];
        return drawing;
      }),
    );
  }
}

export default mounted(Drawing);
