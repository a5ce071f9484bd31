// The map of a gallery on a canvas: every picture is a point, or its thumbnail where there is room.
// It is moved, zoomed and chosen from by mouse, fingers and keys.

const STEP = 1.5;
const PAN = 80;
const CLICK_PIXELS = 5;
const NEAR_PIXELS = 14;
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const MODES = { pan: "Move", box: "Box", lasso: "Lasso" };
// What was in sight and chosen when another page was shown, of the last map.
let left;

class MapView extends MapPainter {
  constructor(parent) {
    super();
    this.canvas = make("canvas", {
      tabindex: "0",
      role: "application",
      "aria-label": "Map of the gallery",
      "aria-description":
        "Arrow keys move the map, plus and minus zoom, Home shows all of it. " +
        "Enter searches with the picture that is nearest to the centre.",
      onpointerdown: (event) => this.onDown(event),
      onpointermove: (event) => this.onMove(event),
      onpointerup: (event) => this.onUp(event),
      onpointercancel: (event) => this.onUp(event),
      onpointerleave: (event) => {
        if (event.pointerType === "mouse" && !this.pointers.size) this.point(-1);
      },
      onkeydown: (event) => this.onKey(event),
      onfocus: () => this.draw(),
      onblur: () => this.draw(),
    });
    this.canvas.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.card = new Card((row) => this.ask(row));
    this.told = make("p", { class: "told", role: "status" });
    this.legend = make("ul", { class: "legend", "aria-label": "Colours" });
    this.groups = make("ol", { class: "groups", "aria-label": "Groups" });
    const stage = make("div", { class: "stage" }, this.canvas, this.card.element, this.tools());
    const shown = make("div", { class: "shown" }, stage, this.legend);
    this.aside = make("section", { "aria-label": "Groups" }, make("h3", {}, "Groups"), this.groups);
    parent.append(make("div", { class: "map" }, shown, this.aside, this.told));
    this.pointers = new Map();
    this.thumbnails = new Thumbnails(() => this.draw());
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", () => this.repaint());
    this.choose("pan");
    new ResizeObserver(() => this.resize()).observe(this.canvas);
  }

  tools() {
    this.modes = Object.entries(MODES).map(([mode, label]) => {
      const one = tool(label, label, () => this.choose(mode));
      one.dataset.mode = mode;
      return one;
    });
    const zooms = [
      tool("+", "Zoom in", () => this.zoom(STEP)),
      tool("−", "Zoom out", () => this.zoom(1 / STEP)),
      tool("All", "Show all of the map", () => this.fly(this.whole())),
    ];
    const group = (label, buttons) => make("div", { role: "group", "aria-label": label }, ...buttons);
    const groups = [group("What a drag does", this.modes), group("Zoom", zooms)];
    return make("div", { class: "tools" }, ...groups);
  }

  show(data) {
    const known = this.data;
    this.data = data;
    if (known?.key !== data.key) {
      const places = new Uint16Array(bytes(data.positions).buffer);
      this.count = places.length / 2;
      this.x = Float32Array.from({ length: this.count }, (_, row) => places[2 * row] / 65535);
      this.y = Float32Array.from({ length: this.count }, (_, row) => places[2 * row + 1] / 65535);
      this.ids = bytes(data.ids);
      this.names = data.names.split("/");
      this.groupOf = new Int32Array(bytes(data.group_of).buffer);
      const before = left?.key === data.key ? left : null;
      this.chosen = before?.chosen ?? null;
      this.centre = before?.centre ?? null;
      this.thumbnails.clear();
      this.card.show(null);
      this.canvas.setAttribute("aria-label", `Map of ${this.count.toLocaleString("en")} pictures`);
    }
    this.colours = bytes(data.colours);
    if (known?.key !== data.key || !same(known.groups, data.groups)) this.fillGroups();
    this.fillLegend();
    if (this.chosen && data.chosen === 0) this.chosen = null;
    this.repaint();
  }

  fillGroups() {
    this.aside.hidden = !this.data.groups.length;
    this.groups.replaceChildren(
      ...this.data.groups.map(({ number, name, size }) => {
        const one = button("", { onclick: () => this.showGroup(number, name) });
        one.append(
          make("span", { class: "swatch" }),
          make("span", { class: "name" }, name),
          make("span", { class: "size" }, size.toLocaleString("en")),
        );
        return make("li", {}, one);
      }),
    );
  }

  fillLegend() {
    this.legend.replaceChildren(
      ...this.data.legend.map(({ label }) =>
        make("li", {}, make("span", { class: "swatch" }), make("span", {}, label)),
      ),
    );
  }

  showGroup(number, name) {
    const rows = [];
    this.groupOf.forEach((group, row) => group === number && rows.push(row));
    this.fly(this.around(rows));
    this.select(rows);
    this.told.textContent = `${name}: ${rows.length.toLocaleString("en")} pictures`;
  }

  id(row) {
    let id = "";
    for (let place = 16 * row; place < 16 * row + 16; place += 1) {
      id += this.ids[place].toString(16).padStart(2, "0");
    }
    return id;
  }

