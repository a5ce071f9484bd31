// A grid of small pictures; one is picked. Their pictures are parts of one sheet, or have addresses.

class Tiles {
  constructor(parent) {
    this.list = make("ul", { onkeydown: (event) => this.step(event) });
    parent.append(this.list);
  }

  show({ label, tiles, sheet, columns, proportion, least, picked }) {
    this.list.setAttribute("aria-label", label);
    this.list.style.setProperty("--least", least);
    this.list.style.setProperty("--proportion", proportion);
    this.list.style.setProperty("--sheet", sheet ? `url("${sheet}")` : "none");
    const rows = Math.ceil(tiles.length / columns);
    // The same buttons stay, so that the focus stays.
    while (this.list.children.length > tiles.length) this.list.lastChild.remove();
    while (this.list.children.length < tiles.length) this.list.append(this.entry());
    tiles.forEach((tile, place) => this.paint(this.buttons[place], tile, place, columns, rows, picked));
    if (!this.buttons.some(({ tabIndex }) => tabIndex === 0)) this.buttons[0].tabIndex = 0;
  }

  get buttons() {
    return [...this.list.querySelectorAll("button")];
  }

  entry() {
    const tile = button("", { onclick: () => this.send("pick", Number(tile.dataset.number)) });
    tile.append(make("span", { class: "picture" }), make("small"));
    return make("li", {}, tile);
  }

  paint(tile, { number, name, caption, address }, place, columns, rows, picked) {
    const [picture, text] = tile.children;
    const column = place % columns;
    const row = Math.floor(place / columns);
    tile.dataset.number = number;
    tile.setAttribute("aria-label", name);
    tile.title = name;
    tile.setAttribute("aria-pressed", String(number === picked));
    tile.tabIndex = number === picked ? 0 : -1;
    text.textContent = caption;
    picture.style.backgroundImage = address ? `url("${address}")` : "";
    picture.style.backgroundSize = address ? "cover" : `${columns * 100}% ${rows * 100}%`;
    picture.style.backgroundPosition = address
      ? "center"
      : `${(100 * column) / Math.max(columns - 1, 1)}% ${(100 * row) / Math.max(rows - 1, 1)}%`;
  }

  step(event) {
    const buttons = this.buttons;
    const now = buttons.indexOf(event.target.closest("button"));
    const across = getComputedStyle(this.list).gridTemplateColumns.split(" ").length;
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across };
    const next = buttons[now + (moves[event.key] ?? NaN)];
    if (!next) return;
    event.preventDefault();
    buttons[now].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

export default shownBy(Tiles);
