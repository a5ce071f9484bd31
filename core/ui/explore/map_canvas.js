// The canvas of the map: what is in sight of it, and how that is painted.

import { cssOf, fadedPalette, packed, paletteOf, themeOf } from "./palette.js";
import {
  paintCross,
  paintPicture,
  paintPoints,
  paintPolygon,
  paintRing,
  paintStar,
} from "./painting.js";
import { pointRadius, uncovered } from "./points.js";
import { THUMBNAIL, Thumbnails } from "./thumbnails.js";
import {
  around,
  between,
  fittingScale,
  limited,
  panned,
  toCanvas,
  toMap,
  wholeMap,
  zoomed,
} from "./viewport.js";

const FLY_MS = 350;
const REST_MS = 120;
// Thumbnails take the place of points once the map is zoomed in and no more are in sight.
const ZOOMED = 1.3;
const MOST_IN_SIGHT = 700;
const MOST_THUMBNAILS = 160;
const SIDE = THUMBNAIL - 8;

export class MapCanvas {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.thumbnails = new Thumbnails(() => this.draw());
    // The rows whose thumbnails are painted.
    this.placed = [];
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  // Points are columns of places, { xs, ys }. Of a row, idOf gives the id of its image. What was in
  // sight and chosen before, null for all of the map and for nothing.
  setPoints(points, idOf, { viewport = null, chosen = null } = {}) {
    Object.assign(this, { points, idOf, viewport, chosen });
    this.thumbnails.clear();
  }

  // The numbers of the colours of the points. Those of the page may have changed; returns its theme.
  setColours(numbers, isOrdered) {
    this.numbers = numbers;
    const style = getComputedStyle(this.canvas);
    const ground = style.backgroundColor.match(/[\d.]+/g).map(Number);
    const theme = themeOf(ground);
    this.ground = packed(...ground.slice(0, 3));
    this.palette = paletteOf(theme, isOrdered);
    this.accent = style.getPropertyValue("--st-primary-color").trim();
    this.ink = style.color;
    return theme;
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    this.ratio = Math.min(devicePixelRatio || 1, 2);
    this.size = { width, height };
    if (!width || !height) return;
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(height * this.ratio);
    this.image = new ImageData(this.canvas.width, this.canvas.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.fit = fittingScale(this.size);
    this.draw();
  }

  get centre() {
    return [this.size.width / 2, this.size.height / 2];
  }

  toMap(px, py) {
    return toMap(this.viewport, this.size, px, py);
  }

  placeOf(row) {
    const { xs, ys } = this.points;
    return toCanvas(this.viewport, this.size, xs[row], ys[row]);
  }

  // The row whose thumbnail covers a place of the canvas, undefined for none.
  thumbnailAt(px, py) {
    return this.placed.findLast((row) => {
      const [x, y] = this.placeOf(row);
      return Math.abs(px - x) <= SIDE / 2 && Math.abs(py - y) <= SIDE / 2;
    });
  }

  showWhole() {
    this.fly(wholeMap(this.fit));
  }

  showRows(rows) {
    const { xs, ys } = this.points;
    const values = (column) => rows.map((row) => column[row]);
    this.fly(around(values(xs), values(ys), this.fit));
  }

  fly(goal) {
    if (this.still.matches) return this.go(goal);
    const from = this.viewport;
    const start = performance.now();
    const step = (now) => {
      const share = Math.min((now - start) / FLY_MS, 1);
      this.look(between(from, goal, share));
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

  goToWhole() {
    this.go(wholeMap(this.fit));
  }

  look(viewport) {
    this.viewport = limited(viewport, this.fit);
    this.draw();
  }

  pan(across, down) {
    this.go(panned(this.viewport, across, down));
  }

  zoom(factor, point = this.centre) {
    this.go(zoomed(this.viewport, factor, point, this.size, this.fit));
  }

  draw() {
    if (this.waiting || !this.image || !this.points) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.viewport ??= wholeMap(this.fit);
      this.paint();
      this.canvas.dataset.drawn = String(this.points.xs.length);
      this.canvas.dataset.thumbnails = String(this.placed.length);
    });
  }

  paint() {
    const { context, ratio, viewport, size, accent } = this;
    const toPixels = ([x, y]) => toCanvas(viewport, size, x, y);
    const sight = this.paintPoints();
    context.putImageData(this.image, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const close = viewport.scale > ZOOMED * this.fit && sight.length <= MOST_IN_SIGHT;
    this.placed = close ? this.paintThumbnails(sight) : [];
    if (this.query) paintStar(context, toPixels(this.query), accent);
    if (this.polygon) paintPolygon(context, this.polygon.map(toPixels), accent);
    if (this.pointed >= 0) paintRing(context, this.placeOf(this.pointed), this.ink);
    if (this.canvas.matches(":focus-visible")) paintCross(context, this.centre, this.ink);
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  paintPoints() {
    const { points, numbers, image, viewport, ratio, palette, chosen } = this;
    const scale = viewport.scale * ratio;
    const layout = {
      left: image.width / 2 - viewport.x * scale,
      top: image.height / 2 - viewport.y * scale,
      scale,
      radius: pointRadius(points.xs.length, viewport.scale / this.fit) * ratio,
    };
    const ground = { pixels: this.pixels, width: image.width, height: image.height, ground: this.ground };
    // What is chosen is drawn over the others.
    const palettes = [fadedPalette(palette, this.ground), palette];
    return paintPoints(ground, { ...points, numbers }, layout, palettes, chosen, MOST_IN_SIGHT);
  }

  // Those of the first rows in sight that do not cover each other.
  paintThumbnails(sight) {
    const { points, idOf, numbers } = this;
    const rows = uncovered(sight, SIDE / this.viewport.scale, MOST_THUMBNAILS, points.xs, points.ys);
    clearTimeout(this.fetching);
    this.fetching = setTimeout(() => this.thumbnails.fetch(rows, idOf), REST_MS);
    return rows.filter((row) => {
      const picture = this.thumbnails.get(row);
      if (!picture) return false;
      paintPicture(this.context, picture, this.placeOf(row), SIDE, {
        ground: cssOf(this.ground),
        frame: cssOf(this.palette[numbers[row]]),
        opacity: this.chosen && !this.chosen[row] ? 0.35 : 1,
      });
      return true;
    });
  }

  stop() {
    clearTimeout(this.fetching);
    cancelAnimationFrame(this.flight);
  }
}
