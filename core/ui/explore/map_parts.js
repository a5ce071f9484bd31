// The card and the thumbnails of the map, and what all its parts use.

const KEPT_THUMBNAILS = 600;

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
    this.more = tool("More like this", "More like this", () => ask(this.row));
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

// Rows of points in a polygon, by the number of its edges to the right of a point.
function inside(outline, xs, ys) {
  const rows = [];
  for (let row = 0; row < xs.length; row += 1) {
    const [x, y] = [xs[row], ys[row]];
    let within = false;
    for (let one = 0, other = outline.length - 1; one < outline.length; other = one, one += 1) {
      const [[ax, ay], [bx, by]] = [outline[one], outline[other]];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
    }
    if (within) rows.push(row);
  }
  return rows;
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

function tool(text, label, onclick) {
  return button(text, { "aria-label": label, title: label, onclick });
}
