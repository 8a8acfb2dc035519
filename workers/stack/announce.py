"""What `svidok up` tells the person in front of it once everything works."""

import os
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from storage.settings import Settings
from workers.stack.parts import url_of


@dataclass(frozen=True, slots=True)
class Announcement:
    """Says where the archive is, what is unsafe about it, and how the first person gets in."""

    settings: Settings
    say: Callable[[str], None]
    open_browser: bool

    def ready(self, setup_link: str) -> None:
        """Say that the stack is ready; `setup_link` is the one-time way in while nobody can log in yet."""
        url = self.settings.public_url or url_of(self.settings)
        self.say(f"\nSvidok is ready: {url}")
        if setup_link:
            self.say(f"  Set up the first account (once): {setup_link}")
        self.say(f"  Vault: {self.settings.vault}")
        for warning in warnings(self.settings):
            self.say(f"  Warning: {warning}")
        self.say("  Ctrl-C stops it.\n")
        if self.open_browser and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            webbrowser.open(setup_link or url)


def warnings(settings: Settings) -> Iterator[str]:
    """What an operator has switched off or let through."""
    if settings.unsafe_no_sandbox:
        yield "fetching and decoding run WITHOUT a sandbox (SVIDOK_UNSAFE_NO_SANDBOX)"
    for host, port in sorted(settings.egress_exceptions):
        yield f"the address policy lets {host}:{port} through (SVIDOK_EGRESS_ALLOW)"
