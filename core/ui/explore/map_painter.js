// The pixels of the map: points, thumbnails, the query, what is pointed at. Positions are 0 to 1 on
// the map, pixels on the screen.

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
const FLY_MS = 350;
// Thumbnails take the place of points once the map is zoomed in and no more are in sight.
const ZOOMED = 1.3;
const MOST_IN_SIGHT = 700;
const MOST_THUMBNAILS = 160;
const THUMBNAIL = 72;
const REST_MS = 120;

// What is drawn, and where: the view has the place on the map in its centre, and the pixels of a unit.
class MapPainter {
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
      this.look({ x: mix("x"), y: mix("y"), scale: from.scale * (goal.scale / from.scale) ** eased });
      if (share < 1) this.flight = requestAnimationFrame(step);
    };
    cancelAnimationFrame(this.flight);
    this.flight = requestAnimationFrame(step);
  }

  // At once: a flight ends.
  go(goal) {
    cancelAnimationFrame(this.flight);
    this.look(goal);
  }

  look({ x, y, scale }) {
    this.centre = {
      x: clamp(x, 0, 1),
      y: clamp(y, 0, 1),
      scale: clamp(scale, this.fit / 2, this.fit * MOST_ZOOM),
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
    const next = clamp(scale * factor, this.fit / 2, this.fit * MOST_ZOOM);
    const [dx, dy] = [px - this.width / 2, py - this.height / 2];
    const moved = 1 / scale - 1 / next;
    this.go({ x: x + dx * moved, y: y + dy * moved, scale: next });
  }

  toMap(px, py) {
    const { x, y, scale } = this.centre;
    return [x + (px - this.width / 2) / scale, y + (py - this.height / 2) / scale];
  }

  toCanvas(x, y) {
    const { x: left, y: top, scale } = this.centre;
    return [(x - left) * scale + this.width / 2, (y - top) * scale + this.height / 2];
  }

  draw() {
    if (this.waiting || !this.image || !this.data) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.centre ??= this.whole();
      this.paint();
      this.canvas.dataset.drawn = String(this.count);
      this.canvas.dataset.thumbnails = String(this.placed.length);
    });
  }

  paint() {
    const sight = this.paintPoints();
    const { context, ratio } = this;
    context.putImageData(this.image, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const close = this.centre.scale > ZOOMED * this.fit && sight.length <= MOST_IN_SIGHT;
    this.placed = close ? this.paintThumbnails(sight) : [];
    if (this.data.query) this.paintQuery(...this.toCanvas(...this.data.query));
    if (this.outline) this.paintOutline();
    if (this.pointed >= 0) this.paintRing(this.pointed);
    if (this.canvas.matches(":focus-visible")) this.paintCross();
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
    const crowd = count > 30000 ? 1.3 : count > 5000 ? 2 : count > 1000 ? 2.5 : 3.5;
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

  // Those of the first rows, as far as they do not cover each other.
  paintThumbnails(sight) {
    const size = (THUMBNAIL - 8) / this.centre.scale;
    const rows = [];
    for (const row of sight) {
      const apart = (other) =>
        Math.max(Math.abs(this.x[row] - this.x[other]), Math.abs(this.y[row] - this.y[other]));
      if (rows.length < MOST_THUMBNAILS && rows.every((other) => apart(other) >= size)) rows.push(row);
    }
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
}

// Offsets of the pixels of a disc in an image of a width.
function discOf(radius, width) {
  const offsets = [];
  const edge = Math.floor(radius + 0.3);
  // Of a small radius, so that the disc is round in whole pixels.
  const limit = (radius + 0.3) ** 2;
  for (let down = -edge; down <= edge; down += 1) {
    for (let across = -edge; across <= edge; across += 1) {
      if (across * across + down * down <= limit) offsets.push(down * width + across);
    }
  }
  return Int32Array.from(offsets);
}
