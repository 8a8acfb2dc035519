"""Evidence packages: whole ones are proved without this archive, and nothing that was touched passes."""

import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import bagit
import pytest
from rocrate.rocrate import ROCrate
from sqlalchemy import Engine

from storage.domain.permissions import OPERATOR, Actor, ActorKind
from storage.domain.vocab import Role
from storage.errors import Altered, Conflict, Implausible, NotFound, Superseded
from storage.integrity import bag, tree
from storage.integrity.checkpoint import LogKey
from storage.integrity.findings import Finding, Verdict, exit_code
from storage.integrity.note import Kind, Note, NoteKey
from storage.integrity.tree import check_names, open_tree
from storage.integrity.trust import Trust, read_keys, split_keys
from storage.integrity.verify import verify_at
from storage.log.keys import log_signer
from storage.log.sequencer import Sequencer
from storage.package.sink import open_sink
from storage.package.verifier import verifier
from tests.storage.package.damage import ARCHIVES, DAMAGE, FORGERY, SUCCESSION, files, forge, resealed
from tests.storage.package.packed import ORIGINAL, TITLE, Packed, build, copied, pack, pack_again


@pytest.fixture(scope="module")
def shared(module_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Packed:
    """What the tests copy."""
    return pack(module_engine, tmp_path_factory.mktemp("shared"))


@pytest.fixture
def packed(shared: Packed, tmp_path: Path) -> Packed:
    return copied(shared, tmp_path / "package")


@pytest.fixture
def own(engine: Engine, tmp_path: Path) -> Packed:
    """A package whose archive is the test's own."""
    return pack(engine, tmp_path)


def _trust(packed: Packed) -> Trust:
    return Trust([LogKey(packed.signer.public)])


def _checked(path: Path, trust: Trust) -> list[Finding]:
    return verify_at(path, trust)


def _verdicts(findings: list[Finding]) -> dict[str, Verdict]:
    return {one.name: one.verdict for one in findings}


def test_a_package_is_proved_to_whoever_has_the_key(packed: Packed) -> None:
    findings = _checked(packed.folder, _trust(packed))
    assert [one for one in findings if one.verdict is Verdict.FAIL] == []
    assert {one.name for one in findings if one.verdict is Verdict.UNKNOWN} == {"time", "witnesses"}
    assert exit_code(findings) == 0
    assert [one.number for one in findings] == list(range(1, 10))


def test_without_a_key_it_is_intact_and_not_proved(packed: Packed) -> None:
    findings = _checked(packed.folder, Trust())
    assert exit_code(findings) == 3
    assert _verdicts(findings) | {"seal": Verdict.UNKNOWN, "ledger": Verdict.UNKNOWN} == _verdicts(findings)


def test_the_key_of_somebody_else_under_the_same_name_is_a_failure(packed: Packed, tmp_path: Path) -> None:
    stranger = log_signer(tmp_path / "stranger.pem", packed.signer.name, None)
    findings = _checked(packed.folder, Trust([LogKey(stranger.public)]))
    assert exit_code(findings) == 1
    assert _verdicts(findings)["seal"] is Verdict.FAIL


def test_it_holds_the_bytes_the_events_and_what_was_said(packed: Packed) -> None:
    [original] = (packed.folder / "data" / "originals").iterdir()
    assert original.read_bytes() == ORIGINAL
    events = [json.loads(line) for line in (packed.folder / "data" / "events.jsonl").read_text().splitlines()]
    told = ["local:submission", "capture", "local:assertion", "dissemination"]
    assert [event["type"] for event in events] == told
    annotations = json.loads((packed.folder / "data" / "assertions.jsonld").read_text())
    assert annotations["items"][0]["target"][0]["source"] == f"originals/{original.name}"
    assert annotations["items"][0]["body"][0]["value"] == TITLE
    report = (packed.folder / "data" / "report.html").read_text()
    assert "<script>alert" not in report
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Звернення" in report
    assert read_keys((packed.folder / "data" / "ledger" / "keys.txt").read_text())[0].key == packed.signer.public


def test_bagit_rocrate_and_sha256sum_accept_what_we_write(packed: Packed) -> None:
    peer = bagit.Bag(str(packed.folder))
    assert peer.validate()
    assert peer.info["External-Identifier"] == packed.item
    crate = ROCrate(str(packed.folder / "data"))
    assert crate.name == f"Evidence package of {packed.item}"
    assert any(entity.id.startswith("originals/") for entity in crate.data_entities)
    for algorithm in bag.ALGORITHMS:
        told = subprocess.run(
            [f"{algorithm}sum", "--strict", "-c", f"manifest-{algorithm}.txt"],
            cwd=packed.folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert told.returncode == 0, told.stderr


def test_a_zip_archive_is_the_same_package(engine: Engine, own: Packed, tmp_path: Path) -> None:
    archive = tmp_path / "package.zip"
    build(engine, own.workshop, OPERATOR, own.item, archive)
    assert exit_code(_checked(archive, _trust(own))) == 0
    beneath = tmp_path / "beneath.zip"
    with zipfile.ZipFile(beneath, "w") as again:
        for path in sorted(own.folder.rglob("*")):
            again.write(path, f"some folder/{path.relative_to(own.folder)}")
    assert exit_code(_checked(beneath, _trust(own))) == 0


FLIPS = os.environ.get("SVIDOK_CHAOS_FLIPS", "24")


def _flips(size: int) -> Iterator[int]:
    """Which bits to flip: some of each file; for `all`, every bit of small files, of larger ones one of every byte,
    beyond a mebibyte one of every 4 KiB.
    """
    chance = random.Random(20261128)
    if FLIPS != "all":
        yield from sorted(chance.sample(range(size * 8), min(size * 8, int(FLIPS))))
    elif size <= 16 << 10:
        yield from range(size * 8)
    elif size <= 1 << 20:
        yield from (at * 8 + chance.randrange(8) for at in range(size))
    else:
        yield from ((at + chance.randrange(4096)) * 8 for at in range(0, size - 4096, 4096))


@pytest.mark.chaos
def test_fault_D3_no_flipped_bit_of_any_file_goes_unnoticed(packed: Packed) -> None:
    flips, missed = 0, []
    for path in files(packed.folder):
        whole = path.read_bytes()
        for bit in _flips(len(whole)):
            flipped = bytearray(whole)
            flipped[bit // 8] ^= 1 << bit % 8
            path.write_bytes(flipped)
            flips += 1
            if exit_code(_checked(packed.folder, _trust(packed))) not in (1, 2):
                missed.append(f"{path.relative_to(packed.folder)} bit {bit}")
        path.write_bytes(whole)
    sys.stdout.write(f"{flips} bits of {len(files(packed.folder))} files flipped, {len(missed)} missed\n")
    assert flips > 400
    assert missed == []
    assert exit_code(_checked(packed.folder, _trust(packed))) == 0


@pytest.mark.parametrize("what", list(DAMAGE))
def test_fault_D5_what_was_done_to_a_package_is_named(packed: Packed, what: str) -> None:
    check, damage = DAMAGE[what]
    damage(packed.folder)
    findings = _checked(packed.folder, _trust(packed))
    failed = [one for one in findings if one.verdict is Verdict.FAIL]
    assert check in {one.name for one in failed}, failed
    assert all(one.sentence for one in failed)
    assert exit_code(findings) in (1, 2)


def test_fault_D17_the_instructions_pin_the_verifier_that_lies_beside_them(packed: Packed) -> None:
    shipped = verifier()
    assert shipped is not None, "`make setup` builds it"
    page = packed.folder / "data" / "verifier.html"
    assert page.read_bytes() == shipped.page
    assert shipped.digest.hex in (packed.folder / "data" / "README.md").read_text()
    page.write_bytes(shipped.page.replace(b"NOT what was signed", b"what was signed"))
    failed = [one for one in _checked(packed.folder, _trust(packed)) if one.verdict is Verdict.FAIL]
    assert [one.subject for one in failed] == ["data/verifier.html"]


@pytest.mark.parametrize("what", list(FORGERY))
def test_fault_D2_not_even_the_archive_itself_can_reseal_another_history(packed: Packed, what: str) -> None:
    check = FORGERY[what][2]
    forge(packed, what)
    findings = _checked(packed.folder, _trust(packed))
    assert _verdicts(findings)["bytes"] is Verdict.PASS
    assert _verdicts(findings)[check] is Verdict.FAIL, findings


@pytest.mark.parametrize("what", list(ARCHIVES))
def test_fault_D5_an_archive_is_read_in_one_way_or_not_at_all(packed: Packed, tmp_path: Path, what: str) -> None:
    wanted, make = ARCHIVES[what]
    archive = tmp_path / "made.zip"
    make(packed.folder, archive)
    findings = verify_at(archive, _trust(packed))
    assert exit_code(findings) == wanted, findings
    assert all(one.sentence for one in findings)


def test_a_package_resealed_without_a_change_is_still_proved(packed: Packed) -> None:
    resealed(packed, "data/README.md", lambda whole: whole, packed.signer)
    assert exit_code(_checked(packed.folder, _trust(packed))) == 0


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a//b", "a/./b", "a\\b", "a:b", "x ", "x.", "a\nb", "e\u0301", "", "x" * 600]
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(Implausible, match="no name that a file"):
        check_names({name: 1})


def test_names_that_are_one_on_some_systems_are_refused() -> None:
    with pytest.raises(Implausible, match="one name on some systems"):
        check_names({"data/A": 1, "data/a": 1})


def test_archives_that_are_traps_are_refused(tmp_path: Path) -> None:
    bomb, linked, twice = (tmp_path / name for name in ("bomb.zip", "linked.zip", "twice.zip"))
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bagit.txt", b"\0" * (8 << 20))
    with zipfile.ZipFile(linked, "w") as archive:
        entry = zipfile.ZipInfo("bagit.txt")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    with zipfile.ZipFile(twice, "w") as archive:
        archive.writestr("bagit.txt", b"a")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("bagit.txt", b"b")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "bagit.txt").symlink_to("/etc/passwd")
    (tmp_path / "text").write_text("no archive")
    for path in (bomb, linked, twice, tmp_path / "folder", tmp_path / "text"):
        with pytest.raises(Implausible), open_tree(path):
            pass


@pytest.mark.parametrize("form", ["zip", "large zip", "folder"])
def test_more_files_and_folders_than_a_package_holds_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(tree, "MOST_ENTRIES", 20)
    path = tmp_path / "many"
    for number in range(21):
        (path / str(number)).mkdir(parents=True)
    if form != "folder":
        if form == "large zip":
            monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 5)
        shutil.make_archive(str(path), "zip", path)
        path = path.with_suffix(".zip")
        monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(Implausible, match="a package has at most 100,000 files and folders"), open_tree(path):
        pass


def test_what_is_no_package_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x").write_text("x")
    assert exit_code(_checked(tmp_path / "folder", Trust())) == 2


def test_a_package_is_never_written_over_anything_and_leaves_nothing_half(
    engine: Engine, own: Packed, tmp_path: Path
) -> None:
    with pytest.raises(Conflict, match="never written over"), open_sink(own.folder):
        pass
    digest = next((own.folder / "data" / "originals").iterdir()).name[:64]
    kept = tmp_path / "blobs" / "sha256" / digest[:2] / digest[2:4] / digest
    kept.chmod(0o600)
    for bad, told in ((b"altered", "has 7 bytes, not 3,072"), (bytes(len(ORIGINAL)), "now has the digest")):
        kept.write_bytes(bad)
        for target in (tmp_path / "again", tmp_path / "again.zip"):
            with pytest.raises(Altered, match=f"{told}.*; nothing was"):
                build(engine, own.workshop, OPERATOR, own.item, target)
            assert not target.exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_what_is_sealed_stays_behind_and_is_said_to(engine: Engine, own: Packed, tmp_path: Path) -> None:
    reviewer = Actor("usr_x", ActorKind.USER, frozenset({Role.REVIEWER}), "Olena")
    build(engine, own.workshop, reviewer, own.item, tmp_path / "theirs")
    assert not (tmp_path / "theirs" / "data" / "context").exists()
    findings = _checked(tmp_path / "theirs", _trust(own))
    assert exit_code(findings) == 0
    assert "1 withheld" in next(one.sentence for one in findings if one.name == "files")


def test_fault_D13_a_package_from_before_a_rotation_is_proved_with_the_old_key(packed: Packed, tmp_path: Path) -> None:
    newer = log_signer(tmp_path / "newer.pem", packed.signer.name, None)
    text = f"{packed.signer.public} 0 100\n{newer.public} 101\n# a comment\n"
    assert exit_code(_checked(packed.folder, split_keys(text))) == 0


@pytest.fixture(scope="module")
def shared_later(module_engine: Engine, shared: Packed) -> Packed:
    return pack_again(module_engine, shared)


@pytest.fixture
def later(shared_later: Packed, tmp_path: Path) -> Packed:
    """A package from after two changes of the ledger's key."""
    return copied(shared_later, tmp_path / "later")


def test_fault_D13_whoever_knows_any_key_of_the_archive_believes_its_package(later: Packed) -> None:
    for known in (*later.earlier, later.signer):
        findings = _checked(later.folder, split_keys(f"{known.public}\n"))
        assert exit_code(findings) == 0, findings
        [sentence] = [one.sentence for one in findings if one.name == "seal"]
        is_joined = "successions of keys join it to one you trust" in sentence
        assert is_joined is (known != later.signer)


def test_fault_D13_an_old_package_is_believed_by_whoever_has_the_new_key_and_the_successions(
    packed: Packed, later: Packed
) -> None:
    notes = "".join(path.read_text() for path in sorted((later.folder / "data" / "ledger" / "keys").iterdir()))
    assert exit_code(_checked(packed.folder, split_keys(f"{later.signer.public}\n"))) == 1
    assert exit_code(_checked(packed.folder, split_keys(f"{later.signer.public}\n{notes}"))) == 0


def test_a_key_that_is_known_to_have_ended_vouches_for_nobody(later: Packed) -> None:
    findings = _checked(later.folder, split_keys(f"{later.earlier[0].public} 0 4\n"))
    assert _verdicts(findings)["seal"] is Verdict.FAIL


def test_without_a_key_a_package_from_after_a_change_is_intact_and_not_proved(later: Packed) -> None:
    assert exit_code(_checked(later.folder, Trust())) == 3


@pytest.mark.parametrize("what", list(SUCCESSION))
def test_fault_D13_a_forged_or_reordered_succession_joins_nobody(later: Packed, what: str) -> None:
    check, forge = SUCCESSION[what]
    forge(later)
    findings = _checked(later.folder, Trust([LogKey(later.earlier[0].public)]))
    assert {one.name for one in findings if one.verdict is Verdict.FAIL} == ({check} if check else set()), findings


@pytest.mark.chaos
def test_fault_D3_no_flipped_bit_of_a_succession_goes_unnoticed_by_whoever_relies_on_it(later: Packed) -> None:
    trust, missed = Trust([LogKey(later.earlier[0].public)]), []
    for path in sorted((later.folder / "data" / "ledger" / "keys").iterdir()):
        whole = path.read_bytes()
        for bit in _flips(len(whole)):
            flipped = bytearray(whole)
            flipped[bit // 8] ^= 1 << bit % 8
            resealed(later, path.relative_to(later.folder).as_posix(), lambda _, new=flipped: bytes(new), later.signer)  # type: ignore[misc]
            if exit_code(_checked(later.folder, trust)) not in (1, 2):
                missed.append(f"{path.name} bit {bit}")
        path.write_bytes(whole)
    assert missed == []


def test_a_package_that_a_superseded_key_would_seal_is_not_written(engine: Engine, own: Packed, tmp_path: Path) -> None:
    pack_again(engine, own)
    with pytest.raises(Superseded, match="export again"):
        build(engine, own.workshop, OPERATOR, own.item, tmp_path / "stale")
    assert not (tmp_path / "stale").exists()


def test_an_item_of_nobody_is_not_exported(engine: Engine, own: Packed, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        build(engine, own.workshop, OPERATOR, "itm_" + "0" * 26, tmp_path / "none")
    assert isinstance(Sequencer(own.workshop.shelf, own.signer), Sequencer)
    assert NoteKey.parse(str(own.signer.public)).kind is Kind.ED25519
    assert Note.parse((own.folder / bag.SEAL).read_bytes()).signed_by(own.signer.public)
    shutil.rmtree(own.folder)
