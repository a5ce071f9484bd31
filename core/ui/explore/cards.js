// Cards of a picture, a title and a note; one of them can be chosen. Texts come in as data and go
// out as textContent.

const lists = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let list = lists.get(parentElement);
  if (!list) {
    list = make("ul", {});
    lists.set(parentElement, list);
    parentElement.append(list);
  }
  list.setAttribute("aria-label", data.label);
  const shown = JSON.stringify(data.cards);
  if (list.dataset.shown === shown) return;
  list.dataset.shown = shown;
  list.replaceChildren(...data.cards.map((card) => entry(card, setTriggerValue)));
}

function entry({ id, title, note, hint, picture }, send) {
  const button = make("button", { type: "button", title: hint });
  const image = make("img", { src: picture, alt: "", loading: "lazy", decoding: "async", width: 320, height: 320 });
  button.append(image, line("title", title), line("note", note));
  button.addEventListener("click", () => send("chosen", id));
  const item = make("li", {});
  item.append(button);
  return item;
}

function line(name, text) {
  const element = make("span", { class: name });
  element.textContent = text;
  return element;
}
