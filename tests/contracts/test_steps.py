"""What every step must do, run over every step there is: declare itself, make only what it declares, repeat itself."""

import itertools
import json
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from storage.blobs.local import LocalBlobs
from storage.domain.steps import VERSIONS
from storage.errors import Rejected
from storage.integrity.canonical import canonical
from storage.integrity.digest import Digest
from storage.queue import QUEUES
from tests.capturing import LIMITS, egress
from tests.media import draw
from tests.media.draw import Look
from tests.site import Media, Site
from workers.copies import prints
from workers.copies.known import Known, Relatives
from workers.outgoing.ticket import Ticket
from workers.sandbox import Sandbox
from workers.step import Context, Made, Product, Step, order
from workers.steps import STEPS
from workers.steps.capture import ATTEMPT, CAPTURE

PAGE = next(step for step in STEPS if step.name == "page")
ALL: tuple[Step, ...] = (CAPTURE, *STEPS)
# What differs between two equal runs, and is allowed to: how long things took, and when they were.
PASSING: dict[str, Collection[str]] = {
    "page": PAGE.makes,
    "presence": ("presence_picture",),
    "surroundings": ("surroundings",),
    "probe": (),
    "arrival": ("arrival",),
    "credentials": (),
    "analyse": ("shots",),
    "review": (),
    "match": (),
    "ocr": (),
    "speech": (),
    "faces": (),
    "opinion": (),
    "redact": (),
    "capture": (ATTEMPT, "connections", "post"),
}


class Bench:
    """Runs one step after another on one capture, as the pipeline does, without a database."""

    def __init__(self, site: Site, folder: Path, way_out: tuple[Path, Path]) -> None:
        self.blobs = LocalBlobs(folder / "blobs")
        self._site = site
        self._folder = folder
        self._way_out = way_out
        self._numbers = itertools.count()

    def run(self, step: Step, inputs: Sequence[Made], path: str = "/post") -> list[Product]:
        scratch = self._folder / f"run-{next(self._numbers)}"
        scratch.mkdir()
        ticket = Ticket.issue(*self._way_out) if step.queue == "fetch" else None
        return list(
            step.run(
                Context(
                    inputs=[made for made in inputs if made.kind in step.needs],
                    scratch=scratch,
                    sandbox=Sandbox(LIMITS),
                    open_local=lambda digest: self.blobs.local_copy(digest, scratch),
                    report=lambda _: None,
                    request={"url": self._site.url(path)},
                    ticket=ticket,
                    relatives=lambda own: Relatives([Known("itm_another", own.header.original, "mark", lambda: own)]),
                )
            )
        )

    def keep(self, products: Sequence[Product]) -> list[Made]:
        return [self._made(product) for product in products if product.kind != ATTEMPT]

    def supplied(self, path: Path) -> Made:
        """An original that lies here already."""
        copy = self._folder / f"copy-{next(self._numbers)}"
        shutil.copy(path, copy)
        return Made("original", self.blobs.adopt(copy).digest, "video/mp4", {})

    def _made(self, product: Product) -> Made:
        digest = self.blobs.adopt(product.path).digest if product.path else product.digest
        return Made(product.kind, digest, product.media_type, product.payload)


