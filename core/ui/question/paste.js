// A pasted picture goes into the uploader, as if it had been dropped there.

import { make, makeButton } from "../elements.js";

const NOTHING = "There is no picture in the clipboard.";
const REFUSED = "The browser keeps the clipboard closed: press Ctrl+V instead.";

export default function ({ parentElement }) {
  if (!parentElement.querySelector("button")) build(parentElement);
  document.addEventListener("paste", onPaste);
  return () => document.removeEventListener("paste", onPaste);
}

function build(parent) {
  // Browsers give the clipboard only to pages of this computer or over https.
  if (!navigator.clipboard?.read) return;
  const status = make("span", { role: "status" });
  const onclick = async () => {
    status.textContent = await readClipboard().catch(() => REFUSED);
  };
  parent.append(makeButton("Paste a picture", { onclick }), status);
}

async function readClipboard() {
  for (const item of await navigator.clipboard.read()) {
    const type = item.types.find((name) => name.startsWith("image/"));
    if (type) {
      const name = `pasted.${type.slice("image/".length)}`;
      upload(new File([await item.getType(type)], name, { type }));
      return "";
    }
  }
  return NOTHING;
}

function onPaste(event) {
  const image = [...event.clipboardData.files].find((file) => file.type.startsWith("image/"));
  // The uploader itself takes what is pasted while it has the focus.
  const atUploader = event.composedPath().some((node) => node.dataset?.testid === "stFileUploader");
  if (image && !atUploader) upload(image);
}

function upload(file) {
  // After each file a new field takes the place of the old one; for a moment there are both.
  const fields = document.querySelectorAll("[data-testid=stFileUploader] input[type=file]");
  const input = [...fields].at(-1);
  if (!input) return;
  const files = new DataTransfer();
  files.items.add(file);
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}
