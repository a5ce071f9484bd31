// Links that ask with a picture of the grid, so that this can also be done in a tab of its own.

import { make } from "../elements.js";

// onAsk is called with "more" for a click.
export function makeMoreLink(item, scope, style, onAsk) {
  return makeLink(style, moreAddress(item, scope), "More like this", item, () => onAsk("more"));
}

// The same with the part that was found: onAsk is called with "part".
export function makePartLink(item, scope, onAsk) {
  return makeLink("action", partAddress(item, scope), "Use this part", item, () => onAsk("part"));
}

export function moreAddress({ id }, scope) {
  return `/?image=${id}${scope}`;
}

export function partAddress({ id, box }, scope) {
  return `/?image=${id}&box=${box.map((edge) => edge.toFixed(4)).join(",")}${scope}`;
}

function makeLink(style, href, text, { name }, ask) {
  const onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    ask();
  };
  return make("a", { class: style, href, "aria-label": `${text}: ${name}`, onclick }, text);
}