  // The row at a place of the canvas, -1 for none: a thumbnail that covers it, or a point near it.
  rowAt(px, py, reach = NEAR_PIXELS) {
    const side = (THUMBNAIL - 8) / 2;
    for (const row of [...(this.placed ?? [])].reverse()) {
      const [x, y] = this.toCanvas(this.x[row], this.y[row]);
      if (Math.abs(px - x) <= side && Math.abs(py - y) <= side) return row;
    }
    const [x, y] = this.toMap(px, py);
    let [best, nearest] = [-1, (reach / this.centre.scale) ** 2];
    for (let row = 0; row < this.count; row += 1) {
      const distance = (this.x[row] - x) ** 2 + (this.y[row] - y) ** 2;
      if (distance < nearest) [best, nearest] = [row, distance];
    }
    return best;
  }

  point(row, { asks = false } = {}) {
    this.pointed = row;
    this.canvas.classList.toggle("over", row >= 0 && this.mode === "pan");
    if (row < 0) {
      this.card.show(null);
    } else {
      const [px, py] = this.toCanvas(this.x[row], this.y[row]);
      const item = { row, id: this.id(row), name: this.names[row] };
      this.card.show(item, px, py, this.width, this.height, asks);
    }
    this.draw();
  }

  ask(row) {
    this.canvas.setAttribute("aria-busy", "true");
    this.send("more", this.id(row));
  }

  choose(mode) {
    this.mode = mode;
    this.canvas.dataset.mode = mode;
    for (const one of this.modes) one.setAttribute("aria-pressed", String(one.dataset.mode === mode));
  }

  select(rows) {
    this.chosen = null;
    if (rows.length) {
      this.chosen = new Uint8Array(this.count);
      for (const row of rows) this.chosen[row] = 1;
    }
    this.told.textContent = `${rows.length.toLocaleString("en")} pictures chosen`;
    this.draw();
    this.send("chosen", { key: this.data.key, rows });
  }

  onWheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
    const speed = event.ctrlKey ? 0.01 : 0.0015;
    this.zoom(Math.exp(-event.deltaY * lines * speed), event.offsetX, event.offsetY);
    this.point(-1);
  }

  onDown(event) {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    const at = [event.offsetX, event.offsetY];
    this.pointers.set(event.pointerId, at);
    this.moved = this.pointers.size > 1;
    this.start = at;
    this.outline = this.mode === "pan" || this.moved ? null : [this.toMap(...at)];
  }

  onMove(event) {
    const at = [event.offsetX, event.offsetY];
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") this.point(this.rowAt(...at));
      return;
    }
    if (Math.hypot(at[0] - this.start[0], at[1] - this.start[1]) > CLICK_PIXELS) this.moved = true;
    if (this.pointers.size > 1) this.pinch(event.pointerId, before, at);
    else if (this.outline) this.stretch(at);
    else if (this.moved) {
      this.point(-1);
      this.pan(at[0] - before[0], at[1] - before[1]);
    }
    this.pointers.set(event.pointerId, at);
  }

  pinch(moving, before, at) {
    const [, other] = [...this.pointers].find(([id]) => id !== moving);
    const apart = (place) => Math.hypot(place[0] - other[0], place[1] - other[1]);
    const middle = (place) => [(place[0] + other[0]) / 2, (place[1] + other[1]) / 2];
    const [from, to] = [middle(before), middle(at)];
    this.pan(to[0] - from[0], to[1] - from[1]);
    this.zoom(apart(at) / Math.max(apart(before), 1), ...to);
    this.outline = null;
  }

  stretch(at) {
    if (this.mode === "lasso") {
      this.outline.push(this.toMap(...at));
    } else {
      const [[left, top], [right, bottom]] = [this.toMap(...this.start), this.toMap(...at)];
      this.outline = [[left, top], [right, top], [right, bottom], [left, bottom]];
    }
    this.draw();
  }

  onUp(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    const { outline } = this;
    this.outline = null;
    if (event.type === "pointercancel" || this.pointers.size) return this.draw();
    if (outline && this.moved) return this.select(inside(outline, this.x, this.y));
    if (this.moved) return this.draw();
    const row = this.rowAt(event.offsetX, event.offsetY);
    // A finger sees the picture first; the card has the button that asks.
    if (event.pointerType !== "mouse") this.point(row, { asks: true });
    else if (row >= 0) this.ask(row);
    else if (this.chosen) this.select([]);
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) this.pan(PAN * arrow[0], PAN * arrow[1]);
    else if (event.key === "+" || event.key === "=") this.zoom(STEP);
    else if (event.key === "-") this.zoom(1 / STEP);
    else if (event.key === "Home") this.go(this.whole());
    else if (event.key === "Escape" && this.chosen) this.select([]);
    else if (event.key === "Enter" && this.pointed >= 0) this.ask(this.pointed);
    else return;
    event.preventDefault();
    if (event.key === "Enter") return;
    this.point(this.rowAt(this.width / 2, this.height / 2, Infinity));
    this.told.textContent = `In the centre: ${this.names[this.pointed] ?? "nothing"}`;
  }

  leave() {
    left = { key: this.data.key, centre: this.centre, chosen: this.chosen };
    clearTimeout(this.fetching);
    cancelAnimationFrame(this.flight);
  }
}

export default shownBy(MapView);
