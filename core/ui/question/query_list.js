// The pictures of one question. Names come in as data and go out as text.

const lists = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let list = lists.get(parentElement);
  if (!list) {
    list = make("ul", { "aria-label": "The pictures that are asked with" });
    lists.set(parentElement, list);
    parentElement.append(list);
  }
  const shown = data.pictures.map(({ id }) => id).join();
  if (list.dataset.shown === shown) return;
  const focused = [...list.children].findIndex((item) => item.contains(list.getRootNode().activeElement));
  list.dataset.shown = shown;
  list.replaceChildren(...data.pictures.map((picture) => entry(picture, setTriggerValue)));
  // When a picture is removed with the keyboard, the focus stays in its place.
  if (focused >= 0) list.children[Math.min(focused, list.children.length - 1)].querySelector("button").focus();
}

function entry({ id, name, address }, send) {
  const remove = make("button", { type: "button", title: `Remove ${name}`, "aria-label": `Remove ${name}` });
  remove.textContent = "×";
  remove.addEventListener("click", () => send("remove", id));
  const item = make("li", {});
  item.append(make("img", { src: address, alt: name, title: name }), remove);
  return item;
}
