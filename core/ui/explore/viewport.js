// What is in sight of the map: { x, y, scale }, the place on the map in the centre of the canvas,
// 0 to 1, and the pixels of a unit of the map. A size is that of the canvas in pixels.

import { clamp } from "../numbers.js";

const MARGIN = 28;
const MOST_ZOOM = 400;

// The scale at which all of the map is in sight.
export function fittingScale({ width, height }) {
  return Math.min(width, height) - 2 * MARGIN;
}

export function wholeMap(fit) {
  return { x: 0.5, y: 0.5, scale: fit };
}

// What shows most of some points; a few may be far away from the others.
export function around(xs, ys, fit) {
  const [[left, right], [top, bottom]] = [middleRange(xs), middleRange(ys)];
  const span = Math.max(right - left, bottom - top, 0.02);
  const scale = Math.min(fit / span / 1.4, fit * MOST_ZOOM);
  return { x: (left + right) / 2, y: (top + bottom) / 2, scale };
}

// The nearest one that is allowed.
export function limited({ x, y, scale }, fit) {
  return { x: clamp(x, 0, 1), y: clamp(y, 0, 1), scale: limitedScale(scale, fit) };
}

export function panned({ x, y, scale }, across, down) {
  return { x: x - across / scale, y: y - down / scale, scale };
}

// By a factor, so that the place under a point of the canvas stays there.
export function zoomed(viewport, factor, [px, py], { width, height }, fit) {
  const scale = limitedScale(viewport.scale * factor, fit);
  const moved = 1 / viewport.scale - 1 / scale;
  return {
    x: viewport.x + (px - width / 2) * moved,
    y: viewport.y + (py - height / 2) * moved,
    scale,
  };
}

// On the way from one to another, 0 to 1, slower towards the end.
export function between(from, to, share) {
  const eased = 1 - (1 - share) ** 3;
  const mix = (name) => from[name] + eased * (to[name] - from[name]);
  return { x: mix("x"), y: mix("y"), scale: from.scale * (to.scale / from.scale) ** eased };
}

export function toMap({ x, y, scale }, { width, height }, px, py) {
  return [x + (px - width / 2) / scale, y + (py - height / 2) / scale];
}

export function toCanvas(viewport, { width, height }, x, y) {
  const { scale } = viewport;
  return [(x - viewport.x) * scale + width / 2, (y - viewport.y) * scale + height / 2];
}

function limitedScale(scale, fit) {
  return clamp(scale, fit / 2, fit * MOST_ZOOM);
}

function middleRange(numbers) {
  const ordered = Float32Array.from(numbers).sort();
  return [0.05, 0.95].map((share) => ordered[Math.round(share * (ordered.length - 1))]);
}
