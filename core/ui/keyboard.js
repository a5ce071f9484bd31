// What keys mean in a component.

const SIDEWAYS = { ArrowLeft: -1, ArrowRight: 1 };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// With one of these a key is a command of the browser.
export function hasModifier({ ctrlKey, metaKey, altKey }) {
  return ctrlKey || metaKey || altKey;
}

// Where an arrow leads: [across, down], undefined for other keys.
export function arrowOf(key) {
  return ARROWS[key];
}

// Backwards or forwards: -1 or 1, undefined for other keys.
export function stepOf(key) {
  return SIDEWAYS[key];
}

// From one place of a grid to another, which may lie outside it; undefined for other keys.
export function placeAfter(key, place, columns) {
  const arrow = ARROWS[key];
  return arrow && place + arrow[0] + arrow[1] * columns;
}
