"""The number written in a drawn picture can be read back, even from a bad copy."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media.pictures import read_number, scene, stamp


@given(number=st.integers(0, 65_535), quality=st.integers(20, 95), size=st.sampled_from([(320, 180), (180, 320)]))
@settings(max_examples=40, deadline=None)
def test_a_number_survives_a_bad_jpeg(number: int, quality: int, size: tuple[int, int]) -> None:
    picture = stamp(scene(3, size)(0), number)
    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    assert read_number(np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), dtype=np.uint8)) == number


def test_a_picture_without_a_number_is_not_read() -> None:
    with pytest.raises(ValueError, match="neither dark nor bright"):
        read_number(np.full((180, 320, 3), 128, np.uint8))
