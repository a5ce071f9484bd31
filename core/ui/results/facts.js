// What is told of a picture, in the grid and in the large view.

// The box of the part that was found, over a picture that is shown whole.
function found(item) {
  const { width, height } = item;
  const [left, top, right, bottom] = item.box;
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, class: "found", "aria-hidden": true });
  const size = { width: (right - left) * width, height: (bottom - top) * height };
  for (const style of ["halo", "line"]) {
    svg.append(draw("rect", { class: style, x: left * width, y: top * height, ...size }));
  }
  return svg;
}

function draw(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function distance(item) {
  return item.distance === undefined ? "" : `distance ${number(item)}`;
}

function ranking(item) {
  if (item.distance === undefined) return [];
  return [
    make("span", { class: "rank" }, String(item.rank)),
    make("span", { class: "distance", title: "distance" }, number(item)),
  ];
}

function place(box) {
  const [left, top, right, bottom] = box.map((edge) => Math.round(100 * edge));
  return `from ${left} to ${right} % across and ${top} to ${bottom} % down`;
}

function closer(item) {
  return item.close ? `closer than the first match of ${item.close.than} of the pictures here` : "";
}

function bar(item) {
  if (!item.close) return [];
  const whole = make("span", { class: "closeness", title: closer(item) }, make("span"));
  whole.firstChild.style.width = `${100 * item.close.bar}%`;
  return [whole];
}

function copies(item) {
  return item.copies ? `and ${item.copies} ${item.copies === 1 ? "copy" : "copies"}` : "";
}

// The files of the same picture that are hidden.
function badge(item) {
  if (!item.copies) return [];
  return [make("span", { class: "copies", title: copies(item), "aria-hidden": "true" }, `+${item.copies}`)];
}

function number(item) {
  return item.distance.toFixed(4);
}
