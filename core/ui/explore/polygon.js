// A polygon on the map, by its corners.

export function rectangle([left, top], [right, bottom]) {
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}

// The rows of the points inside, by the number of edges to the right of a point.
export function rowsInside(polygon, xs, ys) {
  const rows = [];
  for (let row = 0; row < xs.length; row += 1) {
    if (isInside(polygon, xs[row], ys[row])) rows.push(row);
  }
  return rows;
}

function isInside(polygon, x, y) {
  let inside = false;
  let [beforeX, beforeY] = polygon.at(-1);
  for (const [cornerX, cornerY] of polygon) {
    const crosses = cornerY > y !== beforeY > y;
    const edge = ((beforeX - cornerX) * (y - cornerY)) / (beforeY - cornerY) + cornerX;
    if (crosses && x < edge) inside = !inside;
    [beforeX, beforeY] = [cornerX, cornerY];
  }
  return inside;
}
