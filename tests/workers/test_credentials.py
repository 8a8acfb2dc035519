"""What files say of their own origin: one exact state for each, nothing fetched, nobody trusted but by the list."""

import errno
import io
import json
import os
import signal
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import av.error
import pytest
from av.stream import Disposition

from storage.blobs.local import LocalBlobs
from storage.domain.credentials import CredentialsDocument, TagPart, Tags
from storage.domain.vocab import FileRole
from storage.errors import Implausible, InvalidValue, Rejected
from storage.integrity.digest import Digest
from tests.capturing import LIMITS
from tests.media import draw, signed
from workers import trust_list
from workers.analysis import credentials as engine
from workers.analysis import isomedia
from workers.analysis import tags as tag_reader
from workers.decoding import DecoderDied
from workers.sandbox import Ended, Ending, Sandbox
from workers.step import Context, Made, Product
from workers.steps.credentials import Credentials

JPEG, MP4 = "image/jpeg", "video/mp4"
FORMS = (JPEG, MP4)
STORE_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")


@cache
def authority(name: str = "Somebody") -> signed.Authority:
    return signed.Authority(name)


@dataclass(frozen=True)
class Read:
    """What the step made of one file."""

    products: list[Product]

    @property
    def payload(self) -> Any:
        return self.products[0].payload

    @property
    def document(self) -> CredentialsDocument:
        assert self.products[0].path is not None
        return CredentialsDocument.model_validate_json(self.products[0].path.read_bytes())

    @property
    def state(self) -> str:
        assert self.payload["state"] == self.document.manifest.state
        return str(self.payload["state"])

    @property
    def store(self) -> bytes | None:
        [*found] = [one for one in self.products if one.kind == "credential_store"]
        assert all(one.role is FileRole.CONTEXT and one.path for one in found)
        return found[0].path.read_bytes() if found and found[0].path else None


@dataclass
class Desk:
    folder: Path
    plain: dict[str, bytes]
    runs: int = 0

    def read(self, content: bytes, trusted: bytes | None = None, sandbox: Sandbox | None = None) -> Read:
        """What the step makes of a file, in the real box."""
        self.runs += 1
        scratch = self.folder / f"run-{self.runs}"
        scratch.mkdir()
        blobs = LocalBlobs(self.folder / "blobs")
        original = blobs.put(io.BytesIO(content)).digest
        listed = None
        if trusted is not None:
            (self.folder / "trusted.pem").write_bytes(trusted)
            listed = trust_list.read(self.folder / "trusted.pem")
        context = Context(
            inputs=[Made("original", original, "", {})],
            scratch=scratch,
            sandbox=sandbox or Sandbox(LIMITS),
            open_local=lambda digest: blobs.local_copy(digest, scratch),
            report=lambda _: None,
            trust_list=listed,
        )
        return Read(list(Credentials().run(context)))

    def signed(self, form: str, **more: Any) -> tuple[bytes, bytes]:
        return signed.sign(self.plain[form], form, authority().signer("Olena Camera"), **more)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    film = draw.cuts(tmp_path_factory.mktemp("film") / "film.mp4", lengths=(5, 5))
    return {JPEG: signed.picture(), MP4: film.path.read_bytes()}


@pytest.fixture
def desk(tmp_path: Path, plain: dict[str, bytes]) -> Desk:
    return Desk(tmp_path, plain)


@pytest.mark.parametrize("form", FORMS)
def test_fault_D16_stripped_credentials_are_absent_and_that_is_all_that_is_said(desk: Desk, form: str) -> None:
    read = desk.read(desk.plain[form])
    assert (read.state, read.payload["note"], read.payload["failures"], read.store) == ("absent", None, [], None)
    assert read.document.manifest.signer is None


