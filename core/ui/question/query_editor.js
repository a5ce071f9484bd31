// A picture that is asked with, and a box on it: drawn, moved and resized by mouse, finger or keys.

import { make, makeButton } from "../elements.js";
import { arrowOf } from "../keyboard.js";
import { mounted } from "../mounting.js";
import { clamp } from "../numbers.js";
import {
  CORNER_NAMES,
  START,
  boxBetween,
  boxInWords,
  boxStyle,
  isTooSmall,
  movedBox,
  oppositeCorner,
  resizedBox,
  roundedBox,
} from "./box.js";

const STEP = 0.02;
const QUIET_MS = 600;
const CLICK_PIXELS = 6;
const WHOLE = [];
const TURN = "M12 5a7 7 0 1 0 7 7M12 5h5m-3-3 3 3-3 3";
const MIRROR = "M12 3v18M9 7 3 17h6zM15 7l6 10h-6z";

class QueryEditor {
  constructor(parent, send) {
    this.send = send;
    this.image = make("img", { draggable: "false" });
    this.part = make("div", {
      class: "part",
      tabindex: "0",
      role: "group",
      "aria-label": "Part of the picture that is searched by",
      "aria-description":
        "Arrow keys move it, with Shift they change its size. Escape takes the whole picture.",
      onkeydown: (event) => this.onKey(event),
    });
    for (const corner of CORNER_NAMES) {
      this.part.append(make("span", { class: `corner ${corner}`, "data-corner": corner }));
    }
    const title = "Drag to search by a part of the picture";
    const events = {
      onpointerdown: (event) => this.press(event),
      onpointermove: (event) => this.move(event),
      onpointerup: (event) => this.release(event),
      onpointercancel: () => this.undo(),
    };
    this.frame = make("div", { class: "frame", title, ...events }, this.image, this.part);
    this.toggle = makeButton("", { onclick: () => this.choose(this.box ? null : START) });
    const turn = makeIconButton("Turn clockwise", TURN, () => this.send("turn", true));
    const mirror = makeIconButton("Mirror", MIRROR, () => this.send("mirror", true));
    const tools = make("div", { class: "tools" }, this.toggle, turn, mirror);
    this.name = make("p", { class: "name" });
    this.status = make("p", { class: "status", role: "status" });
    // On a small screen, picture and tools are small until they are asked for.
    this.unfold = makeButton("", { class: "unfold", onclick: () => this.fold(!this.folded) });
    const parts = [this.frame, tools, this.name, this.unfold, this.status];
    this.editor = make("div", { class: "editor" }, ...parts);
    this.fold(true);
    parent.append(this.editor);
  }

  fold(folded) {
    this.folded = folded;
    this.editor.classList.toggle("folded", folded);
    this.unfold.setAttribute("aria-expanded", String(!folded));
    this.unfold.textContent = folded ? "Crop or turn" : "Done";
  }

  show({ picture, name, box }) {
    if (this.image.src !== picture) this.image.src = picture;
    this.image.alt = `The picture that is asked with: ${name}`;
    this.name.textContent = this.name.title = name;
    // While the box is being changed, the answer to an earlier one does not replace it.
    if (!this.drag && !this.waiting) this.paint(box);
  }

  paint(box) {
    const focused = this.part.matches(":focus");
    this.box = box;
    this.part.hidden = !box;
    this.toggle.textContent = box ? "Whole picture" : "Select a part";
    this.status.textContent = box ? `Searching by the part ${boxInWords(box)}.` : "";
    if (box) Object.assign(this.part.style, boxStyle(box));
    else if (focused) this.toggle.focus();
  }

  choose(box) {
    this.stopWaiting();
    this.paint(box);
    if (box) this.part.focus();
    this.send("box", box ? roundedBox(box) : WHOLE);
  }

  press(event) {
    if (event.button !== 0 || this.drag) return;
    event.preventDefault();
    this.stopWaiting();
    const place = this.placeOf(event);
    const { corner } = event.target.dataset;
    this.drag = { from: [event.clientX, event.clientY], before: this.box };
    if (corner) {
      this.drag.anchor = oppositeCorner(this.box, corner);
    } else if (event.target === this.part) {
      this.drag.grip = [place[0] - this.box[0], place[1] - this.box[1]];
    } else {
      this.drag.anchor = place;
    }
    this.frame.setPointerCapture(event.pointerId);
  }

  move(event) {
    if (!this.drag) return;
    const [x, y] = this.placeOf(event);
    const { anchor, grip, before, from } = this.drag;
    if (grip) {
      this.paint(movedBox(before, x - grip[0] - before[0], y - grip[1] - before[1]));
    } else if (Math.hypot(event.clientX - from[0], event.clientY - from[1]) > CLICK_PIXELS) {
      this.paint(boxBetween([x, y], anchor));
    }
  }

  release(event) {
    if (!this.drag) return;
    this.move(event);
    const { box } = this;
    if (box && isTooSmall(box)) return this.undo();
    const { before } = this.drag;
    this.drag = null;
    if (box !== before) this.choose(box);
  }

  undo() {
    if (!this.drag) return;
    this.paint(this.drag.before);
    this.drag = null;
  }

  onKey(event) {
    const arrow = arrowOf(event.key);
    if (event.key === "Escape") {
      this.choose(null);
    } else if (event.key === "Enter") {
      this.choose(this.box);
    } else if (arrow) {
      const change = event.shiftKey ? resizedBox : movedBox;
      this.paint(change(this.box, arrow[0] * STEP, arrow[1] * STEP));
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.choose(this.box), QUIET_MS);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  placeOf(event) {
    const { left, top, width, height } = this.image.getBoundingClientRect();
    const [x, y] = [(event.clientX - left) / width, (event.clientY - top) / height];
    return [clamp(x, 0, 1), clamp(y, 0, 1)];
  }

  stopWaiting() {
    clearTimeout(this.waiting);
    this.waiting = null;
  }

  leave() {
    clearTimeout(this.waiting);
  }
}

function makeIconButton(label, path, onclick) {
  const iconButton = makeButton("", { class: "icon", title: label, "aria-label": label, onclick });
  iconButton.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
  return iconButton;
}

export default mounted(QueryEditor);
