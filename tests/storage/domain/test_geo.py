"""Distances, boxes and circles, against known geodesics and against each other."""

import math
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storage.domain.geo import Box, Circle, Point, coarsened, distance_m, parse_bbox, parse_near
from storage.errors import BadQuery

points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))
radii = st.floats(1, 3_000_000)


def _towards(start: Point, bearing: float, way_m: float) -> Point:
    """The point reached over the sphere: the independent direct formula, not the one under test."""
    lat, lon, angle = math.radians(start.lat), math.radians(start.lon), way_m / 6_371_008.8
    end_lat = math.asin(math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(bearing))
    east = math.sin(bearing) * math.sin(angle) * math.cos(lat)
    end_lon = lon + math.atan2(east, math.cos(angle) - math.sin(lat) * math.sin(end_lat))
    degrees = (math.degrees(end_lon) + 180) % 360 - 180
    return Point(max(-90.0, min(90.0, math.degrees(end_lat))), degrees)


@pytest.mark.parametrize(
    ("one", "other", "geodesic_m"),
    [
        (Point(48.0159, 37.8028), Point(48.5956, 38.0000), 66_099),  # WGS 84 by Vincenty
        (Point(0, 0), Point(0, 1), 111_319),
        (Point(0, 0), Point(1, 0), 110_574),
        (Point(52.2870, 104.3050), Point(55.0084, 82.9357), 1_432_000),
    ],
)
def test_distance_stays_within_its_stated_error_of_the_geodesic(one: Point, other: Point, geodesic_m: float) -> None:
    assert distance_m(one, other) == pytest.approx(geodesic_m, rel=0.0066)


def test_half_way_round_is_half_the_circumference() -> None:
    assert distance_m(Point(0, 0), Point(0, 180)) == pytest.approx(math.pi * 6_371_008.8)
    assert distance_m(Point(90, 0), Point(-90, 77)) == pytest.approx(math.pi * 6_371_008.8)


@given(points, points)
def test_distance_is_symmetric_and_bounded(one: Point, other: Point) -> None:
    assert distance_m(one, other) == pytest.approx(distance_m(other, one))
    assert 0 <= distance_m(one, other) <= math.pi * 6_371_008.8 + 1


@given(points, st.floats(0, 2 * math.pi), radii, st.floats(0, 0.999))
@example(Point(0.0, 179.99), 1.6, 5000.0, 0.99)
@example(Point(89.99, 10.0), 0.0, 50_000.0, 0.99)
def test_the_box_of_a_circle_holds_every_point_of_it(centre: Point, bearing: float, radius: float, part: float) -> None:
    inside = _towards(centre, bearing, radius * part)
    assert Circle(centre, radius).box().contains(inside)


@given(points, st.floats(0, 2 * math.pi), radii)
def test_a_point_clearly_outside_a_circle_is_not_in_it(centre: Point, bearing: float, radius: float) -> None:
    assert not Circle(centre, radius).contains(_towards(centre, bearing, radius * 1.01 + 1))


@given(points, radii)
def test_a_coarsened_place_still_covers_the_place(centre: Point, radius: float) -> None:
    rough = coarsened(Circle(centre, radius), 0.05)
    assert distance_m(rough.centre, centre) + radius <= rough.radius_m + 0.02


@given(st.floats(48.0, 48.0499), st.floats(37.7, 37.7499))
def test_coarsening_does_not_tell_where_in_its_cell_a_place_was(lat: float, lon: float) -> None:
    assert coarsened(Circle(Point(lat, lon), 30), 0.05) == coarsened(Circle(Point(48.02, 37.72), 30), 0.05)


def test_a_box_across_the_antimeridian_holds_both_sides_and_not_the_rest_of_the_world() -> None:
    fiji = Box(177, -20, -178, -12)
    assert fiji.contains(Point(-17, 179))
    assert fiji.contains(Point(-17, -179))
    assert not fiji.contains(Point(-17, 0))
    assert [(part.west, part.east) for part in fiji.parts()] == [(177, 180), (-180, -178)]


def test_both_spellings_of_the_antimeridian_are_one_line() -> None:
    assert Box(170, -10, 180, 10).contains(Point(0, -180))
    assert Box(170, -10, 180, 10).overlaps(Box(-180, -10, -170, 10))


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (Box(0, 0, 10, 10), Box(10, 10, 20, 20), True),
        (Box(0, 0, 10, 10), Box(11, 0, 20, 10), False),
        (Box(0, 0, 10, 10), Box(0, 11, 10, 20), False),
        (Box(170, 0, -170, 10), Box(-175, 5, -160, 6), True),
        (Box(170, 0, -170, 10), Box(175, 5, -175, 6), True),
        (Box(170, 0, -170, 10), Box(-10, 0, 10, 10), False),
    ],
)
def test_boxes_overlap_where_they_share_a_point(one: Box, other: Box, shared: bool) -> None:
    assert one.overlaps(other) is shared
    assert other.overlaps(one) is shared


def test_a_place_known_roughly_is_possibly_near() -> None:
    rough = Circle(Point(48.0, 37.7), 5000)
    assert Circle(Point(48.05, 37.7), 1000).overlaps(rough)
    assert not Circle(Point(48.10, 37.7), 1000).overlaps(rough)


@given(st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90))
def test_a_box_reads_back_as_it_was_written(west: float, south: float, east: float, north: float) -> None:
    south, north = sorted((round(south, 6), round(north, 6)))
    text = f"{west:.6f},{south:.6f},{east:.6f},{north:.6f}"
    assert parse_bbox(text) == Box(float(f"{west:.6f}"), south, float(f"{east:.6f}"), north)


@pytest.mark.parametrize(
    "text",
    ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "nan,0,1,1", "0,0,inf,1", "0,10,1,5", "-181,0,1,1", "0,-91,1,1", "0,0,1,1e99",
     "1_0,0,1,1", "٣,0,4,1", "0x1,0,1,1", ",,,"],
)  # fmt: skip
def test_a_bad_bbox_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadQuery, match=r"^bbox"):
        parse_bbox(text)


@pytest.mark.parametrize(
    "text",
    ["", "48,37", "48,37,0", "48,37,-5", "48,37,nan", "91,0,10", "0,181,10", "48,37,1e12", "48;37;10", "48,37,10,1"],
)
def test_a_bad_near_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadQuery, match=r"^near"):
        parse_near(text)


@given(st.text(max_size=60))
def test_no_text_breaks_the_readers_of_places(text: str) -> None:
    for read in (parse_bbox, parse_near):
        with suppress(BadQuery):
            read(text)
