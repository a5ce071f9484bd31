// The map of a gallery on a canvas: every picture is a point, or its thumbnail where there is room.
// Positions are 0 to 1 on the map, pixels on the screen. Names go out as textContent.

const CATEGORIES = {
  light: ["#b01e52", "#1f77b4", "#2a8a3e", "#b8660a", "#6a4fb3", "#0f8b8d", "#8a5a44", "#c2449b",
          "#6b7f00", "#4257c9", "#d1495b"],
  dark: ["#ff7aa8", "#6cb8f0", "#74d184", "#ffb457", "#b49cf5", "#4fd3d0", "#d3a48a", "#f291d4",
         "#c3d94f", "#93a5ff", "#ff8f8a"],
};
const SEQUENCE = {
  light: ["#b01e52", "#d4553c", "#d98a29", "#8fa052", "#5b93a0", "#8e9ab3"],
  dark: ["#ff5c93", "#ff8f66", "#f5c04d", "#a8cf7a", "#6fb3c4", "#6b7590"],
};
const OTHER = { light: "#b9b0a8", dark: "#5d5666" };
const NO_COLOUR = 255;

const MARGIN = 28;
const MOST_ZOOM = 400;
const STEP = 1.5;
const PAN = 80;
const CLICK_PIXELS = 5;
const NEAR_PIXELS = 14;
const FLY_MS = 350;
// Thumbnails take the place of points where no more than this many are in sight.
const MOST_IN_SIGHT = 700;
const MOST_THUMBNAILS = 160;
const KEPT_THUMBNAILS = 600;
const THUMBNAIL = 72;
const REST_MS = 120;
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const MODES = { pan: "Move", box: "Box", lasso: "Lasso" };
const views = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let view = views.get(parentElement);
  if (!view) {
    view = new MapView(parentElement);
    views.set(parentElement, view);
  }
  view.send = setTriggerValue;
  view.show(data);
  return () => view.leave();
}

