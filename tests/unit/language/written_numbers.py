"""Numbers as each language writes them, for Python and for the scripts of pages."""

SPACE, NARROW_SPACE = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"

WRITTEN: dict[str, dict[str, str]] = {
    "en": {"count": "12,345,678", "few": "1,234", "share": ">98.6%", "loss": "1,234.50", "power": "1.2e-7 of 7"},
    "de": {
        "count": "12.345.678",
        "few": "1.234",
        "share": f">98,6{SPACE}%",
        "loss": "1.234,50",
        "power": "1,2e-7 of 7",
    },
    "fr": {
        "count": f"12{NARROW_SPACE}345{NARROW_SPACE}678",
        "few": f"1{NARROW_SPACE}234",
        "share": f">98,6{SPACE}%",
        "loss": f"1{NARROW_SPACE}234,50",
        "power": "1,2e-7 of 7",
    },
    "es": {
        "count": "12.345.678",
        "few": "1.234",
        "share": f">98,6{SPACE}%",
        "loss": "1.234,50",
        "power": "1,2e-7 of 7",
    },
    "zh_Hans": {"count": "12,345,678", "few": "1,234", "share": ">98.6%", "loss": "1,234.50", "power": "1.2e-7 of 7"},
}
"""By language: 12345678, 1234, ">98.6%", 1234.5 to two decimals, and "1.2e-7 of 7"."""
