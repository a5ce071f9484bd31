// The lists beside the map: what its colours mean, and its groups.

import { make, makeButton } from "../elements.js";
import { countText } from "./counts.js";

export function legendItems(legend) {
  return legend.map(({ label }) => make("li", {}, makeSwatch(), make("span", {}, label)));
}

// onOpen is called with the group that is clicked.
export function groupItems(groups, onOpen) {
  return groups.map((group) => {
    const button = makeButton("", { onclick: () => onOpen(group) });
    button.append(
      makeSwatch(),
      make("span", { class: "name" }, group.name),
      make("span", { class: "size" }, countText(group.size)),
    );
    return make("li", {}, button);
  });
}

export function paintSwatches(items, colours) {
  [...items].forEach((item, place) => item.style.setProperty("--swatch", colours[place]));
}

function makeSwatch() {
  return make("span", { class: "swatch" });
}
