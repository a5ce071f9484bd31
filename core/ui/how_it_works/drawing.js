// A drawing in SVG in the colours of the page; on a narrow screen another one.

export default function ({ data: { wide, narrow }, parentElement }) {
  let figure = parentElement.querySelector("figure");
  if (!figure) {
    figure = document.createElement("figure");
    parentElement.append(figure);
  }
  figure.replaceChildren(part("wide", wide), part("narrow", narrow));
}

// The server makes the drawing; what it does not make itself in it is escaped.
function part(name, svg) {
  const element = document.createElement("div");
  element.className = name;
  element.innerHTML = svg;
  return element;
}
