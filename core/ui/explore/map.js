// The map of a gallery on a canvas: every picture is a point, or its thumbnail where there is room.
// It is moved, zoomed and chosen from by mouse, fingers and keys.

import { make } from "../elements.js";
import { arrowOf, hasModifier } from "../keyboard.js";
import { mounted } from "../mounting.js";
import { fromBase64 } from "../numbers.js";
import { Card } from "./card.js";
import { picturesText } from "./counts.js";
import { isDrag, pinch, wheelFactor } from "./gestures.js";
import { groupItems, legendItems, paintSwatches } from "./legend.js";
import { MapCanvas } from "./map_canvas.js";
import { colourOf } from "./palette.js";
import { columnsOf, idOf, nearestRow } from "./points.js";
import { rectangle, rowsInside } from "./polygon.js";
import { makeTool } from "./tool.js";

const STEP = 1.5;
const PAN = 80;
const NEAR_PIXELS = 14;
const MODES = { pan: "Move", box: "Box", lasso: "Lasso" };
// What was in sight and chosen when another page was shown, of the last map.
let last;

class MapView {
  constructor(parent, send) {
    this.send = send;
    this.canvas = make("canvas", {
      tabindex: "0",
      role: "application",
      "aria-label": "Map of the gallery",
      "aria-description":
        "Arrow keys move the map, plus and minus zoom, Home shows all of it. " +
        "Enter searches with the picture that is nearest to the centre.",
      onpointerdown: (event) => this.onDown(event),
      onpointermove: (event) => this.onMove(event),
      onpointerup: (event) => this.onUp(event),
      onpointercancel: (event) => this.onUp(event),
      onpointerleave: (event) => {
        if (event.pointerType === "mouse" && !this.pointers.size) this.point(-1);
      },
      onkeydown: (event) => this.onKey(event),
      onfocus: () => this.map.draw(),
      onblur: () => this.map.draw(),
    });
    this.canvas.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    this.map = new MapCanvas(this.canvas);
    this.card = new Card((row) => this.ask(row));
    this.status = make("p", { class: "status", role: "status" });
    this.legend = make("ul", { class: "legend", "aria-label": "Colours" });
    this.groups = make("ol", { class: "groups", "aria-label": "Groups" });
    const stage = make("div", { class: "stage" }, this.canvas, this.card.element, this.makeTools());
    const shown = make("div", { class: "shown" }, stage, this.legend);
    this.aside = make("section", { "aria-label": "Groups" }, make("h3", {}, "Groups"), this.groups);
    parent.append(make("div", { class: "map" }, shown, this.aside, this.status));
    this.pointers = new Map();
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", () => this.repaint());
    this.setMode("pan");
  }

  makeTools() {
    this.modes = Object.entries(MODES).map(([mode, label]) => {
      const tool = makeTool(label, label, () => this.setMode(mode));
      tool.dataset.mode = mode;
      return tool;
    });
    const zooms = [
      makeTool("+", "Zoom in", () => this.map.zoom(STEP)),
      makeTool("−", "Zoom out", () => this.map.zoom(1 / STEP)),
      makeTool("All", "Show all of the map", () => this.map.showWhole()),
    ];
    const group = (label, tools) => make("div", { role: "group", "aria-label": label }, ...tools);
    const groups = [group("What a drag does", this.modes), group("Zoom", zooms)];
    return make("div", { class: "tools" }, ...groups);
  }

  show(data) {
    const before = this.data;
    this.data = data;
    const isNew = before?.key !== data.key;
    if (isNew) this.fill();
    this.numbers = fromBase64(data.colours);
    this.map.query = data.query;
    if (isNew || JSON.stringify(before.groups) !== JSON.stringify(data.groups)) this.fillGroups();
    this.legend.replaceChildren(...legendItems(data.legend));
    if (this.map.chosen && data.chosen === 0) this.map.chosen = null;
    this.repaint();
  }

  fill() {
    [this.xs, this.ys] = columnsOf(new Uint16Array(fromBase64(this.data.positions).buffer));
    this.ids = fromBase64(this.data.ids);
    this.names = this.data.names.split("/");
    this.groupOf = new Int32Array(fromBase64(this.data.group_of).buffer);
    const before = last?.key === this.data.key ? last : {};
    this.map.setPoints({ xs: this.xs, ys: this.ys }, (row) => idOf(this.ids, row), before);
    this.card.hide();
    this.canvas.setAttribute("aria-label", `Map of ${picturesText(this.xs.length)}`);
  }

  fillGroups() {
    const { groups } = this.data;
    this.aside.hidden = !groups.length;
    this.groups.replaceChildren(...groupItems(groups, (group) => this.showGroup(group)));
  }

  // Also when the colours of the page have changed.
  repaint() {
    const { by, groups, legend, ordered } = this.data;
    const theme = this.map.setColours(this.numbers, ordered);
    const coloursOf = (items) => items.map(({ colour }) => colourOf(colour, theme, ordered));
    paintSwatches(this.legend.children, coloursOf(legend));
    paintSwatches(this.groups.children, coloursOf(groups));
    for (const item of this.groups.children) item.classList.toggle("plain", by !== "group");
    this.map.draw();
  }

