// The box of the part that was found, over a picture that is shown whole.

export function makeFoundBox({ width, height, box }) {
  const [left, top, right, bottom] = box;
  const svg = makeSvg("svg", {
    viewBox: `0 0 ${width} ${height}`,
    class: "found",
    "aria-hidden": true,
  });
  const size = { width: (right - left) * width, height: (bottom - top) * height };
  for (const style of ["halo", "line"]) {
    svg.append(makeSvg("rect", { class: style, x: left * width, y: top * height, ...size }));
  }
  return svg;
}

function makeSvg(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
