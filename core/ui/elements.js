// Elements of a component. Every text comes in as data and goes out as textContent or as an
// attribute, never as markup.

// Of the attributes, functions answer events: { onclick }.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function makeButton(content, attributes) {
  return make("button", { type: "button", ...attributes }, content);
}
