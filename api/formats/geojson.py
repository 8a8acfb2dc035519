"""Records as GeoJSON: one feature for each place of each record, the circle's radius among its properties."""

from collections.abc import Iterable, Mapping
from typing import Any

MEDIA_TYPE = "application/geo+json"
_COMMON = ("pid", "version", "published_at", "sensitivity", "review")


def features(records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A feature collection of shown records; one without a place is a feature without geometry.

    Positions are longitude, latitude. Source: RFC 7946, sections 3.1.1 and 3.2.
    """
    return {"type": "FeatureCollection", "features": [feature for record in records for feature in _of_record(record)]}


def _of_record(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    common = {name: record[name] for name in _COMMON} | {
        "summary": next((content["summary"] for content in record["contents"]), None),
        "units": [name for unit in record["units"] if (name := unit.get("name_as_written") or unit.get("name"))],
        "times": [{name: time[name] for name in ("about", "earliest", "latest")} for time in record["times"]],
        "withheld": record["withheld"],
        "link": record["links"]["self"],
    }
    if not record["places"]:
        return [_feature(record["pid"], None, common)]
    return [
        _feature(
            f"{record['pid']}/{place['assertion']}",
            {"type": "Point", "coordinates": [place["lon"], place["lat"]]},
            common | {name: value for name, value in place.items() if name not in ("lat", "lon")},
        )
        for place in record["places"]
    ]


def _feature(name: str, geometry: Mapping[str, Any] | None, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "id": name, "geometry": geometry, "properties": dict(properties)}
