"""The components of the pages in a real Chromium, on a blank page without Streamlit."""
