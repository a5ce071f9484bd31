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
    return () => view.leave();
  };
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function path(image) {
  return image.folder ? `${image.folder}/${image.name}` : image.name;
}
