// The points of the map: columns of their places, 0 to 1.

const MOST = 65535;
const ID_BYTES = 16;

// From places of 16 bits, x and y in turn.
export function columnsOf(places) {
  const column = (first) =>
    Float32Array.from({ length: places.length / 2 }, (_, row) => places[2 * row + first] / MOST);
  return [column(0), column(1)];
}

// The id of the image of a row, in hexadecimal digits.
export function idOf(ids, row) {
  const bytes = ids.subarray(ID_BYTES * row, ID_BYTES * (row + 1));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The row of the point that is nearest to a place and less than a reach away; -1 for none.
export function nearestRow([x, y], reach, xs, ys) {
  let [nearest, smallest] = [-1, reach ** 2];
  for (let row = 0; row < xs.length; row += 1) {
    const distance = (xs[row] - x) ** 2 + (ys[row] - y) ** 2;
    if (distance < smallest) [nearest, smallest] = [row, distance];
  }
  return nearest;
}

// The first of some rows whose squares of a size do not cover each other.
export function uncovered(rows, size, most, xs, ys) {
  const chosen = [];
  for (const row of rows) {
    const isApart = (other) =>
      Math.max(Math.abs(xs[row] - xs[other]), Math.abs(ys[row] - ys[other])) >= size;
    if (chosen.length < most && chosen.every(isApart)) chosen.push(row);
  }
  return chosen;
}

// In pixels of the page: smaller where there are many, larger as the map is zoomed in.
export function pointRadius(count, zoom) {
  const crowd = count > 30000 ? 1.3 : count > 5000 ? 2 : count > 1000 ? 2.5 : 3.5;
  return Math.min(crowd * Math.sqrt(zoom), 6);
}

// Offsets of the pixels of a disc in an image of a width.
export function discOffsets(radius, width) {
  const offsets = [];
  const edge = Math.floor(radius + 0.3);
  // Of a small radius, so that the disc is round in whole pixels.
  const limit = (radius + 0.3) ** 2;
  for (let down = -edge; down <= edge; down += 1) {
    for (let across = -edge; across <= edge; across += 1) {
      if (across * across + down * down <= limit) offsets.push(down * width + across);
    }
  }
  return Int32Array.from(offsets);
}
