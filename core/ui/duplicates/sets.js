// Sets of duplicates, of which pictures are ticked that go to the trash.

import { make, makeButton } from "../elements.js";
import { mounted } from "../mounting.js";
import { pathOf } from "../paths.js";
import { makeAction } from "./action.js";
import { Comparison } from "./comparison.js";
import { roleText, sizeText } from "./facts.js";
import { changeable, isOlder, tickedPlaces } from "./ticks.js";

class Sets {
  constructor(parent, send) {
    this.send = send;
    this.list = make("ol", { class: "sets", "aria-label": "Sets of duplicates" });
    this.comparison = new Comparison();
    parent.append(this.list, this.comparison.dialog);
  }

  show({ sets, heard }) {
    const keys = sets.map(({ key }) => key).join();
    if (keys !== this.keys) this.turn = undefined;
    else if (isOlder(this.turn, heard)) return;
    const content = JSON.stringify(sets);
    if (content === this.content) return;
    this.content = content;
    const isAnotherPage = this.keys !== undefined && keys !== this.keys;
    this.keys = keys;
    const focused = this.focusedPlace();
    this.list.replaceChildren(...sets.map((set) => this.makeSet(set)));
    if (focused) this.list.querySelector(`[data-place="${focused}"]`)?.focus();
    if (isAnotherPage && this.list.getBoundingClientRect().top < 0) this.list.scrollIntoView();
  }

  focusedPlace() {
    const active = this.list.getRootNode().activeElement;
    return this.list.contains(active) ? active.dataset.place : undefined;
  }

  makeSet(set) {
    const boxes = set.images.map((image, index) => makeBox(set, image, index));
    for (const box of boxes) {
      box.addEventListener("change", () => {
        paintBoxes(boxes);
        box.closest("figure").classList.toggle("going", box.checked);
        this.sendTicks();
      });
    }
    const { key } = set;
    const compare = makeAction("Compare", `compare-${key}`, () => this.comparison.open(set, compare));
    const dismiss = makeAction("Not duplicates", `dismiss-${key}`, () => this.send("dismissed", key));
    const names = set.images.map(({ name }) => name).join(", ");
    compare.setAttribute("aria-label", `Compare: ${names}`);
    dismiss.setAttribute("aria-label", `Not duplicates: ${names}`);
    const pictures = set.images.map((image, index) => this.makeFigure(set, image, boxes[index]));
    paintBoxes(boxes);
    const title = make("h3", {}, `${set.images.length} pictures`);
    const header = make("header", {}, title, make("div", { class: "actions" }, compare, dismiss));
    return make("li", { "data-key": key }, header, make("div", { class: "pictures" }, ...pictures));
  }

  makeFigure(set, image, box) {
    const picture = { src: image.thumbnail, alt: "", loading: "lazy", decoding: "async" };
    const open = makeButton(make("img", picture), {
      class: "open",
      title: pathOf(image),
      "aria-label": `Compare ${pathOf(image)}`,
      onclick: () => this.comparison.open(set, open, image),
    });
    const role = roleText(image);
    const caption = make(
      "figcaption",
      {},
      make("span", { class: "name", title: pathOf(image) }, image.name),
      make("span", {}, image.folder || "top folder"),
      make("span", {}, sizeText(image)),
      make("span", { class: "why" }, ...(role ? [make("b", {}, role)] : []), image.why),
    );
    const figure = make("figure", {}, open, caption, make("label", {}, box, "To the trash"));
    figure.classList.toggle("going", image.ticked);
    return figure;
  }

  // All ticks of the page are sent: of two quick ones the last may stand for both.
  sendTicks() {
    const sets = {};
    for (const item of this.list.children) {
      sets[item.dataset.key] = tickedPlaces([...item.querySelectorAll("input")]);
    }
    this.turn = Math.random();
    this.send("ticked", { sets, turn: this.turn });
  }

  leave() {
    this.comparison.close();
  }
}

function makeBox(set, image, index) {
  const box = make("input", { type: "checkbox", "data-place": `${set.key}-${index}` });
  box.checked = image.ticked && image.movable;
  box.dataset.fixed = String(!image.movable);
  box.setAttribute("aria-label", `To the trash: ${pathOf(image)}`);
  return box;
}

function paintBoxes(boxes) {
  const ticks = boxes.map(({ checked, dataset }) => ({ checked, fixed: dataset.fixed === "true" }));
  changeable(ticks).forEach((canChange, place) => {
    boxes[place].disabled = !canChange;
    const text = boxes[place].nextSibling;
    if (text) text.textContent = canChange ? "To the trash" : "Stays";
  });
}

export default mounted(Sets);
