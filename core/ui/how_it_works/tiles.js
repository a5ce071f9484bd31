// A grid of small pictures; one is picked. Their pictures are parts of one sheet, or have addresses.

import { make, makeButton } from "../elements.js";
import { placeAfter } from "../keyboard.js";
import { mounted } from "../mounting.js";
import { sheetStyle } from "./sheet.js";

class Tiles {
  constructor(parent, send) {
    this.send = send;
    this.list = make("ul", { onkeydown: (event) => this.onKey(event) });
    parent.append(this.list);
  }

  show({ label, tiles, sheet, columns, proportion, least, picked }) {
    this.list.setAttribute("aria-label", label);
    this.list.style.setProperty("--least", least);
    this.list.style.setProperty("--proportion", proportion);
    this.list.style.setProperty("--sheet", sheet ? `url("${sheet}")` : "none");
    // The same buttons stay, so that the focus stays.
    while (this.list.children.length > tiles.length) this.list.lastChild.remove();
    while (this.list.children.length < tiles.length) this.list.append(this.makeItem());
    const { buttons } = this;
    tiles.forEach((tile, place) => {
      paintTile(buttons[place], tile, tile.number === picked);
      const style = tile.address ? addressStyle(tile) : sheetStyle(place, columns, tiles.length);
      Object.assign(buttons[place].firstElementChild.style, style);
    });
    if (!buttons.some(({ tabIndex }) => tabIndex === 0)) buttons[0].tabIndex = 0;
  }

  get buttons() {
    return [...this.list.querySelectorAll("button")];
  }

  makeItem() {
    const tile = makeButton("", { onclick: () => this.send("pick", Number(tile.dataset.number)) });
    tile.append(make("span", { class: "picture" }), make("small"));
    return make("li", {}, tile);
  }

  onKey(event) {
    const { buttons } = this;
    const place = buttons.indexOf(event.target.closest("button"));
    const columns = getComputedStyle(this.list).gridTemplateColumns.split(" ").length;
    const next = buttons[placeAfter(event.key, place, columns)];
    if (!next) return;
    event.preventDefault();
    buttons[place].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

function paintTile(button, { number, name, caption }, isPicked) {
  button.dataset.number = number;
  button.setAttribute("aria-label", name);
  button.title = name;
  button.setAttribute("aria-pressed", String(isPicked));
  button.tabIndex = isPicked ? 0 : -1;
  button.lastElementChild.textContent = caption;
}

function addressStyle({ address }) {
  return {
    backgroundImage: `url("${address}")`,
    backgroundSize: "cover",
    backgroundPosition: "center",
  };
}

export default mounted(Tiles);