@pytest.mark.parametrize("form", FORMS)
def test_fault_D16_a_signer_on_no_list_is_valid_and_never_trusted(desk: Desk, form: str) -> None:
    content, store = desk.signed(form)
    read = desk.read(content)
    assert (read.state, read.payload["failures"]) == ("valid", ["signingCredential.untrusted"])
    assert read.store == store
    manifest = read.document.manifest
    assert manifest.signer is not None
    assert (manifest.signer.name, manifest.signer.issuer) == ("Olena Camera", "Olena Camera Ltd")
    assert (manifest.generator, manifest.title, manifest.signed_at) == ("Test Camera 1.2", "what was seen", None)
    assert [(one.action, one.source_type) for one in manifest.actions] == [("c2pa.created", signed.CAPTURED)]
    assert {"c2pa-python", "c2pa-rs"} == read.payload["versions"].keys()
    assert read.document.store_bytes == len(store)


@pytest.mark.parametrize("form", FORMS)
def test_fault_D16_only_the_operators_list_makes_a_signer_trusted_and_its_digest_is_kept(desk: Desk, form: str) -> None:
    content, _ = desk.signed(form)
    read = desk.read(content, trusted=authority().pem)
    assert read.state == "trusted"
    assert read.payload["trust_list"] == Digest.of((desk.folder / "trusted.pem").read_bytes()).hex


@pytest.mark.parametrize("form", FORMS)
def test_fault_D16_a_root_that_is_not_on_the_list_is_not_trusted(desk: Desk, form: str) -> None:
    read = desk.read(desk.signed(form)[0], trusted=authority("Somebody Else").pem)
    assert (read.state, read.payload["failures"]) == ("valid", ["signingCredential.untrusted"])


@pytest.mark.parametrize("form", FORMS)
def test_fault_D16_a_signature_by_another_key_than_the_certificates_is_invalid(desk: Desk, form: str) -> None:
    signer = authority().signer("Olena Camera", holds_its_key=False)
    content, store = signed.sign(desk.plain[form], form, signer)
    read = desk.read(content, trusted=authority().pem)
    assert (read.state, read.store) == ("invalid", store)
    assert "claimSignature.mismatch" in read.payload["failures"]


