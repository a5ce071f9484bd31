// Which pictures of a set go to the trash: those that are ticked.

// Whether each box can be changed; boxes are { checked, fixed }. One picture of each set stays.
export function changeable(boxes) {
  const staying = boxes.filter(({ checked }) => !checked);
  return boxes.map((box) => !box.fixed && !(staying.length === 1 && box === staying[0]));
}

export function tickedPlaces(boxes) {
  return boxes.flatMap(({ checked }, place) => (checked ? [place] : []));
}

// Until the server has received our last tick, what it says of ticks is older than ours. A turn
// tells one tick from the next; without one there is none of ours.
export function isOlder(turn, turnReceived) {
  return Boolean(turn) && turn !== turnReceived;
}
