// A box on a picture: its left, top, right and bottom edge, as fractions of the picture.

import { clamp } from "../numbers.js";

export const START = [0.25, 0.25, 0.75, 0.75];

const SMALLEST = 0.03;
// By their names, the places of the edges that meet in a corner.
const CORNERS = { nw: [0, 1], ne: [2, 1], sw: [0, 3], se: [2, 3] };

export const CORNER_NAMES = Object.keys(CORNERS);

export function movedBox([left, top, right, bottom], across, down) {
  const [x, y] = [clamp(across, -left, 1 - right), clamp(down, -top, 1 - bottom)];
  return [left + x, top + y, right + x, bottom + y];
}

// The left and top edge stay.
export function resizedBox([left, top, right, bottom], across, down) {
  return [
    left, top,
    clamp(right + across, left + SMALLEST, 1), clamp(bottom + down, top + SMALLEST, 1),
  ];
}

export function boxBetween([x, y], [otherX, otherY]) {
  return [Math.min(x, otherX), Math.min(y, otherY), Math.max(x, otherX), Math.max(y, otherY)];
}

// What stays in its place while a corner is dragged.
export function oppositeCorner(box, name) {
  const [across, down] = CORNERS[name];
  return [box[2 - across], box[4 - down]];
}

export function isTooSmall([left, top, right, bottom]) {
  return right - left < SMALLEST || bottom - top < SMALLEST;
}

// As it is sent: four decimals are less than a pixel.
export function roundedBox(box) {
  return box.map((edge) => Math.round(edge * 1e4) / 1e4);
}

export function boxInWords(box) {
  const [left, top, right, bottom] = box.map((edge) => Math.round(edge * 100));
  return `from ${left} to ${right} % across and ${top} to ${bottom} % down`;
}

export function boxStyle([left, top, right, bottom]) {
  const percent = (share) => `${(share * 100).toFixed(2)}%`;
  return {
    left: percent(left),
    top: percent(top),
    width: percent(right - left),
    height: percent(bottom - top),
  };
}
