"""Cards of the Explore page, the pictures of a question, and pasting one."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.components.blank_page import Mount

pytestmark = pytest.mark.browser

# A page with an uploader as Streamlit has it, which says what it was given.
UPLOADER = """() => {
  const uploader = document.createElement("div");
  uploader.dataset.testid = "stFileUploader";
  uploader.innerHTML = "<input type=file>";
  document.body.append(uploader);
  window.files = [];
  const field = uploader.querySelector("input");
  field.onchange = () => files.push([field.files[0].name, field.files[0].type]);
}"""
PASTE = """([target, type]) => {
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File(["content"], "mine", { type }));
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, composed: true });
  document.querySelector(target).dispatchEvent(event);
}"""


def test_a_card_is_chosen(mount: Mount) -> None:
    cards = mount("explore/cards")
    shown = cards.page.get_by_role("list", name="Groups of similar pictures")
    expect(shown.get_by_role("listitem")).to_have_count(3)
    first = shown.get_by_role("button").first
    expect(first).to_have_attribute("title", "red: 23 pictures")
    expect(first.locator(".title")).to_have_text("red")
    first.focus()
    cards.press("Enter")
    assert cards.sent("chosen") == [cards.data["cards"][0]["id"]]
    # The same cards stay, and with them the focus.
    cards.show()
    expect(first).to_be_focused()
    cards.show(cards=[cards.data["cards"][0] | {"title": "<b>mine"}])
    expect(shown.locator(".title")).to_have_text(["<b>mine"])


def test_a_picture_of_the_question_is_removed_and_the_focus_stays(mount: Mount) -> None:
    pictures = mount("question/query_list")
    first, second = pictures.data["pictures"]
    third = first | {"id": "third", "name": "third.jpg"}
    pictures.show(pictures=[first, second, third])
    images = pictures.page.get_by_role("list", name="The pictures that are asked with")
    expect(images.get_by_role("img")).to_have_count(3)
    pictures.page.get_by_role("button", name=f"Remove {second['name']}").focus()
    pictures.press("Enter")
    assert pictures.sent("remove") == [second["id"]]
    pictures.show(pictures=[first, third])
    expect(pictures.page.get_by_role("button", name="Remove third.jpg")).to_be_focused()
    pictures.show(pictures=[first])
    expect(pictures.page.get_by_role("button", name=f"Remove {first['name']}")).to_be_focused()


def test_a_pasted_picture_goes_into_the_uploader_while_the_component_is_there(mount: Mount) -> None:
    paste = mount("question/paste")
    paste.page.evaluate(UPLOADER)
    paste.page.evaluate(PASTE, ["main", "image/png"])
    assert paste.page.evaluate("files") == [["mine", "image/png"]]
    # What is no picture is left to the page, and the uploader takes its own.
    paste.page.evaluate(PASTE, ["main", "text/plain"])
    paste.page.evaluate(PASTE, ["[data-testid=stFileUploader] input", "image/png"])
    paste.page.evaluate("leave()")
    paste.page.evaluate(PASTE, ["main", "image/png"])
    assert len(paste.page.evaluate("files")) == 1
