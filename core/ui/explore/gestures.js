// What pointers on the map do, from their places on the canvas.

const CLICK_PIXELS = 5;
const LINE_PIXELS = 30;

// Whether a pointer has gone too far from its start for a click.
export function isDrag(start, place) {
  return distance(start, place) > CLICK_PIXELS;
}

// One of two fingers has moved: how far the map is moved, and the factor and the place by which it
// is zoomed.
export function pinch(before, place, other) {
  const [from, to] = [middle(before, other), middle(place, other)];
  return {
    across: to[0] - from[0],
    down: to[1] - from[1],
    factor: distance(place, other) / Math.max(distance(before, other), 1),
    centre: to,
  };
}

// The factor of a turn of the wheel; touchpads say with Ctrl that two fingers pinch.
export function wheelFactor({ deltaY, deltaMode, ctrlKey }) {
  const pixels = deltaY * (deltaMode === 1 ? LINE_PIXELS : 1);
  return Math.exp(-pixels * (ctrlKey ? 0.01 : 0.0015));
}

function middle([x, y], [otherX, otherY]) {
  return [(x + otherX) / 2, (y + otherY) / 2];
}

function distance([x, y], [otherX, otherY]) {
  return Math.hypot(x - otherX, y - otherY);
}