class MapView {
  constructor(parent) {
    this.canvas = make("canvas", {
      tabindex: "0",
      role: "application",
      "aria-label": "Map of the gallery",
      "aria-description":
        "Arrow keys move the map, plus and minus zoom, Home shows all of it. " +
        "Enter searches with the picture that is nearest to the centre.",
    });
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
    const { canvas } = this;
    canvas.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.onDown(event));
    canvas.addEventListener("pointermove", (event) => this.onMove(event));
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, (event) => this.onUp(event));
    }
    canvas.addEventListener("pointerleave", () => this.pointers.size || this.point(-1));
    canvas.addEventListener("keydown", (event) => this.onKey(event));
    canvas.addEventListener("focus", () => this.draw());
    canvas.addEventListener("blur", () => this.draw());
  }

  tools() {
    this.modes = Object.entries(MODES).map(([mode, label]) => {
      const one = button(label, label, () => this.choose(mode));
      one.dataset.mode = mode;
      return one;
    });
    const zooms = [
      button("+", "Zoom in", () => this.zoom(STEP)),
      button("−", "Zoom out", () => this.zoom(1 / STEP)),
      button("All", "Show all of the map", () => this.fly(this.whole())),
    ];
    const group = (label, buttons) => make("div", { role: "group", "aria-label": label }, ...buttons);
    return make(
      "div",
      { class: "tools" },
      group("What a drag does", this.modes),
      group("Zoom", zooms),
    );
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
      this.chosen = null;
      this.centre = null;
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
        const one = make("button", { type: "button" });
        one.append(
          make("span", { class: "swatch" }),
          make("span", { class: "name" }, name),
          make("span", { class: "size" }, size.toLocaleString("en")),
        );
        one.addEventListener("click", () => this.showGroup(number, name));
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

  // The colours of the page, which may have changed.
  repaint() {
    const ground = getComputedStyle(this.canvas).backgroundColor;
    const [red, green, blue] = ground.match(/[\d.]+/g).map(Number);
    this.ground = packed(red, green, blue);
    const theme = 0.3 * red + 0.6 * green + 0.1 * blue < 128 ? "dark" : "light";
    const list = (this.data?.ordered ? SEQUENCE : CATEGORIES)[theme];
    this.palette = new Uint32Array(256).fill(fromHex(OTHER[theme]));
    list.forEach((colour, index) => (this.palette[index] = fromHex(colour)));
    this.accent = getComputedStyle(this.canvas).getPropertyValue("--st-primary-color").trim();
    this.ink = getComputedStyle(this.canvas).color;
    const paint = (element, colour) => {
      const shown = colour === NO_COLOUR ? OTHER[theme] : list[colour % list.length];
      element.style.setProperty("--swatch", shown);
    };
    [...this.legend.children].forEach((one, place) => paint(one, this.data.legend[place].colour));
    [...this.groups.children].forEach((one, place) => {
      paint(one, this.data.groups[place].colour);
      one.classList.toggle("plain", this.data.by !== "group");
    });
    this.draw();
  }

  resize() {
    this.ratio = Math.min(devicePixelRatio || 1, 2);
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    if (!this.width || !this.height) return;
    this.canvas.width = Math.round(this.width * this.ratio);
    this.canvas.height = Math.round(this.height * this.ratio);
    this.image = new ImageData(this.canvas.width, this.canvas.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.fit = Math.min(this.width, this.height) - 2 * MARGIN;
    this.draw();
  }

  // Of the view: the place on the map in its centre, and the pixels of a unit.
  whole() {
    return { x: 0.5, y: 0.5, scale: this.fit };
  }

  around(rows) {
    const [xs, ys] = [this.x, this.y].map((axis) => {
      const ordered = Float32Array.from(rows, (row) => axis[row]).sort();
      // Some may be far away from the others.
      return [0.05, 0.95].map((share) => ordered[Math.round(share * (ordered.length - 1))]);
    });
    const span = Math.max(xs[1] - xs[0], ys[1] - ys[0], 0.02);
    const scale = Math.min(this.fit / span / 1.4, this.fit * MOST_ZOOM);
    return { x: (xs[0] + xs[1]) / 2, y: (ys[0] + ys[1]) / 2, scale };
  }

  fly(goal) {
    const from = this.centre;
    if (this.still.matches) return this.go(goal);
    const start = performance.now();
    const step = (now) => {
      const share = Math.min((now - start) / FLY_MS, 1);
      const eased = 1 - (1 - share) ** 3;
      const mix = (name) => from[name] + eased * (goal[name] - from[name]);
      this.go({ x: mix("x"), y: mix("y"), scale: from.scale * (goal.scale / from.scale) ** eased });
      if (share < 1) this.flight = requestAnimationFrame(step);
    };
    cancelAnimationFrame(this.flight);
    this.flight = requestAnimationFrame(step);
  }

  go({ x, y, scale }) {
    const within = (value, low, high) => Math.max(low, Math.min(high, value));
    this.centre = {
      x: within(x, 0, 1),
      y: within(y, 0, 1),
      scale: within(scale, this.fit / 2, this.fit * MOST_ZOOM),
    };
    this.draw();
  }

  pan(dx, dy) {
    const { x, y, scale } = this.centre;
    this.go({ x: x - dx / scale, y: y - dy / scale, scale });
  }

  // By a factor, so that the place under a point of the canvas stays there.
  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const { x, y, scale } = this.centre;
    const next = Math.max(this.fit / 2, Math.min(scale * factor, this.fit * MOST_ZOOM));
    const [dx, dy] = [px - this.width / 2, py - this.height / 2];
    const moved = 1 / scale - 1 / next;
    this.go({ x: x + dx * moved, y: y + dy * moved, scale: next });
  }

  toMap(px, py) {
    const { x, y, scale } = this.centre;
    return [x + (px - this.width / 2) / scale, y + (py - this.height / 2) / scale];
  }

  toCanvas(x, y) {
    const { centre } = this;
    return [
      (x - centre.x) * centre.scale + this.width / 2,
      (y - centre.y) * centre.scale + this.height / 2,
    ];
  }

  draw() {
    if (this.waiting || !this.image || !this.data) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.centre ??= this.whole();
      this.paint();
      this.canvas.dataset.drawn = String(this.count);
    });
  }

  paint() {
    const sight = this.paintPoints();
    const { context, ratio } = this;
    context.putImageData(this.image, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.placed = sight.length <= MOST_IN_SIGHT ? this.paintThumbnails(sight) : [];
    if (this.data.query) this.paintQuery(...this.toCanvas(...this.data.query));
    if (this.outline) this.paintOutline();
    if (this.pointed >= 0) this.paintRing(this.pointed);
    const focused = this.canvas.matches(":focus-visible");
    if (focused) this.paintCross();
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  // Points as discs of opaque pixels, which is much faster than drawing shapes; returns the rows
  // in sight.
  paintPoints() {
    const { pixels, palette, colours, chosen, x, y, count } = this;
    const { width, height } = this.image;
    pixels.fill(this.ground);
    const scale = this.centre.scale * this.ratio;
    const left = width / 2 - this.centre.x * scale;
    const top = height / 2 - this.centre.y * scale;
    const closer = Math.sqrt(this.centre.scale / this.fit);
    const crowd = count > 30000 ? 1.3 : count > 5000 ? 2 : 3;
    const radius = Math.min(crowd * closer, 6) * this.ratio;
    const disc = discOf(radius, width);
    const edge = Math.ceil(radius);
    const faded = this.fadedPalette();
    const sight = [];
    for (let pass = chosen ? 0 : 1; pass < 2; pass += 1) {
      for (let row = 0; row < count; row += 1) {
        // What is chosen is drawn over the others.
        if (chosen && chosen[row] !== pass) continue;
        const across = Math.round(left + x[row] * scale);
        const down = Math.round(top + y[row] * scale);
        if (across < edge || down < edge || across >= width - edge || down >= height - edge) continue;
        if (sight.length <= MOST_IN_SIGHT) sight.push(row);
        const colour = (pass ? palette : faded)[colours[row]];
        const at = down * width + across;
        for (let place = 0; place < disc.length; place += 1) pixels[at + disc[place]] = colour;
      }
    }
    return sight;
  }

  fadedPalette() {
    const ground = [0, 8, 16].map((shift) => (this.ground >> shift) & 255);
    return this.palette.map((colour) => {
      const mixed = [0, 8, 16].map((shift, part) =>
        Math.round(0.28 * ((colour >> shift) & 255) + 0.72 * ground[part]),
      );
      return packed(...mixed);
    });
  }

  // At most one in each cell of a grid that moves with the map.
  paintThumbnails(sight) {
    const cells = new Map();
    const size = THUMBNAIL / this.centre.scale;
    for (const row of sight) {
      const cell = `${Math.floor(this.x[row] / size)},${Math.floor(this.y[row] / size)}`;
      if (!cells.has(cell) && cells.size < MOST_THUMBNAILS) cells.set(cell, row);
    }
    const rows = [...cells.values()];
    clearTimeout(this.fetching);
    this.fetching = setTimeout(() => this.thumbnails.fetch(rows, (row) => this.id(row)), REST_MS);
    const side = THUMBNAIL - 8;
    const { context } = this;
    return rows.filter((row) => {
      const picture = this.thumbnails.get(row);
      if (!picture) return false;
      const [px, py] = this.toCanvas(this.x[row], this.y[row]);
      context.fillStyle = hex(this.ground);
      context.fillRect(px - side / 2, py - side / 2, side, side);
      context.globalAlpha = this.chosen && !this.chosen[row] ? 0.35 : 1;
      context.drawImage(picture, px - side / 2, py - side / 2, side, side);
      context.globalAlpha = 1;
      context.lineWidth = 2;
      context.strokeStyle = hex(this.palette[this.colours[row]]);
      context.strokeRect(px - side / 2, py - side / 2, side, side);
      return true;
    });
  }

  paintQuery(px, py) {
    const { context } = this;
    context.beginPath();
    for (let corner = 0; corner < 10; corner += 1) {
      const [length, angle] = [corner % 2 ? 6 : 14, (corner * Math.PI) / 5 - Math.PI / 2];
      context.lineTo(px + length * Math.cos(angle), py + length * Math.sin(angle));
    }
    context.closePath();
    context.fillStyle = this.accent;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = "#fff";
    context.stroke();
  }

  paintOutline() {
    const { context } = this;
    context.beginPath();
    for (const [x, y] of this.outline) context.lineTo(...this.toCanvas(x, y));
    context.closePath();
    context.fillStyle = this.accent;
    context.globalAlpha = 0.12;
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = 2;
    context.strokeStyle = this.accent;
    context.stroke();
  }

  paintRing(row) {
    const { context } = this;
    context.beginPath();
    context.arc(...this.toCanvas(this.x[row], this.y[row]), 10, 0, 2 * Math.PI);
    context.lineWidth = 3;
    context.strokeStyle = this.ink;
    context.stroke();
  }

  paintCross() {
    const { context, width, height } = this;
    context.beginPath();
    for (const [dx, dy] of [[8, 0], [0, 8]]) {
      context.moveTo(width / 2 - dx, height / 2 - dy);
      context.lineTo(width / 2 + dx, height / 2 + dy);
    }
    context.lineWidth = 1.5;
    context.strokeStyle = this.ink;
    context.stroke();
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
    if (outline && this.moved) return this.select(this.inside(outline));
    if (this.moved) return this.draw();
    const row = this.rowAt(event.offsetX, event.offsetY);
    // A finger sees the picture first; the card has the button that asks.
    if (event.pointerType !== "mouse") this.point(row, { asks: true });
    else if (row >= 0) this.ask(row);
    else if (this.chosen) this.select([]);
  }

  // Rows in a polygon, by the number of its edges to the right of a point.
  inside(outline) {
    const rows = [];
    for (let row = 0; row < this.count; row += 1) {
      const [x, y] = [this.x[row], this.y[row]];
      let within = false;
      for (let one = 0, other = outline.length - 1; one < outline.length; other = one, one += 1) {
        const [[ax, ay], [bx, by]] = [outline[one], outline[other]];
        if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
      }
      if (within) rows.push(row);
    }
    return rows;
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
    clearTimeout(this.fetching);
    cancelAnimationFrame(this.flight);
  }
}

// The thumbnails that were fetched last, cut to squares.
class Thumbnails {
  constructor(onLoad) {
    this.onLoad = onLoad;
    this.clear();
  }

  clear() {
    this.known = new Map();
  }

  get(row) {
    return this.known.get(row);
  }

  fetch(rows, id) {
    for (const row of rows) {
      const known = this.known.get(row);
      // What was asked for last is kept longest.
      this.known.delete(row);
      this.known.set(row, known ?? null);
      if (known === undefined) this.load(row, id(row));
    }
    for (const row of this.known.keys()) {
      if (this.known.size <= KEPT_THUMBNAILS) break;
      this.known.delete(row);
    }
  }

  load(row, id) {
    const { known } = this;
    const image = new Image();
    image.src = `/thumbnails/${id}`;
    image.decode().then(
      () => {
        const side = Math.min(image.naturalWidth, image.naturalHeight);
        const [left, top] = [(image.naturalWidth - side) / 2, (image.naturalHeight - side) / 2];
        const small = new OffscreenCanvas(2 * THUMBNAIL, 2 * THUMBNAIL);
        const context = small.getContext("2d");
        context.drawImage(image, left, top, side, side, 0, 0, small.width, small.height);
        if (known.has(row)) known.set(row, small);
        this.onLoad();
      },
      () => {},
    );
  }
}

// The picture under the pointer, with its name.
class Card {
  constructor(ask) {
    this.image = make("img", { alt: "", width: "160", height: "160" });
    this.name = make("p");
    this.more = button("More like this", "More like this", () => ask(this.row));
    this.element = make("div", { class: "card" }, this.image, this.name, this.more);
    this.element.hidden = true;
  }

  show(item, px, py, width, height, asks) {
    this.element.hidden = !item;
    if (!item) return;
    this.row = item.row;
    this.name.textContent = item.name;
    this.more.hidden = !asks;
    this.element.classList.toggle("asks", Boolean(asks));
    const address = `/thumbnails/${item.id}`;
    if (this.image.getAttribute("src") !== address) this.image.src = address;
    const right = px + 190 < width ? px + 16 : px - 192;
    const top = Math.max(Math.min(py - 60, height - (asks ? 250 : 205)), 4);
    this.element.style.transform = `translate(${Math.max(right, 4)}px, ${top}px)`;
  }
}

// Offsets of the pixels of a disc in an image of a width.
function discOf(radius, width) {
  const offsets = [];
  const edge = Math.floor(radius);
  // Of a small radius, so that the disc is round in whole pixels.
  const limit = radius * (radius + 0.9);
  for (let down = -edge; down <= edge; down += 1) {
    for (let across = -edge; across <= edge; across += 1) {
      if (across * across + down * down <= limit) offsets.push(down * width + across);
    }
  }
  return Int32Array.from(offsets);
}

function bytes(encoded) {
  const text = atob(encoded);
  const found = new Uint8Array(text.length);
  for (let place = 0; place < text.length; place += 1) found[place] = text.charCodeAt(place);
  return found;
}

function packed(red, green, blue) {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

function fromHex(colour) {
  const [red, green, blue] = [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
  return packed(red, green, blue);
}

function hex(colour) {
  return `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

function button(text, label, onClick) {
  const element = make("button", { type: "button", "aria-label": label, title: label }, text);
  element.addEventListener("click", onClick);
  return element;
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
