"""Writing drawn on pictures that are hard to read: captions over a busy scene, as people put them on videos."""

from collections.abc import Sequence

import cv2

from tests.media.pictures import Picture, scene

CAPTIONS = ("ПОМОГИТЕ 25 февраля", "Допоможіть, Авдіївка", "Military unit 95383", "Щастя, Їжакевич")
_SIZE = (1280, 720)


def captioned(captions: Sequence[str], seed: int = 1, colour: tuple[int, int, int] = (255, 255, 255)) -> Picture:
    """A picture of 1280x720 with a caption of 48 points every 140 lines, by the font that OpenCV carries."""
    picture = scene(seed, _SIZE)(0)
    face = cv2.FontFace("sans")
    for number, caption in enumerate(captions):
        cv2.putText(picture, caption, (60, 100 + 140 * number), colour, face, 48, 400)
    return picture
