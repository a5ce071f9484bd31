// A button of the sets. When the sets are shown anew, the focus stays in its place.

import { makeButton } from "../elements.js";

export function makeAction(text, place, onclick) {
  return makeButton(text, { class: "action", "data-place": place, onclick });
}