@pytest.mark.parametrize(
    ("form", "code"), [(JPEG, "assertion.dataHash.mismatch"), (MP4, "assertion.bmffHash.mismatch")]
)
def test_fault_D16_a_file_that_was_changed_after_signing_is_invalid(desk: Desk, form: str, code: str) -> None:
    content = bytearray(desk.signed(form)[0])
    where = len(content) - 40 if form == JPEG else content.find(b"mdat") + 100
    content[where] ^= 1
    read = desk.read(bytes(content), trusted=authority().pem)
    assert read.state == "invalid"
    assert code in read.payload["failures"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("mark", [b"jumb", b"c2pa.signature", b"c2pa.claim"])
def test_fault_D16_malformed_credentials_are_malformed_and_their_bytes_are_kept(
    desk: Desk, form: str, mark: bytes
) -> None:
    content = bytearray(desk.signed(form)[0])
    begin = content.find(mark) + len(mark) + 10
    content[begin : begin + 40] = bytes(40)
    read = desk.read(bytes(content))
    assert read.state == "malformed"
    assert read.payload["failures"] == ["local:unreadable"]


def with_store(content: bytes, store: bytes) -> bytes:
    """An MP4 with `store` in the box of a C2PA manifest store behind its first box."""
    first = int.from_bytes(content[:4], "big")
    body = STORE_BOX + bytes(4) + b"manifest\0" + bytes(8) + store
    return content[:first] + struct.pack(">I4s", 8 + len(body), b"uuid") + body + content[first:]


def test_fault_D16_a_huge_store_is_not_read_at_all(desk: Desk) -> None:
    read = desk.read(with_store(desk.plain[MP4], bytes(engine.STORE_LIMIT_BYTES + 1)))
    assert (read.state, read.payload["note"], read.store) == ("malformed", "too_large", None)


@pytest.mark.parametrize("depth", [100, 200_000])
def test_fault_F8_boxes_nested_without_end_break_nothing(desk: Desk, depth: int) -> None:
    """Each box holds the next: a reader that follows them on its stack runs out of it."""
    kind = b"c2pa" + bytes.fromhex("00110010800000aa00389b71")
    described = struct.pack(">I4s", 8 + 16 + 6, b"jumd") + kind + b"\x03c2pa\0"
    heads, size = [], 0
    for _ in range(depth):
        size += 8 + len(described)
        heads.append(struct.pack(">I4s", size, b"jumb") + described)
    read = desk.read(with_store(desk.plain[MP4], b"".join(reversed(heads))))
    assert read.state == "malformed"
    assert read.document.tags.all


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """An address on this machine, and what was ever asked of it."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hear() -> None:
            while True:
                try:
                    visitor, _ = server.accept()
                except OSError:
                    return
                with visitor:
                    heard.append(visitor.recv(1000))

        threading.Thread(target=hear, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/credentials.c2pa", heard
        server.shutdown(socket.SHUT_RDWR)


def test_fault_D16_credentials_that_lie_elsewhere_are_named_and_never_fetched(
    desk: Desk, listener: tuple[str, list[bytes]]
) -> None:
    address, heard = listener
    content, _ = desk.signed(JPEG, remote=address)
    read = desk.read(content)
    assert (read.state, read.payload["note"]) == ("absent", "remote")
    assert read.document.manifest.remote == address
    assert address not in json.dumps(read.payload)
    # Without the box's walls as well: it is not only the network that is missing.
    out = desk.folder / "unboxed"
    out.mkdir()
    (desk.folder / "unboxed.jpg").write_bytes(content)
    engine.read(desk.folder / "unboxed.jpg", out, None)
    assert json.loads((out / "manifest.json").read_bytes())["note"] == "remote"
    assert heard == []


def test_what_a_file_was_made_of_is_told_with_the_codes_of_each(desk: Desk) -> None:
    earlier = bytearray(signed.sign(signed.picture(2), JPEG, authority().signer("Another"))[0])
    earlier[-40] ^= 1
    read = desk.read(desk.signed(JPEG, made_of=bytes(earlier))[0])
    [ingredient] = read.document.manifest.ingredients
    assert (ingredient.title, ingredient.relationship) == ("an earlier picture", "componentOf")


def test_a_store_of_many_actions_is_cut_and_says_so(desk: Desk) -> None:
    made = {"action": "c2pa.created", "digitalSourceType": signed.CAPTURED}
    edited = {"action": "c2pa.edited", "softwareAgent": "x" * 5000}
    told = [{"label": "c2pa.actions", "data": {"actions": [made, *[edited] * 60]}}]
    manifest = desk.read(desk.signed(JPEG, assertions=told)[0]).document.manifest
    assert (len(manifest.actions), manifest.cut) == (50, ["actions"])
    assert manifest.actions[1].software == "x" * 300


def test_names_and_places_stay_in_the_file_and_out_of_the_ledger(desk: Desk, tmp_path: Path) -> None:
    film = tmp_path / "tagged.mp4"
    tagged(film)
    content, _ = signed.sign(film.read_bytes(), MP4, authority().signer("Olena Camera"))
    read = desk.read(content)
    tags = read.document.tags
    assert (tags.make, tags.model, tags.created) == ("Maker", "M-1", "2026-03-01T10:20:30.000000Z")
    assert tags.location == "+48.0160+037.8020/"
    told = json.dumps([dict(one.payload) for one in read.products])
    for word in ("Olena", "48.0160", "Maker", "Test Camera", "what was seen"):
        assert word not in told


def tagged(path: Path, also: Mapping[str, str] = MappingProxyType({})) -> None:
    """A film with the tags of a telephone."""
    import av

    with av.open(path, "w", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata.update({"make": "Maker", "model": "M-1", "location": "+48.0160+037.8020/"})
        out.metadata["creation_time"] = "2026-03-01T10:20:30.000000Z"
        out.metadata.update(also)
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height = 64, 48
        for _ in range(3):
            for packet in stream.encode(av.VideoFrame(64, 48, "yuv420p")):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)


def test_the_tags_of_a_picture_are_read_from_its_EXIF(desk: Desk) -> None:
    exif = b"II*\0\x08\0\0\0\x02\0" + struct.pack("<HHI4sHHII", 0x010F, 2, 4, b"Cam\0", 0x0132, 2, 20, 38) + bytes(4)
    body = b"Exif\0\0" + exif + b"2026:01:02 03:04:05\0"
    plain = desk.plain[JPEG]
    read = desk.read(plain[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + plain[2:])
    assert (read.document.tags.make, read.document.tags.created) == ("Cam", "2026:01:02 03:04:05")


def test_a_form_of_file_that_can_carry_no_credentials_says_that(desk: Desk, tmp_path: Path) -> None:
    film = draw.cuts(tmp_path / "film.mkv", lengths=(5, 5))
    read = desk.read(film.path.read_bytes())
    assert (read.state, read.payload["note"]) == ("absent", "form")


def test_a_damaged_file_without_credentials_is_not_said_to_have_malformed_ones(desk: Desk) -> None:
    read = desk.read(desk.plain[MP4][:200])
    assert (read.state, read.payload["note"]) in {("absent", None), ("absent", "damaged")}


@dataclass(frozen=True, slots=True)
class Broken(Sandbox):
    """A box whose reader leaves `left` and ends as told."""

    left: dict[str, Any] = field(default_factory=dict)
    ended: Ended = field(default=Ended(Ending.EXITED, 0, "", "", 0.1))

    def run(self, argv: Any, *, folder: Path, **more: Any) -> Ended:
        for name, told in self.left.items():
            (folder / name).write_text(json.dumps(told))
        return self.ended


TAGS: dict[str, Any] = {"all": []}


def test_fault_D16_what_kills_the_reader_is_malformed_and_the_tags_are_kept(desk: Desk) -> None:
    ended = Ended(Ending.SIGNALLED, -signal.SIGABRT, "", "", 0.1)
    read = desk.read(desk.plain[MP4], sandbox=Broken(LIMITS, left={"tags.json": TAGS | {"make": "M"}}, ended=ended))
    assert (read.state, read.payload["note"], read.document.tags.make) == ("malformed", "broke_reader", "M")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_reader_that_somebody_else_killed_says_nothing_of_the_file(desk: Desk, number: signal.Signals) -> None:
    ended = Ended(Ending.SIGNALLED, -number, "", "", 0.1)
    with pytest.raises(DecoderDied):
        desk.read(desk.plain[MP4], sandbox=Broken(LIMITS, left={"tags.json": TAGS}, ended=ended))


def test_trust_without_a_list_is_not_believed(desk: Desk) -> None:
    left = {"tags.json": TAGS, "manifest.json": {"state": "trusted"}}
    with pytest.raises(Implausible, match="no list"):
        desk.read(desk.plain[MP4], sandbox=Broken(LIMITS, left=left))


@pytest.mark.parametrize(
    "lie", [{"state": "genuine"}, {"state": "valid", "title": "a\nb"}, {"state": "valid", "title": "x" * 301}, {}]
)
def test_words_that_the_reader_never_says_are_not_believed(desk: Desk, lie: dict[str, Any]) -> None:
    with pytest.raises(Implausible):
        desk.read(desk.plain[MP4], sandbox=Broken(LIMITS, left={"tags.json": TAGS, "manifest.json": lie}))


def test_what_is_no_media_is_refused_for_good(desk: Desk) -> None:
    with pytest.raises(Rejected):
        desk.read(b"<html></html>")


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_list_of_whom_to_trust_that_cannot_be_read_says_what_to_do(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "list.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidValue, match="SVIDOK_CREDENTIALS_TRUST_LIST"):
        trust_list.read(path)


def test_without_a_list_nobody_is_trusted() -> None:
    assert trust_list.read(None) is None


def test_a_film_that_hides_its_date_behind_many_tags_is_told_with_its_date_and_how_much_is_left_out(
    desk: Desk, tmp_path: Path
) -> None:
    film = tmp_path / "many.mkv"
    many = {f"X-{number}": "\u202egnp.exe\u2066" * 200 for number in range(20_000)}
    tagged(film, {**many, "model": "M\u202e-1"})
    tags = desk.read(film.read_bytes()).document.tags
    assert (tags.model, len(tags.all)) == ("M -1", 200)
    assert tags.left > 19_000
    assert not any({"\u202e", "\u2066"} & set(tag.name + tag.value) for tag in tags.all)
    assert max(len(tag.value) for tag in tags.all) <= 300


def test_every_header_of_a_film_is_told_with_when_it_says_it_was_written(desk: Desk, tmp_path: Path) -> None:
    film = tmp_path / "tagged.mp4"
    tagged(film)
    content = bytearray(film.read_bytes())
    at = content.find(b"tkhd") + 8
    content[at : at + 8] = bytes(8)
    headers = desk.read(bytes(content)).document.tags.headers
    assert [(one.box, one.track, one.created) for one in headers] == [
        ("mvhd", None, "2026-03-01T10:20:30Z"),
        ("tkhd", 1, None),
        ("mdhd", 1, "2026-03-01T10:20:30Z"),
    ]


def test_a_header_of_a_time_beyond_any_calendar_says_nothing(desk: Desk, tmp_path: Path) -> None:
    times = bytes([1, 0, 0, 0]) + b"\xff" * 16 + bytes(84)
    movie = struct.pack(">I4s", 8 + len(times), b"mvhd") + times
    path = tmp_path / "wide.mp4"
    path.write_bytes(struct.pack(">I4s", 8 + len(movie), b"moov") + movie)
    [header] = isomedia.header_times(path)
    assert (header.created_at, header.modified_at) == (None, None)


PACKET = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/" tiff:Make="Maker" exif:GPSLatitude="48,0.96N" exif:GPSLongitude="37,48.12E">
<dc:creator><rdf:Seq><rdf:li>Olena</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"""


def with_xmp(picture: bytes, packet: bytes = PACKET) -> bytes:
    """A JPEG with a packet of XMP behind its first mark."""
    body = b"http://ns.adobe.com/xap/1.0/\0" + packet
    return picture[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + picture[2:]


def test_the_XMP_of_a_picture_is_read_and_where_it_says_it_was_taken(desk: Desk) -> None:
    tags = desk.read(with_xmp(desk.plain[JPEG])).document.tags
    told = {(tag.where, tag.name): tag.value for tag in tags.all}
    assert told["XMP", "dc:creator"] == "Olena"
    assert (tags.make, tags.location) == ("Maker", "48,0.96N 37,48.12E")


def test_the_XMP_of_a_film_is_read_from_its_box(desk: Desk) -> None:
    body = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + PACKET
    content = desk.plain[MP4] + struct.pack(">I4s", 8 + len(body), b"uuid") + body
    assert desk.read(content).document.tags.make == "Maker"


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><x tiff:Make="&b;">&b;</x>'


@pytest.mark.parametrize("packet", [BOMB, b"<a>" * 20_000, b"\xff\xfe<", b"<a:b>never ended", b""])
def test_XMP_that_is_a_trap_says_nothing_and_breaks_nothing(desk: Desk, packet: bytes) -> None:
    tags = desk.read(with_xmp(desk.plain[JPEG], packet)).document.tags
    assert not [tag for tag in tags.all if tag.where == "XMP"]


@pytest.mark.parametrize("form", ["png", "webp"])
def test_the_EXIF_of_other_pictures_is_read_too(desk: Desk, form: str) -> None:
    assert desk.read(pictured(form)).document.tags.make == "Cam"


def pictured(form: str) -> bytes:
    """A small picture of the form, by a camera called Cam."""
    import cv2
    import numpy as np

    exif = b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHI4s", 0x010F, 2, 4, b"Cam\0") + bytes(4)
    plain = cv2.imencode(f".{form}", np.zeros((32, 32, 3), np.uint8))[1].tobytes()
    if form == "png":
        chunk = struct.pack(">I4s", len(exif), b"eXIf") + exif + struct.pack(">I", zlib.crc32(b"eXIf" + exif))
        return plain[:33] + chunk + plain[33:]
    head = struct.pack("<4sIB3x", b"VP8X", 10, 8) + 2 * (31).to_bytes(3, "little")
    body = b"WEBP" + head + plain[12:] + struct.pack("<4sI", b"EXIF", len(exif)) + exif
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def test_a_cover_that_came_along_in_a_file_is_read_as_the_photograph_it_was(desk: Desk, tmp_path: Path) -> None:
    import av

    sound = tmp_path / "covered.mp3"
    with av.open(sound, "w") as out:
        voice = out.add_stream("libmp3lame", rate=44_100)
        cover = out.add_stream("mjpeg")
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        frame = av.AudioFrame(format="s16p", layout="stereo", samples=1152)
        frame.sample_rate = 44_100
        picture = av.Packet(with_xmp(signed.picture()))
        picture.stream, picture.pts, picture.dts = cover, 0, 0
        out.mux(picture)
        for packet in [*voice.encode(frame), *voice.encode(None)]:
            out.mux(packet)
    tags = desk.read(sound.read_bytes()).document.tags
    assert ("cover XMP", "dc:creator", "Olena") in [(tag.where, tag.name, tag.value) for tag in tags.all]


def heavy() -> bytes:
    """A picture whose EXIF names one long value many times over, so that it takes minutes to spell out."""
    import cv2
    import numpy as np

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    entries, numbers = 4000, 100_000
    at = 10 + 12 * entries + 4
    listed = b"".join(struct.pack("<HHII", 0x9000 + number, 3, numbers, at) for number in range(entries))
    exif = b"II*\0\x08\0\0\0" + struct.pack("<H", entries) + listed + bytes(4 + 2 * numbers)
    plain = cv2.imencode(".png", np.zeros((32, 32, 3), np.uint8))[1].tobytes()
    packet = b"XML:com.adobe.xmp\0\0\0\0\0" + PACKET
    return plain[:33] + chunk(b"iTXt", packet) + chunk(b"eXIf", exif) + plain[33:]


def test_fault_D16_tags_that_take_for_ever_are_ended_and_what_was_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "TAGS_S", 3.0)
    path, out = tmp_path / "heavy.png", tmp_path / "out"
    path.write_bytes(heavy())
    out.mkdir()
    began = time.monotonic()
    engine.read(path, out, None)
    assert time.monotonic() - began < 30
    told = Tags.model_validate_json((out / "tags.json").read_bytes())
    assert told.unread == [TagPart.EXIF]
    assert "XMP" in {tag.where for tag in told.all}
    assert json.loads((out / "manifest.json").read_bytes())["state"] == "absent"


def _killed(*_: object) -> Iterator[Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    yield


def _full(*_: object) -> Iterator[Any]:
    raise av.error.MemoryError(errno.ENOMEM, "no memory is left")
    yield


@pytest.mark.parametrize("end", [_killed, _full])
def test_fault_D16_tags_that_end_their_reader_leave_what_was_read_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: Any
) -> None:
    monkeypatch.setattr(tag_reader, "_still", end)
    path, out = tmp_path / "heavy.png", tmp_path / "out"
    path.write_bytes(heavy())
    out.mkdir()
    engine.read(path, out, None)
    told = Tags.model_validate_json((out / "tags.json").read_bytes())
    assert told.unread == [TagPart.EXIF]
    assert "XMP" in {tag.where for tag in told.all}


def test_of_a_film_that_is_read_whole_nothing_is_told_as_unread(desk: Desk, tmp_path: Path) -> None:
    film = tmp_path / "tagged.mp4"
    tagged(film)
    tags = desk.read(film.read_bytes()).document.tags
    assert tags.unread == []
    assert tags.make == "Maker"
