"""What others signed of the ledger goes with the package, and proves something to whoever believes them."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from storage.integrity.findings import Verdict, exit_code
from storage.integrity.timestamp import certificates, question
from tests.storage.integrity.authority import authority
from tests.storage.package.damage import files, resealed
from tests.storage.package.stamping import Stamped, make_stamped


@pytest.fixture
def stamped(engine: Engine, tmp_path: Path) -> Stamped:
    return make_stamped(engine, tmp_path)


def test_whoever_names_roots_blocks_and_witnesses_has_all_nine_checks_passed(stamped: Stamped) -> None:
    found = stamped.found(
        roots=certificates(stamped.authority.root), blocks=stamped.calendar.blocks, witnesses=[stamped.witness.public]
    )
    assert {one.verdict for one in found.values()} == {Verdict.PASS}, found
    assert "4 of 5 events were there" in found["time"].sentence
    assert "before block 900,000" in found["time"].sentence
    assert "witness.example/one" in found["witnesses"].sentence
    assert exit_code(list(found.values())) == 0


def test_whoever_names_nobody_is_told_what_could_be_proved(stamped: Stamped) -> None:
    found = stamped.found()
    assert found["time"].verdict is Verdict.UNKNOWN
    assert found["time"].claimed
    assert "2 time stamps are in this package" in found["time"].sentence
    assert exit_code(list(found.values())) == 3


def test_a_root_of_somebody_else_proves_nothing(stamped: Stamped, tmp_path: Path) -> None:
    found = stamped.found(roots=certificates(authority(tmp_path).root))
    assert found["time"].verdict is Verdict.UNKNOWN
    assert "none of them by an authority you trust" in found["time"].sentence


def test_fault_D11_tokens_of_other_bytes_are_named_even_when_the_package_was_resealed(stamped: Stamped) -> None:
    for path in files(stamped.packed.folder):
        path.chmod(0o600)
    [token] = (stamped.packed.folder / "data/ledger/outside").rglob("*.tsr")
    name = token.relative_to(stamped.packed.folder).as_posix()
    other = stamped.authority.answer(question(b"another checkpoint").der)
    resealed(stamped.packed, name, lambda _: other, stamped.packed.signer)
    found = stamped.found(roots=certificates(stamped.authority.root))
    assert found["time"].verdict is Verdict.FAIL
    assert found["time"].subject == name


@pytest.mark.parametrize("name", ["checkpoint", "consistency"])
def test_fault_D9_a_checkpoint_that_is_no_beginning_of_the_packages_own_is_named(stamped: Stamped, name: str) -> None:
    for path in files(stamped.packed.folder):
        path.chmod(0o600)
    [path] = (stamped.packed.folder / "data/ledger/outside").rglob(name)
    told = path.relative_to(stamped.packed.folder).as_posix()
    changes = {
        "checkpoint": lambda whole: whole.replace(b"\n4\n", b"\n3\n"),
        "consistency": lambda whole: b"A" * 43 + b"=\n" + whole,
    }
    resealed(stamped.packed, told, changes[name], stamped.packed.signer)
    found = stamped.found(witnesses=[stamped.witness.public])
    assert found["time"].verdict is Verdict.FAIL
    assert found["witnesses"].verdict is Verdict.FAIL
    assert found["time"].subject == told


def test_a_flipped_bit_of_a_token_is_found_by_its_digest(stamped: Stamped) -> None:
    [token] = (stamped.packed.folder / "data/ledger/outside").rglob("*.tsr")
    token.chmod(0o600)
    whole = bytearray(token.read_bytes())
    whole[-1] ^= 1
    token.write_bytes(whole)
    assert stamped.found()["bytes"].verdict is Verdict.FAIL
