"""QR codes of links, for phones and tablets."""

import segno
from markupsafe import Markup


def qr_code_source(link: str) -> str:
    """Return the same QR code as `qr_code` as the source of an <img>, for `st.html`, which accepts no <svg>."""
    return segno.make(link, error="m").svg_data_uri(dark="#000", light="#fff", omitsize=True)


def qr_code(link: str) -> Markup:
    """Return the QR code of a link as an <svg> that fills its container.

    It is black on white in both themes, because many cameras read no other; 15% of it may be covered or blurred.
    """
    drawn = segno.make(link, error="m").svg_inline(
        dark="#000", light="#fff", omitsize=True, svgclass="qr_code", title=link
    )
    return Markup(drawn)  # noqa: S704 - segno escapes the title
