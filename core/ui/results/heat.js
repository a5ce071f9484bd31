// Heat maps over the two pictures of the large view. A pointer over one picture shows what
// answers that place in the other; so do the arrow keys on a heat map.

import { make } from "../elements.js";
import { arrowOf } from "../keyboard.js";
import { fromBase64 } from "../numbers.js";
import { answers, cellBeside, cellColours, cellUnder, stretched, warmest } from "./heat_cells.js";

const SIDE = 640;
const LEVELS = Uint8Array.from({ length: 256 }, (_, level) => level);

export class Heat {
  constructor(query, match) {
    this.sides = [new HeatMap(query, "your picture"), new HeatMap(match, "the match")];
    this.legend = make("canvas", { width: LEVELS.length, height: 1, "aria-hidden": "true" });
    this.key = make("div", { class: "key", hidden: "" }, "speaks against", this.legend, "speaks for");
    this.sides.forEach((side, place) => {
      const { canvas } = side;
      for (const kind of ["pointermove", "pointerdown"]) {
        canvas.addEventListener(kind, (event) => this.point(place, side.cellAt(event)));
      }
      canvas.addEventListener("keydown", (event) => this.onKey(place, event));
      for (const kind of ["pointerleave", "blur"]) canvas.addEventListener(kind, () => this.paint());
    });
  }

  // Without an explanation the pictures are bare.
  show(explanation) {
    this.isShown = Boolean(explanation);
    this.key.hidden = !this.isShown;
    for (const { canvas } of this.sides) canvas.hidden = !this.isShown;
    if (!this.isShown) return;
    const colours = fromBase64(explanation.colours);
    [explanation.query, explanation.match].forEach(({ shape, heat }, place) => {
      Object.assign(this.sides[place], { shape, levels: fromBase64(heat), colours });
    });
    this.pairs = fromBase64(explanation.pairs);
    const context = this.legend.getContext("2d");
    context.clearRect(0, 0, LEVELS.length, 1);
    context.drawImage(drawCells(LEVELS, [1, LEVELS.length], colours), 0, 0);
    this.paint();
  }

  paint() {
    if (this.isShown) for (const side of this.sides) side.paint(side.levels);
  }

  onKey(place, event) {
    const arrow = arrowOf(event.key);
    if (!arrow) return;
    event.preventDefault();
    // In the large view the arrows lead to the other matches.
    event.stopPropagation();
    this.point(place, this.sides[place].cellBeside(arrow));
  }

  point(place, cell) {
    if (cell === null) return this.paint();
    const [side, other] = [this.sides[place], this.sides[1 - place]];
    const counts = this.sides.map(({ levels }) => levels.length);
    side.paint(side.levels, cell);
    other.paint(stretched(answers(this.pairs, place === 0, cell, ...counts)));
  }
}

// One of the two: its shape, levels and colours are those of the explanation.
class HeatMap {
  constructor({ image, frame }, whose) {
    this.image = image;
    this.canvas = make("canvas", {
      class: "heat",
      hidden: "",
      tabindex: "0",
      role: "application",
      "aria-label": `Places of ${whose}; the arrow keys point at one`,
    });
    frame.append(this.canvas);
    // The proportions of the thumbnail differ by a pixel from those of the picture.
    image.addEventListener("load", () => this.painted && this.paint(...this.painted));
  }

  // With a cell, that one is framed.
  paint(levels, cell = null) {
    this.painted = [levels, cell];
    const { naturalWidth, naturalHeight } = this.image;
    if (!naturalWidth) return;
    const scale = SIDE / Math.max(naturalWidth, naturalHeight);
    const { canvas } = this;
    canvas.width = Math.max(Math.round(naturalWidth * scale), 1);
    canvas.height = Math.max(Math.round(naturalHeight * scale), 1);
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    const cells = drawCells(levels, this.shape, this.colours);
    context.drawImage(cells, 0, 0, canvas.width, canvas.height);
    if (cell === null) return;
    const [rows, columns] = this.shape;
    const [width, height] = [canvas.width / columns, canvas.height / rows];
    context.strokeStyle = "#fff";
    context.lineWidth = 3;
    context.strokeRect((cell % columns) * width, Math.floor(cell / columns) * height, width, height);
  }

  // Beside the one that is pointed at; at first the warmest.
  cellBeside(arrow) {
    const [levels, cell] = this.painted;
    return cell === null ? warmest(levels) : cellBeside(cell, arrow, this.shape);
  }

  // The canvas is fitted into its box as the picture is.
  cellAt({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return cellUnder([clientX, clientY], box, this.canvas, this.shape);
  }
}

// A canvas with one pixel for each cell.
function drawCells(levels, [rows, columns], colours) {
  const canvas = new OffscreenCanvas(columns, rows);
  const pixels = new ImageData(cellColours(levels, colours), columns, rows);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}
