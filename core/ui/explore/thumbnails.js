// The thumbnails of the map that were fetched last, cut to squares.

// The side of a square on the map, in pixels of the page, with the gap beside it.
export const THUMBNAIL = 72;
const MOST = 600;

export class Thumbnails {
  // onLoad is called when there is one more.
  constructor(onLoad) {
    this.onLoad = onLoad;
    this.clear();
  }

  clear() {
    this.pictures = new Map();
  }

  get(row) {
    return this.pictures.get(row);
  }

  // idOf gives the id of the image of a row.
  fetch(rows, idOf) {
    for (const row of rows) {
      const picture = this.pictures.get(row);
      // What was asked for last is kept longest.
      this.pictures.delete(row);
      this.pictures.set(row, picture ?? null);
      if (picture === undefined) this.load(row, idOf(row));
    }
    for (const row of this.pictures.keys()) {
      if (this.pictures.size <= MOST) break;
      this.pictures.delete(row);
    }
  }

  load(row, id) {
    // Of another map by the time it is loaded, it is of no use.
    const { pictures } = this;
    const image = new Image();
    image.src = `/thumbnails/${id}`;
    image.decode().then(
      () => {
        if (pictures.has(row)) pictures.set(row, square(image));
        this.onLoad();
      },
      () => {},
    );
  }
}

function square(image) {
  const side = Math.min(image.naturalWidth, image.naturalHeight);
  const [left, top] = [(image.naturalWidth - side) / 2, (image.naturalHeight - side) / 2];
  const canvas = new OffscreenCanvas(2 * THUMBNAIL, 2 * THUMBNAIL);
  const context = canvas.getContext("2d");
  context.drawImage(image, left, top, side, side, 0, 0, canvas.width, canvas.height);
  return canvas;
}
