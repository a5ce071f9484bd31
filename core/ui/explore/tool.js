// A button of the map.

import { makeButton } from "../elements.js";

export function makeTool(text, label, onclick) {
  return makeButton(text, { "aria-label": label, title: label, onclick });
}
