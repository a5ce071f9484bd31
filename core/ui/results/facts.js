// What is said of a picture, in the grid and in the large view.

import { pathOf } from "../paths.js";
import { boxInWords } from "../question/box.js";

export function distanceText({ distance }) {
  return distance.toFixed(4);
}

export function closenessText({ than }) {
  return `closer than the first match of ${than} of the pictures here`;
}

// The files of the same picture that are hidden.
export function copiesText(count) {
  return `and ${count} ${count === 1 ? "copy" : "copies"}`;
}

// What a tile shows, in one line.
export function description(item) {
  const facts = [
    `${item.rank}: ${pathOf(item)}`,
    item.distance !== undefined && `distance ${distanceText(item)}`,
    item.close && closenessText(item.close),
    item.copies && copiesText(item.copies),
    item.box && `found ${boxInWords(item.box)}`,
  ];
  return facts.filter(Boolean).join(", ");
}

// Names and values.
export function factList(item) {
  const facts = [
    ["Folder", item.folder || "top folder"],
    ["Size", `${item.width} × ${item.height} px, ${item.size}`],
    ["Taken", item.taken_at ? item.taken_at.replace("T", " ") : "not recorded"],
  ];
  if (item.distance !== undefined) facts.push(["Distance", distanceText(item)]);
  if (item.copies) facts.push(["Hidden copies", String(item.copies)]);
  if (item.box) facts.push(["Found", boxInWords(item.box)]);
  if (item.close) facts.push(["Closer than", `the first match of ${item.close.than} of the pictures`]);
  return facts;
}
