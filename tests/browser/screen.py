"""What stands on the screen of a workbench: which frame the player names, and which one the picture shows."""

import base64

import numpy as np
from playwright.sync_api import Locator, Page, expect

from tests.media.pictures import read_number

# The number stands in the uppermost tenth of the picture; green is near enough to grey. What the element shows is
# drawn without the shield, which is a matter of the page.
_SHOWN = """video => {
  const [width, height] = [video.videoWidth, video.videoHeight];
  const picture = new OffscreenCanvas(width, height).getContext('2d');
  picture.drawImage(video, 0, 0);
  const points = picture.getImageData(0, 0, width, Math.ceil(height / 8)).data;
  let green = '';
  for (let n = 1; n < points.length; n += 4) green += String.fromCharCode(points[n]);
  return [width, height, btoa(green)];
}"""


def counter(page: Page) -> Locator:
    """The player's word on which frame this is."""
    return page.locator("[data-stands]")


def is_confirmed(page: Page, frame: int) -> None:
    """Wait until the decoder has said that exactly this frame is shown."""
    shown = page.locator(f'[data-stands="confirmed"][data-frame="{frame}"]')
    expect(shown).to_be_visible(timeout=20_000)


def go(page: Page, frame: int) -> None:
    """Ask for a frame by its number, and wait until it is there."""
    page.keyboard.press("g")
    page.keyboard.type(f"f{frame}")
    page.keyboard.press("Enter")
    is_confirmed(page, frame)


def drawn_number(page: Page) -> int:
    """The number drawn in the frame that the video element shows."""
    width, height, green = page.locator("video").evaluate(_SHOWN)
    rows = np.frombuffer(base64.b64decode(green), dtype=np.uint8).reshape(-1, width)
    picture = np.zeros((height, width), dtype=np.uint8)
    picture[: len(rows)] = rows
    return read_number(picture)
