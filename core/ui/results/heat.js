// Heat maps over the two pictures of the large view. A pointer over one picture shows what
// answers that place in the other; so do the arrow keys on a heat map.

const HEAT_SIDE = 640;
// The level of what speaks neither for nor against a match: above it is for, below it against.
const ZERO = 128;
const WEAK = 32;
const LEVELS = Uint8Array.from({ length: 256 }, (_, level) => level);
// Rows and columns.
const HEAT_STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

class Heat {
  constructor(query, match) {
    this.sides = [new HeatSide(query, "your picture"), new HeatSide(match, "the match")];
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
    this.drawn = Boolean(explanation);
    this.key.hidden = !this.drawn;
    for (const { canvas } of this.sides) canvas.hidden = !this.drawn;
    if (!this.drawn) return;
    [explanation.query, explanation.match].forEach(({ shape, heat }, place) => {
      this.sides[place].shape = shape;
      this.sides[place].heat = bytes(heat);
    });
    this.pairs = bytes(explanation.pairs);
    const colours = bytes(explanation.colours);
    for (const side of this.sides) side.colours = colours;
    const context = this.legend.getContext("2d");
    context.clearRect(0, 0, LEVELS.length, 1);
    context.drawImage(cells(LEVELS, [1, LEVELS.length], colours), 0, 0);
    this.paint();
  }

  paint() {
    if (this.drawn) for (const side of this.sides) side.paint(side.heat);
  }

  onKey(place, event) {
    const step = HEAT_STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    // In the large view the arrows lead to the other matches.
    event.stopPropagation();
    this.point(place, this.sides[place].cellBeside(step));
  }

  point(place, cell) {
    if (cell === null) return this.paint();
    const [query, match] = this.sides.map(({ heat }) => heat.length);
    const answers = place
      ? Uint8Array.from({ length: query }, (_, index) => this.pairs[index * match + cell])
      : this.pairs.slice(cell * match, (cell + 1) * match);
    this.sides[place].paint(this.sides[place].heat, cell);
    this.sides[1 - place].paint(stretched(answers));
  }
}

class HeatSide {
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
    image.addEventListener("load", () => this.shown && this.paint(...this.shown));
  }

  paint(heat, cell = null) {
    this.shown = [heat, cell];
    const { naturalWidth, naturalHeight } = this.image;
    if (!naturalWidth) return;
    const scale = HEAT_SIDE / Math.max(naturalWidth, naturalHeight);
    const { canvas } = this;
    canvas.width = Math.max(Math.round(naturalWidth * scale), 1);
    canvas.height = Math.max(Math.round(naturalHeight * scale), 1);
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(cells(heat, this.shape, this.colours), 0, 0, canvas.width, canvas.height);
    if (cell === null) return;
    const [rows, columns] = this.shape;
    const [width, height] = [canvas.width / columns, canvas.height / rows];
    context.strokeStyle = "#fff";
    context.lineWidth = 3;
    context.strokeRect((cell % columns) * width, Math.floor(cell / columns) * height, width, height);
  }

  // Beside the one that is pointed at; at first the warmest.
  cellBeside(step) {
    const [heat, cell] = this.shown;
    if (cell === null) return heat.indexOf(Math.max(...heat));
    const from = [Math.floor(cell / this.shape[1]), cell % this.shape[1]];
    const [row, column] = from.map((start, axis) =>
      clamp(start + step[axis], 0, this.shape[axis] - 1),
    );
    return row * this.shape[1] + column;
  }

  // The canvas is fitted into its box as the picture is.
  cellAt({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    const scale = Math.min(box.width / this.canvas.width, box.height / this.canvas.height);
    const [width, height] = [this.canvas.width * scale, this.canvas.height * scale];
    const x = (clientX - box.left - (box.width - width) / 2) / width;
    const y = (clientY - box.top - (box.height - height) / 2) / height;
    if (x < 0 || y < 0 || x >= 1 || y >= 1) return null;
    const [rows, columns] = this.shape;
    return Math.floor(y * rows) * columns + Math.floor(x * columns);
  }
}

// Weak answers stay dark.
function stretched(heat) {
  const most = heat.reduce((far, level) => Math.max(far, Math.abs(level - ZERO)), WEAK);
  return heat.map((level) => ZERO + ((ZERO - 1) * (level - ZERO)) / most);
}

// One pixel a position; the colours of the levels stand one after the other.
function cells(heat, [rows, columns], colours) {
  const canvas = new OffscreenCanvas(columns, rows);
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(columns, rows);
  heat.forEach((level, index) => pixels.data.set(colours.subarray(4 * level, 4 * level + 4), 4 * index));
  context.putImageData(pixels, 0, 0);
  return canvas;
}
