// A box on a picture: drawn, moved and resized by mouse, finger or keys. Edges are fractions of
// the picture: left, top, right, bottom.

const SMALLEST = 0.03;
const STEP = 0.02;
const QUIET_MS = 600;
const CLICK_PIXELS = 6;
const START = [0.25, 0.25, 0.75, 0.75];
const WHOLE = [];
const CORNERS = { nw: [0, 1], ne: [2, 1], sw: [0, 3], se: [2, 3] };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const TURN = "M12 5a7 7 0 1 0 7 7M12 5h5m-3-3 3 3-3 3";
const MIRROR = "M12 3v18M9 7 3 17h6zM15 7l6 10h-6z";

class Editor {
  constructor(parent) {
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
    for (const corner of Object.keys(CORNERS)) {
      this.part.append(make("span", { class: `corner ${corner}`, "data-corner": corner }));
    }
    const title = "Drag to search by a part of the picture";
    this.frame = make("div", { class: "frame", title }, this.image, this.part);
    this.toggle = button("", { onclick: () => this.choose(this.box ? null : START) });
    const turn = iconButton("Turn clockwise", TURN, () => this.send("turn", true));
    const mirror = iconButton("Mirror", MIRROR, () => this.send("mirror", true));
    const tools = make("div", { class: "tools" }, this.toggle, turn, mirror);
    this.name = make("p", { class: "name" });
    this.told = make("p", { class: "told", role: "status" });
    // On a small screen, picture and tools are small until they are asked for.
    this.unfold = button("", { class: "unfold", onclick: () => this.fold(!this.folded) });
    const parts = [this.frame, tools, this.name, this.unfold, this.told];
    this.editor = make("div", { class: "editor" }, ...parts);
    this.fold(true);
    parent.append(this.editor);
    this.frame.onpointerdown = (event) => this.press(event);
    this.frame.onpointermove = (event) => this.move(event);
    this.frame.onpointerup = (event) => this.release(event);
    this.frame.onpointercancel = () => this.undo();
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
    if (!box) {
      this.told.textContent = "";
      if (focused) this.toggle.focus();
      return;
    }
    const [left, top, right, bottom] = box.map((edge) => `${(edge * 100).toFixed(2)}%`);
    Object.assign(this.part.style, { left, top, width: span(box, 0), height: span(box, 1) });
    const percent = (edge) => Math.round(edge * 100);
    this.told.textContent =
      `Searching by the part from ${percent(box[0])} to ${percent(box[2])} % across ` +
      `and ${percent(box[1])} to ${percent(box[3])} % down.`;
  }

  choose(box) {
    clearTimeout(this.waiting);
    this.waiting = null;
    this.paint(box);
    if (box) this.part.focus();
    this.send("box", box ? box.map((edge) => Math.round(edge * 1e4) / 1e4) : WHOLE);
  }

  press(event) {
    if (event.button !== 0 || this.drag) return;
    event.preventDefault();
    clearTimeout(this.waiting);
    this.waiting = null;
    const at = this.position(event);
    const corner = CORNERS[event.target.dataset.corner];
    this.drag = { from: [event.clientX, event.clientY], before: this.box };
    if (corner) {
      // The opposite corner stays.
      this.drag.anchor = [this.box[2 - corner[0]], this.box[4 - corner[1]]];
    } else if (event.target === this.part) {
      this.drag.grip = [at[0] - this.box[0], at[1] - this.box[1]];
    } else {
      this.drag.anchor = at;
    }
    this.frame.setPointerCapture(event.pointerId);
  }

  move(event) {
    if (!this.drag) return;
    const [x, y] = this.position(event);
    const { anchor, grip, before, from } = this.drag;
    if (grip) {
      this.paint(moved(before, x - grip[0] - before[0], y - grip[1] - before[1]));
    } else if (Math.hypot(event.clientX - from[0], event.clientY - from[1]) > CLICK_PIXELS) {
      this.paint([
        Math.min(x, anchor[0]), Math.min(y, anchor[1]),
        Math.max(x, anchor[0]), Math.max(y, anchor[1]),
      ]);
    }
  }

  release(event) {
    if (!this.drag) return;
    this.move(event);
    const { before } = this.drag;
    const box = this.box;
    const small = box && (box[2] - box[0] < SMALLEST || box[3] - box[1] < SMALLEST);
    if (small) return this.undo();
    this.drag = null;
    if (box !== before) this.choose(box);
  }

  undo() {
    if (!this.drag) return;
    this.paint(this.drag.before);
    this.drag = null;
  }

  onKey(event) {
    const arrow = ARROWS[event.key];
    if (event.key === "Escape") {
      this.choose(null);
    } else if (event.key === "Enter") {
      this.choose(this.box);
    } else if (arrow) {
      const [x, y] = [arrow[0] * STEP, arrow[1] * STEP];
      this.paint(event.shiftKey ? resized(this.box, x, y) : moved(this.box, x, y));
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.choose(this.box), QUIET_MS);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  position(event) {
    const { left, top, width, height } = this.image.getBoundingClientRect();
    const [x, y] = [(event.clientX - left) / width, (event.clientY - top) / height];
    return [clamp(x, 0, 1), clamp(y, 0, 1)];
  }

  leave() {
    clearTimeout(this.waiting);
  }
}

function moved([left, top, right, bottom], x, y) {
  const [dx, dy] = [clamp(x, -left, 1 - right), clamp(y, -top, 1 - bottom)];
  return [left + dx, top + dy, right + dx, bottom + dy];
}

function resized([left, top, right, bottom], x, y) {
  return [
    left, top,
    clamp(right + x, left + SMALLEST, 1), clamp(bottom + y, top + SMALLEST, 1),
  ];
}

function span(box, axis) {
  return `${((box[axis + 2] - box[axis]) * 100).toFixed(2)}%`;
}

function iconButton(label, path, onclick) {
  const tool = button("", { class: "icon", title: label, "aria-label": label, onclick });
  tool.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
  return tool;
}

export default shownBy(Editor);
