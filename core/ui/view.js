// What the components have in common. Every text comes in as data and goes out as textContent or as
// an attribute, never as markup.

// What a component exports: its view is made by the first run of a page, and shows what each sends.
function shownBy(View) {
  const views = new WeakMap();
  return ({ data, parentElement, setTriggerValue }) => {
    let view = views.get(parentElement);
    if (!view) {
      view = new View(parentElement);
      views.set(parentElement, view);
    }
    view.send = setTriggerValue;
    view.show(data);
    return () => view.leave?.();
  };
}

// Of the attributes, functions answer events: { onclick }.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function button(text, attributes) {
  return make("button", { type: "button", ...attributes }, text);
}

function path(image) {
  return image.folder ? `${image.folder}/${image.name}` : image.name;
}

function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}

function bytes(base64) {
  const text = atob(base64);
  const numbers = new Uint8Array(text.length);
  for (let place = 0; place < text.length; place += 1) numbers[place] = text.charCodeAt(place);
  return numbers;
}
