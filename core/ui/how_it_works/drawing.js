// A drawing in SVG in the colours of the page; on a narrow screen another one.

export default function ({ data, parentElement }) {
  if (!parentElement.querySelector("figure")) parentElement.append(make("figure"));
  parentElement.querySelector("figure").replaceChildren(
    ...["wide", "narrow"].map((name) => {
      const drawing = make("div", { class: name });
      // The server makes it; what it does not make itself in it is escaped.
      drawing.innerHTML = data[name];
      return drawing;
    }),
  );
}
