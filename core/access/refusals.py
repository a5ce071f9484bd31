"""The answers of the gate to requests that it refuses: a page in plain words each."""

from pathlib import Path

from starlette.responses import HTMLResponse, Response

from ..program import COMMAND

LOGO = Path(__file__).with_name("logo.svg")
# It loads nothing of the app, which answers nothing without a key.
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Lookalike</title>
<style>
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center;
       font: 1.0625rem/1.6 system-ui, sans-serif; background: #fffdfb; color: #2a2320; }}
main {{ max-width: 30rem; padding: 2rem; }}
h1 {{ font-size: 1.75rem; line-height: 1.25; margin: 0 0 1rem; }}
p {{ margin: 0 0 .75rem; }}
svg {{ height: 2.5rem; width: auto; margin: 0 0 1rem; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #17141a; color: #f3eef2; }} }}
</style>
</head>
<body><main>{logo}<h1>{title}</h1>{words}</main></body>
</html>
"""


def no_key() -> Response:
    """401: the request has no key, or not one of this start."""
    return _refusal(
        401,
        "This gallery needs a key",
        "Its owner shares it with the people who have the whole address.",
        "Open the address that the owner gave you once more, complete with the part after "
        "“?key=”, or scan the code on the owner's screen.",
        "Each time the owner starts to share there is a new key, and the old address stops "
        "working: ask for the new one.",
    )


def not_from_here() -> Response:
    """403: the request names another host, or a page of another site sent it."""
    return _refusal(
        403,
        "Not from here",
        "This app answers under its own address only.",
        "On the computer where it runs, open http://localhost with the port that the terminal "
        f"shows. To let others in, its owner starts it with “{COMMAND} share”.",
    )


def too_large(limit: int) -> Response:
    """413: the request is larger than the limit, in bytes."""
    return _refusal(
        413,
        "Too large",
        f"This app takes files of up to {limit // (1 << 20)} MB. Choose a smaller picture.",
    )


def _refusal(status: int, title: str, *words: str) -> Response:
    page = _PAGE.format(
        title=title,
        words="".join(f"<p>{line}</p>" for line in words),
        logo=LOGO.read_text(encoding="utf-8"),
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    }
    return HTMLResponse(page, status, headers)