  showGroup({ number, name }) {
    const rows = [];
    this.groupOf.forEach((group, row) => group === number && rows.push(row));
    this.map.showRows(rows);
    this.select(rows);
    this.status.textContent = `${name}: ${picturesText(rows.length)}`;
  }

  // The row at a place of the canvas, -1 for none: a thumbnail that covers it, or a point near it.
  rowAt([px, py], reach = NEAR_PIXELS) {
    const { map } = this;
    const row = map.thumbnailAt(px, py);
    return row ?? nearestRow(map.toMap(px, py), reach / map.viewport.scale, this.xs, this.ys);
  }

  point(row, asks = false) {
    const { map } = this;
    map.pointed = row;
    this.canvas.classList.toggle("over", row >= 0 && this.mode === "pan");
    if (row < 0) {
      this.card.hide();
    } else {
      const item = { row, id: idOf(this.ids, row), name: this.names[row] };
      this.card.show(item, map.placeOf(row), map.size, asks);
    }
    map.draw();
  }

  ask(row) {
    this.canvas.setAttribute("aria-busy", "true");
    this.send("more", idOf(this.ids, row));
  }

  // What a drag does.
  setMode(mode) {
    this.mode = mode;
    this.canvas.dataset.mode = mode;
    for (const tool of this.modes) {
      tool.setAttribute("aria-pressed", String(tool.dataset.mode === mode));
    }
  }

  select(rows) {
    this.map.chosen = null;
    if (rows.length) {
      this.map.chosen = new Uint8Array(this.xs.length);
      for (const row of rows) this.map.chosen[row] = 1;
    }
    this.status.textContent = `${picturesText(rows.length)} chosen`;
    this.map.draw();
    this.send("chosen", { key: this.data.key, rows });
  }

  onWheel(event) {
    event.preventDefault();
    this.map.zoom(wheelFactor(event), placeOf(event));
    this.point(-1);
  }

  onDown(event) {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    const place = placeOf(event);
    this.pointers.set(event.pointerId, place);
    this.hasMoved = this.pointers.size > 1;
    this.start = place;
    const draws = this.mode !== "pan" && !this.hasMoved;
    this.map.polygon = draws ? [this.map.toMap(...place)] : null;
  }

  onMove(event) {
    const place = placeOf(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") this.point(this.rowAt(place));
      return;
    }
    if (isDrag(this.start, place)) this.hasMoved = true;
    if (this.pointers.size > 1) this.pinch(event.pointerId, before, place);
    else if (this.map.polygon) this.stretch(place);
    else if (this.hasMoved) {
      this.point(-1);
      this.map.pan(place[0] - before[0], place[1] - before[1]);
    }
    this.pointers.set(event.pointerId, place);
  }

  pinch(pointerId, before, place) {
    const [, other] = [...this.pointers].find(([id]) => id !== pointerId);
    const { across, down, factor, centre } = pinch(before, place, other);
    this.map.pan(across, down);
    this.map.zoom(factor, centre);
    this.map.polygon = null;
  }

  stretch(place) {
    const { map } = this;
    const corner = map.toMap(...place);
    if (this.mode === "lasso") map.polygon.push(corner);
    else map.polygon = rectangle(map.toMap(...this.start), corner);
    map.draw();
  }

  onUp(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    const { polygon } = this.map;
    this.map.polygon = null;
    if (event.type === "pointercancel" || this.pointers.size) return this.map.draw();
    if (polygon && this.hasMoved) return this.select(rowsInside(polygon, this.xs, this.ys));
    if (this.hasMoved) return this.map.draw();
    const row = this.rowAt(placeOf(event));
    // A finger sees the picture first; the card has the button that asks.
    if (event.pointerType !== "mouse") this.point(row, true);
    else if (row >= 0) this.ask(row);
    else if (this.map.chosen) this.select([]);
  }

  onKey(event) {
    if (hasModifier(event)) return;
    const { key } = event;
    const arrow = arrowOf(key);
    if (arrow) this.map.pan(-PAN * arrow[0], -PAN * arrow[1]);
    else if (key === "+" || key === "=") this.map.zoom(STEP);
    else if (key === "-") this.map.zoom(1 / STEP);
    else if (key === "Home") this.map.goToWhole();
    else if (key === "Escape" && this.map.chosen) this.select([]);
    else if (key === "Enter" && this.map.pointed >= 0) this.ask(this.map.pointed);
    else return;
    event.preventDefault();
    if (key === "Enter") return;
    this.point(this.rowAt(this.map.centre, Infinity));
    this.status.textContent = `In the centre: ${this.names[this.map.pointed] ?? "nothing"}`;
  }

  leave() {
    last = { key: this.data.key, viewport: this.map.viewport, chosen: this.map.chosen };
    this.map.stop();
  }
}

function placeOf({ offsetX, offsetY }) {
  return [offsetX, offsetY];
}

export default mounted(MapView);
