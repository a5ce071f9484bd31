// The two buttons that mark a match as right or wrong.

import { make, makeButton } from "../elements.js";
import { MARK_NAMES, markTitle, markWord } from "./marks.js";

export class MarkButtons {
  // onMark is called with the mark.
  constructor(onMark) {
    this.buttons = MARK_NAMES.map((mark) =>
      makeButton("", { class: `mark ${mark}`, title: markTitle(mark), onclick: () => onMark(mark) }),
    );
    this.element = make("div", { class: "marks" }, ...this.buttons);
  }

  paint(marks, { id, name }) {
    MARK_NAMES.forEach((mark, place) => {
      this.buttons[place].setAttribute("aria-pressed", String(marks[mark].includes(id)));
      this.buttons[place].setAttribute("aria-label", `${markWord(mark)}: ${name}`);
    });
  }
}
