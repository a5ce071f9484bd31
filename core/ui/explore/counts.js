// Numbers of pictures in words.

export function countText(count) {
  return count.toLocaleString("en");
}

export function picturesText(count) {
  return `${countText(count)} pictures`;
}
