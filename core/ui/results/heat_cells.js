// The cells of a heat map, row after row: each has a level of 0 to 255. A shape is rows and columns.

import { clamp } from "../numbers.js";

// The level of what speaks neither for nor against a match: above it is for, below it against.
const ZERO = 128;
const WEAK = 32;

// Weak answers stay dark.
export function stretched(levels) {
  const most = levels.reduce((far, level) => Math.max(far, Math.abs(level - ZERO)), WEAK);
  return levels.map((level) => ZERO + ((ZERO - 1) * (level - ZERO)) / most);
}

export function warmest(levels) {
  return levels.indexOf(Math.max(...levels));
}

// The cell that an arrow leads to; at the edge the same one.
export function cellBeside(cell, [across, down], [rows, columns]) {
  const row = clamp(Math.floor(cell / columns) + down, 0, rows - 1);
  return row * columns + clamp((cell % columns) + across, 0, columns - 1);
}

// The cell under a point of a box, into which a map of a size is fitted; null beside the map.
export function cellUnder([x, y], box, { width, height }, [rows, columns]) {
  const scale = Math.min(box.width / width, box.height / height);
  const across = (x - box.left - (box.width - width * scale) / 2) / (width * scale);
  const down = (y - box.top - (box.height - height * scale) / 2) / (height * scale);
  if (across < 0 || down < 0 || across >= 1 || down >= 1) return null;
  return Math.floor(down * rows) * columns + Math.floor(across * columns);
}

// What answers a cell of one side on the other. The pairs are the rows of the cells of the query,
// a level for each cell of the match.
export function answers(pairs, isQuery, cell, queryCells, matchCells) {
  if (isQuery) return pairs.slice(cell * matchCells, (cell + 1) * matchCells);
  return Uint8Array.from({ length: queryCells }, (_, row) => pairs[row * matchCells + cell]);
}

// The colours of the cells, four bytes each, by those of the levels.
export function cellColours(levels, colours) {
  const pixels = new Uint8ClampedArray(4 * levels.length);
  levels.forEach((level, cell) => pixels.set(colours.subarray(4 * level, 4 * level + 4), 4 * cell));
  return pixels;
}
