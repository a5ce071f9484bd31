// The picture under the pointer, with its name, beside its point.

import { make } from "../elements.js";
import { makeTool } from "./tool.js";

export class Card {
  // onAsk is called with the row of the picture.
  constructor(onAsk) {
    this.image = make("img", { alt: "", width: "160", height: "160" });
    this.name = make("p");
    this.more = makeTool("More like this", "More like this", () => onAsk(this.row));
    this.element = make("div", { class: "card" }, this.image, this.name, this.more);
    this.element.hidden = true;
  }

  hide() {
    this.element.hidden = true;
  }

  // At a point of a canvas of a size; asks: with the button that searches with the picture.
  show({ row, id, name }, point, size, asks) {
    this.element.hidden = false;
    this.row = row;
    this.name.textContent = name;
    this.more.hidden = !asks;
    this.element.classList.toggle("asks", asks);
    const address = `/thumbnails/${id}`;
    if (this.image.getAttribute("src") !== address) this.image.src = address;
    const [left, top] = cardPlace(point, size, asks);
    this.element.style.transform = `translate(${left}px, ${top}px)`;
  }
}

// To the right of a point, or to the left where there is no room; never out of the canvas.
export function cardPlace([px, py], { width, height }, asks) {
  const left = px + 190 < width ? px + 16 : px - 192;
  return [Math.max(left, 4), Math.max(Math.min(py - 60, height - (asks ? 250 : 205)), 4)];
}
