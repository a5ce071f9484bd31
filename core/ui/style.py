"""Styles that Streamlit's theme settings do not cover."""

from string import Template

import streamlit as st

_STYLE = Template("""
<style>
.stMainBlockContainer { padding-top: 4.5rem; padding-bottom: 4rem; }

/* Streamlit's own grey is too faint for small letters on a light page. */
.stApp [data-testid=stCaptionContainer] { opacity: .78; }

/* The bar of marks stays in sight while the results scroll below it. It is always as high, so that
   the first mark does not move the picture under the pointer. */
[data-testid=stLayoutWrapper]:has(> .st-key-marks)
  { position: sticky; top: 3.75rem; z-index: 5; background: light-dark($light, $dark); }
.st-key-marks { min-height: 3.5rem; }

/* On a dark page, small letters in the main colour cannot be read. */
body [data-testid=stSliderThumbValue],
body .stButtonGroup.stButtonGroup button[data-variant=pills][data-selected=true],
body .stButtonGroup.stButtonGroup button[data-variant=segmented_control][data-selected=true]
  { color: inherit; }

/* Once there is a question, title and uploader are one line, so that answers are in sight. */
.stApp:has(.st-key-query_side) .stMainBlockContainer { padding-top: 4.25rem; }
.stApp:has(.st-key-query_side) .st-key-ask
  { flex-flow: row wrap; align-items: center; gap: .5rem 1rem; }
.stApp:has(.st-key-query_side) .st-key-ask > * { width: auto; flex: 0 0 auto; }
.stApp:has(.st-key-query_side) .st-key-ask > :has(.stFileUploader) { flex: 1 1 0; min-width: 0; }
.stApp:has(.st-key-query_side) .st-key-ask > :is(:has(.stAlert), :has(.stCameraInput))
  { flex-basis: 100%; }
.stApp:has(.st-key-query_side) .st-key-ask :is(h1, h1 + *) { font-size: 1.25rem; padding: 0; }
.stApp:has(.st-key-query_side) .st-key-ask .stFileUploader > label { display: none; }
.stApp:has(.st-key-query_side) .st-key-ask [data-testid=stFileUploaderDropzone]
  { min-height: 0; padding: .15rem .25rem; }

/* The folders of a level are one line, which scrolls sideways, and so are the views. */
:is([class*=st-key-folders_], .st-key-explore_view) .stButtonGroup > div
  { flex-wrap: nowrap; overflow-x: auto; }
:is([class*=st-key-folders_], .st-key-explore_view) .stButtonGroup > div > * { flex-shrink: 0; }

/* The query stays beside the results while they scroll. */
@media (min-width: 768px) {
  .stColumn:has(.st-key-query_side) { position: sticky; top: 4.5rem; align-self: flex-start; }
}
@media (max-width: 767px) {
  .stApp:has(.st-key-query_side) .st-key-ask { gap: .5rem; }
  .stApp:has(.st-key-query_side) .st-key-ask > :has(h1)
    { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stApp:has(.st-key-query_side) .st-key-ask [data-testid=stFileUploaderDropzoneInstructions]
    { display: none; }
  .stApp:has(.st-key-query_side) .st-key-ask > :has(.stFileUploader) { flex: 0 0 auto; }
  .stApp:has(.st-key-query_side) .st-key-ask [data-testid=stFileUploaderDropzone]
    { padding: 0; border: 0; background: none; }
  .stApp:has(.st-key-query_side) .st-key-ask .stHorizontalBlock { gap: .5rem; }
  .stHorizontalBlock:has(> .stColumn .st-key-query_side) { gap: .5rem; }
  .stApp:has(.st-key-query_side) .st-key-query_side
    { flex-flow: row wrap; align-items: center; gap: .5rem .75rem; }
  .st-key-query_side > * { flex: 0 0 auto; width: auto; max-width: 100%; }
  .st-key-query_side > :has(.stBidiComponent) { flex: 1 0 100%; }
  /* All four views are in sight. */
  .st-key-explore_view .stButtonGroup.stButtonGroup button { padding-inline: .5rem; }
}
</style>
""")


def apply_style() -> None:
    """Add the style sheet to the page."""
    schemes = ("light", "dark")
    grounds = {name: st.get_option(f"theme.{name}.backgroundColor") for name in schemes}
    st.html(_STYLE.substitute(grounds))
