"""The paper that reports are written on: one HTML page without script, which prints to A4."""

import html
from collections.abc import Iterable
from datetime import datetime

from storage.domain.clock import rfc3339

_STYLE = """
@page { size: A4; margin: 18mm 16mm; }
body { font: 10.5pt/1.45 "IBM Plex Sans", "Noto Sans", system-ui, sans-serif; color: #14181c; max-width: 50rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 17pt; margin: 0 0 .2rem; } h2 { font-size: 12.5pt; margin: 1.6rem 0 .4rem; break-after: avoid; }
h2 { border-bottom: 1px solid #b9c0c6; padding-bottom: .2rem; }
table { border-collapse: collapse; width: 100%; } tr { break-inside: avoid; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; }
th { font-weight: 600; white-space: nowrap; } tbody tr + tr { border-top: 1px solid #e1e5e8; }
time { white-space: nowrap; }
code { font: 9pt/1.4 "IBM Plex Mono", "Noto Sans Mono", monospace; overflow-wrap: anywhere; }
.dim { color: #50595f; } ul { padding-left: 1.2rem; } .not { border-left: 3px solid #8a5d00; padding-left: .8rem; }
.is { border-left: 3px solid #1d7a58; padding-left: .8rem; }
@media print { body { margin: 0; max-width: none; padding: 0; } a { color: inherit; text-decoration: none; } }
"""


def sheet(title: str, body: Iterable[str]) -> str:
    """A page of this title; `body` is HTML already."""
    told = "\n".join(body)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>\n'
        f"<body>\n{told}\n</body></html>\n"
    )


def time_of(moment: datetime) -> str:
    """A time of day, to the second."""
    return f"<time>{rfc3339(moment)[:19].replace('T', ' ')}</time>"
