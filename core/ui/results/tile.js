// A picture of the grid with its caption, and what can be done with it.

import { make, makeButton } from "../elements.js";
import { pathOf } from "../paths.js";
import { closenessText, copiesText, description, distanceText } from "./facts.js";
import { makeFoundBox } from "./found_box.js";
import { makeMoreLink } from "./links.js";
import { MarkButtons } from "./mark_buttons.js";
import { MARK_NAMES } from "./marks.js";

// Pictures that are fetched before they come into sight.
const EAGER = 30;

export class Tile {
  // With a query, the picture is a match, which can be marked. Events: onOpen, onFocus, onAsk and
  // onMark.
  constructor(item, index, { scope, hasQuery }, { onOpen, onFocus, onAsk, onMark }) {
    this.item = item;
    const image = make("img", {
      src: item.thumbnail,
      alt: "",
      decoding: "async",
      loading: index < EAGER ? "eager" : "lazy",
      width: 320,
      height: 320,
    });
    this.open = makeButton(image, {
      class: "open",
      title: pathOf(item),
      "aria-label": description(item),
      "aria-keyshortcuts": hasQuery ? "m a Plus -" : "m",
      onclick: onOpen,
      onfocus: onFocus,
    });
    if (item.box) this.open.append(makeFoundBox(item));
    this.more = makeMoreLink(item, scope, "more", onAsk);
    this.marks = new MarkButtons(onMark);
    const over = [...copiesBadge(item), this.more, ...(hasQuery ? [this.marks.element] : [])];
    const name = make("span", { class: "name", title: pathOf(item) }, item.name);
    const caption = { class: "caption", "aria-hidden": "true" };
    this.element = make(
      "li",
      {},
      make("div", { class: "picture" }, this.open, ...over),
      make("div", caption, ...ranking(item), ...closenessBar(item), name),
    );
  }

  paint(marks) {
    this.marks.paint(marks, this.item);
    for (const mark of MARK_NAMES) {
      this.element.classList.toggle(`is-${mark}`, marks[mark].includes(this.item.id));
    }
  }

  // Whether the Tab key leads here.
  setReachable(reachable) {
    const stops = [this.open, this.more, ...this.marks.buttons];
    for (const stop of stops) stop.tabIndex = reachable ? 0 : -1;
  }
}

function ranking(item) {
  if (item.distance === undefined) return [];
  return [
    make("span", { class: "rank" }, String(item.rank)),
    make("span", { class: "distance", title: "distance" }, distanceText(item)),
  ];
}

function closenessBar({ close }) {
  if (!close) return [];
  const bar = make("span");
  bar.style.width = `${100 * close.bar}%`;
  return [make("span", { class: "closeness", title: closenessText(close) }, bar)];
}

function copiesBadge({ copies }) {
  if (!copies) return [];
  const title = copiesText(copies);
  return [make("span", { class: "copies", title, "aria-hidden": "true" }, `+${copies}`)];
}