@pytest.fixture(scope="module")
def way_out(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    with egress(tmp_path_factory.mktemp("egress"), site.address) as out:
        yield out.socket, out.log


@pytest.fixture
def bench(site: Site, tmp_path: Path, way_out: tuple[Path, Path]) -> Bench:
    return Bench(site, tmp_path, way_out)


@pytest.mark.parametrize("step", ALL, ids=lambda step: step.name)
def test_a_step_declares_who_it_is_and_where_it_belongs(step: Step) -> None:
    assert step.name.isidentifier()
    assert step.version.isdigit()
    assert step.queue in QUEUES
    assert step.makes
    assert not step.needs & step.makes
    assert (step is CAPTURE) == (not step.needs)
    if step.queue == "media":
        assert step.version == VERSIONS[step.name]


@dataclass(frozen=True)
class Chain:
    """Every step run once in order: what each was given, and what it brought."""

    blobs: LocalBlobs
    given: dict[str, list[Made]] = field(default_factory=dict)
    brought: dict[str, list[Product]] = field(default_factory=dict)
    told: dict[str, list[Any]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def chain(site: Site, tmp_path_factory: pytest.TempPathFactory, way_out: tuple[Path, Path]) -> Chain:
    bench = Bench(site, tmp_path_factory.mktemp("chain"), way_out)
    chain = Chain(bench.blobs)
    made: list[Made] = []
    for step in order(ALL):
        chain.given[step.name] = list(made)
        chain.brought[step.name] = products = bench.run(step, made)
        chain.told[step.name] = said(step, products)
        made += bench.keep(products)
    return chain


def said(step: Step, products: Sequence[Product]) -> list[Any]:
    """What a run brought, without what may differ between two equal runs."""
    return [
        (product.kind, Digest.of(product.path.read_bytes()) if product.path else product.payload)
        for product in products
        if product.kind not in PASSING[step.name]
    ]


@pytest.mark.parametrize("step", ALL, ids=lambda step: step.name)
def test_a_step_makes_only_what_it_declares_in_canonical_words_and_of_bounded_size(step: Step, chain: Chain) -> None:
    products = chain.brought[step.name]
    assert products
    for product in products:
        assert product.kind in step.makes
        assert len(canonical(product.payload)) < 64 << 10


def test_the_steps_together_make_shots_and_keyframes_of_an_original(chain: Chain) -> None:
    kinds = {product.kind for products in chain.brought.values() for product in products}
    assert {"original", "probe", "shots", "keyframe"} <= kinds
    [shots] = [product for product in chain.brought["analyse"] if product.kind == "shots"]
    keyframes = [product for product in chain.brought["analyse"] if product.kind == "keyframe"]
    assert shots.payload["shot_count"] == len(keyframes) > 0
    assert not {"shots", "quality"} & shots.payload.keys()


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_running_a_step_twice_makes_the_same(step: Step, bench: Bench, chain: Chain) -> None:
    bench.blobs = chain.blobs
    assert said(step, bench.run(step, chain.given[step.name])) == chain.told[step.name]


@pytest.mark.parametrize("step", [step for step in STEPS if step.needs >= {"original"}], ids=lambda step: step.name)
@pytest.mark.parametrize("content", [b"", b"#EXTM3U\nhttp://127.0.0.1/a.ts\n", b"\0" * 100_000, b"<html></html>"])
def test_a_step_refuses_for_good_what_it_can_never_read(
    step: Step, content: bytes, bench: Bench, tmp_path: Path
) -> None:
    path = tmp_path / "not-a-video"
    path.write_bytes(content)
    original = bench.supplied(path)
    assert original.digest is not None
    said = {"original": original.digest.hex, "streams": [{"kind": "video", "is_attached_picture": False}]}
    probe = Made("probe", None, "application/json", said)
    told = {"original": original.digest.hex, "obstacles": ["codec"], "can_be_rewrapped": False, "has_sound": False}
    times = Made("frame_times", original.digest, "application/octet-stream", told)
    found = {"time_base": "1/25", "every_s": 0.125, "looks": 0, "tracks": [], "original": original.digest.hex}
    (tmp_path / "faces.json").write_text(json.dumps(found))
    look = bench.supplied(tmp_path / "faces.json").digest
    faces = Made("faces", look, "application/json", {"original": original.digest.hex, "faces": 1})
    with pytest.raises(Rejected):
        bench.run(step, [original, probe, times, faces])


def test_sound_alone_has_no_shots_and_says_so_and_shows_how_loud_it_is(bench: Bench, media: Media) -> None:
    original = bench.supplied(media.folder / "audio.m4a")
    probe, _, _, analyse, *_ = STEPS
    made = [original, *bench.keep(bench.run(probe, [original]))]
    shots, waveform = bench.run(analyse, made)
    assert shots.payload["shot_count"] == 0
    assert "no picture" in shots.payload["sentence"]
    assert original.digest is not None
    assert (waveform.kind, waveform.payload["original"]) == ("waveform", original.digest.hex)
    assert waveform.path is not None
    heights = waveform.path.read_bytes()
    assert len(heights) == waveform.payload["buckets"]
    assert max(heights) > 0


def looked_through(bench: Bench, *originals: Made) -> tuple[list[Made], list[Product]]:
    """What the steps after the capture make of `originals`: everything, and what the review step said."""
    made, said = list(originals), list[Product]()
    for step in order(ALL)[1:]:
        products = bench.run(step, made) if step.needs <= {one.kind for one in made} else []
        made += bench.keep(products)
        said += products if step.name == "review" else []
    return made, said


def test_an_original_that_browsers_step_exactly_needs_no_copy(bench: Bench, media: Media) -> None:
    made, [review] = looked_through(bench, bench.supplied(media.folder / "direct.mp4"))
    [times] = [one for one in made if one.kind == "frame_times"]
    assert (review.payload["is_needed"], review.path, review.payload["obstacles"]) == (False, None, [])
    assert (review.payload["first_us"], review.payload["frames"]) == (0, times.payload["count"])


def test_what_browsers_do_not_step_exactly_gets_a_copy_with_the_same_frame_times(bench: Bench, tmp_path: Path) -> None:
    film = draw.cuts(tmp_path / "film.avi", Look(codec="mpeg4", audio=True))
    made, [review] = looked_through(bench, bench.supplied(film.path))
    [times] = [one for one in made if one.kind == "frame_times"]
    assert review.path is not None
    assert review.media_type == "video/mp4"
    assert review.payload["obstacles"] == ["container", "codec"]
    assert review.payload["frames"] == times.payload["count"] == film.frames
    assert review.payload["has_sound"]


def test_a_picture_and_its_sound_that_came_as_two_files_are_played_as_one(bench: Bench, tmp_path: Path) -> None:
    picture, sound = draw.cuts(tmp_path / "film.mp4"), draw.audio_only(tmp_path / "sound.m4a")
    heard = bench.supplied(sound.path)
    made, [review] = looked_through(bench, bench.supplied(picture.path), heard)
    assert heard.digest is not None
    assert review.payload["sound_from"] == heard.digest.hex
    assert (review.payload["has_sound"], review.payload["is_rewrapped"]) == (True, True)
    assert "two files" in review.payload["sentence"]
    told = {one.kind: one.payload["sound"] for one in made if one.kind in ("shots", "fingerprints", "waveform")}
    assert len(told) == 3
    assert all(one["sha256"] == heard.digest.hex for one in told.values())


def test_of_what_a_site_serves_as_picture_and_sound_both_are_kept_and_the_sound_is_heard(bench: Bench) -> None:
    made, [review] = looked_through(bench, *bench.keep(bench.run(CAPTURE, (), "/dash/manifest.mpd")))
    picture, sound = (one.digest for one in made if one.kind == "original")
    assert picture is not None
    assert sound is not None
    assert (review.payload["original"], review.payload["sound_from"]) == (picture.hex, sound.hex)
    assert review.payload["has_sound"]
    [waveform], [found] = ([one for one in made if one.kind == kind] for kind in ("waveform", "fingerprints"))
    assert (waveform.payload["original"], waveform.payload["sound"]["sha256"]) == (picture.hex, sound.hex)
    assert waveform.payload["sound"]["laid"] == "by_time"
    assert waveform.digest is not None
    assert found.digest is not None
    with bench.blobs.open(waveform.digest) as heights:
        assert max(heights.read()) > 0
    with bench.blobs.open(found.digest) as kept:
        header = prints.decode(kept.read()).header
    assert header.sound is not None
    assert header.sound.has_track


def test_every_keyframe_and_the_sprite_come_clear_and_behind_both_shields(chain: Chain) -> None:
    kinds = [product.kind for product in chain.brought["analyse"]]
    for kind in ("keyframe", "sprite"):
        counts = {kinds.count(f"{kind}{shield}") for shield in ("", "_sketch", "_blur")}
        assert len(counts) == 1
        assert 0 not in counts
    assert kinds.count("frame_times") == 1
