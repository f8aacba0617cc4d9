"""QR codes of links, for phones and tablets."""

import segno
from markupsafe import Markup


def qr_code_source(link: str) -> str:
    """Return the QR code of a link as the source of an <img>, for `st.html`, which takes no <svg>; as `qr_code`."""
    return segno.make(link, error="m").svg_data_uri(dark="#000", light="#fff", omitsize=True)


def qr_code(link: str) -> Markup:
    """Return the QR code of a link as an <svg> that takes the size of its surroundings.

    It is black on white in both themes, since many cameras read no other; 15% of it may be covered or blurred.
    """
    drawn = segno.make(link, error="m").svg_inline(
        dark="#000", light="#fff", omitsize=True, svgclass="qr_code", title=link
    )
    return Markup(drawn)  # noqa: S704 - segno escapes the title
