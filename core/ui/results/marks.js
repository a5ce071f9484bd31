// Marks on matches: { right: ids, wrong: ids }. An image has one mark at most.

export const RIGHT = "right";
export const WRONG = "wrong";
export const NO_MARKS = { [RIGHT]: [], [WRONG]: [] };

const WORDS = { [RIGHT]: "Right", [WRONG]: "Wrong" };
const KEYS = { "+": RIGHT, "=": RIGHT, "-": WRONG };
const SIGNS = { [RIGHT]: "+", [WRONG]: "−" };

export const MARK_NAMES = Object.keys(WORDS);

export function markOfKey(key) {
  return KEYS[key];
}

export function markWord(mark) {
  return WORDS[mark];
}

// The word, and the key that does the same.
export function markTitle(mark) {
  return `${WORDS[mark]} (${SIGNS[mark]})`;
}

// A second time takes the mark back.
export function toggledMarks(marks, mark, id) {
  const others = (name) => marks[name].filter((other) => other !== id);
  const toggled = { [RIGHT]: others(RIGHT), [WRONG]: others(WRONG) };
  if (!marks[mark].includes(id)) toggled[mark].push(id);
  return toggled;
}

// Until the server has received our last mark, what it says of marks is older than ours. A turn
// tells one mark from the next; without one there is none of ours.
export function mergedMarks(own, turn, received, turnReceived) {
  return !turn || turn === turnReceived ? (received ?? NO_MARKS) : own;
}
