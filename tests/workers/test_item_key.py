"""The key that wraps those of sealed items is changed: none is lost, none comes back, and nobody who reads notices."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from storage import item_keys, whole
from storage.db.session import transaction
from storage.errors import Conflict, NotFound, Unavailable
from storage.item_keys import NEXT, WRAPPING, ItemKeys
from storage.settings import Settings
from workers.backup import item_keys as backed_up
from workers.commands.sealed import change_key

ITEMS = [f"itm_{number}" for number in range(5)]


@pytest.fixture
def keys(tmp_path: Path) -> ItemKeys:
    keys = ItemKeys(tmp_path / "vault" / "keys")
    for item in ITEMS:
        keys.made(item)
    return keys


def _all(keys: ItemKeys) -> dict[str, bytes]:
    return {item: ItemKeys(keys.folder).key(item) for item in keys.items()}


def _files(keys: ItemKeys) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in keys.folder.rglob("*.key")}


def _copy(keys: ItemKeys, to: Path) -> ItemKeys:
    return ItemKeys(Path(shutil.copytree(keys.folder, to)))


def _killed_at(monkeypatch: pytest.MonkeyPatch, step: int, deed: Callable[[], object]) -> bool:
    """Do it, and be killed before the change of a file that is number `step`; whether it came that far."""
    changes = 0

    def counted(change: Callable[..., Any]) -> Callable[..., Any]:
        def made(*given: Any, **more: Any) -> Any:
            nonlocal changes
            changes += 1
            if changes > step:
                raise KeyboardInterrupt
            return change(*given, **more)

        return made

    with monkeypatch.context() as patched:
        for owner, name in ((whole, "replace"), (whole, "write_once"), (Path, "replace"), (whole, "sync")):
            patched.setattr(owner, name, counted(getattr(owner, name)))
        try:
            deed()
        except KeyboardInterrupt:
            return True
    return False


def test_every_key_stays_what_it_is_and_the_former_wrapping_key_opens_none(keys: ItemKeys, tmp_path: Path) -> None:
    before, former = _all(keys), keys.wrapping.read_bytes()
    assert keys.change_wrapping() == len(ITEMS)
    assert _all(keys) == before
    assert (keys.is_changing, keys.problem()) == (False, None)
    thief = _copy(keys, tmp_path / "stolen")
    thief.wrapping.write_bytes(former)
    for item in ITEMS:
        with pytest.raises(Unavailable, match="is not the key that sealed"):
            thief.key(item)
    assert keys.made("itm_new") == keys.key("itm_new")


def test_a_kill_at_any_step_leaves_every_key_open_and_a_change_that_can_be_gone_on_with(
    keys: ItemKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, step = _all(keys), 0
    while True:
        torn = _copy(keys, tmp_path / f"torn {step}")
        if not _killed_at(monkeypatch, step, torn.change_wrapping):
            break
        assert _all(torn) == before, step
        made = torn.made("itm_meanwhile")
        assert torn.change_wrapping() == len(ITEMS) + 1
        assert _all(torn) == before | {"itm_meanwhile": made}, step
        assert not torn.is_changing
        step += 1
    assert step > 2 * len(ITEMS)


def test_what_is_destroyed_or_made_meanwhile_is_neither_brought_back_nor_lost(
    keys: ItemKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, really = threading.Event(), threading.Event(), whole.replace

    def slowly(path: Path, content: bytes, *, mode: int = 0o444) -> None:
        begun.set()
        assert go_on.wait(20)
        really(path, content, mode=mode)

    monkeypatch.setattr(item_keys.whole, "replace", slowly)
    deeds = [keys.change_wrapping, lambda: keys.destroy(ITEMS[2]), lambda: keys.made("itm_new")]
    threads = [threading.Thread(target=deed) for deed in deeds]
    threads[0].start()
    assert begun.wait(20)
    for thread in threads[1:]:
        thread.start()
        thread.join(0.2)
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert sorted(_all(keys)) == sorted({*ITEMS, "itm_new"} - {ITEMS[2]})


def test_whoever_reads_meanwhile_does_not_notice(keys: ItemKeys) -> None:
    before, over, wrong = _all(keys), threading.Event(), []

    def read() -> None:
        while not over.is_set():
            try:
                assert _all(keys) == before
            except Exception as failure:  # noqa: BLE001 - whatever a reader meets fails the test
                wrong.append(failure)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(15):
        keys.change_wrapping()
    over.set()
    for reader in readers:
        reader.join(20)
    assert wrong == []


def test_nothing_is_changed_where_a_key_cannot_be_opened(keys: ItemKeys) -> None:
    keys.path(ITEMS[3]).chmod(0o600)
    keys.path(ITEMS[3]).write_bytes(bytes(60))
    before = _files(keys)
    with pytest.raises(Unavailable, match=ITEMS[3]):
        keys.change_wrapping()
    assert _files(keys) == before


def _events(*erased: str) -> Mock:
    return Mock(return_value=[Mock(item_id=item) for item in erased])


def test_what_lies_apart_follows_at_the_next_backup_whenever_one_is_killed(
    keys: ItemKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One key is apart alone, because the vault has lost it: it is wrapped anew there."""
    session: Any = None
    monkeypatch.setattr(backed_up.events, "tombstones", _events())
    apart, before = ItemKeys(tmp_path / "apart"), _all(keys)
    apart.folder.mkdir()
    assert backed_up.keep(session, keys, apart) == []
    keys.path(ITEMS[0]).unlink()
    keys.change_wrapping()
    step = 0
    while True:
        torn = _copy(apart, tmp_path / f"apart {step}")
        killed = _killed_at(monkeypatch, step, lambda torn=torn: backed_up.keep(session, keys, torn))
        assert _all(torn) == before, step
        fresh = ItemKeys(tmp_path / f"fresh {step}" / "keys")
        backed_up.put_back(fresh, torn)
        assert _all(fresh) == before, step
        keys.change_wrapping()  # once more, before the next backup
        assert backed_up.keep(session, keys, torn) == []
        assert (_all(torn), torn.is_changing) == (before, False), step
        assert torn.wrapping.read_bytes() == keys.wrapping.read_bytes()
        if not killed:
            break
        step += 1
    assert step > 2 * len(ITEMS)


def test_what_was_erased_does_not_lie_apart(keys: ItemKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session: Any = None
    apart = ItemKeys(tmp_path / "apart")
    apart.folder.mkdir()
    monkeypatch.setattr(backed_up.events, "tombstones", _events())
    backed_up.keep(session, keys, apart)
    keys.change_wrapping()
    monkeypatch.setattr(backed_up.events, "tombstones", _events(ITEMS[1]))
    assert backed_up.keep(session, keys, apart) == []
    assert apart.items() == [item for item in ITEMS if item != ITEMS[1]]


@pytest.fixture
def chosen(tmp_path: Path, engine: Engine) -> Settings:
    return Settings(vault=tmp_path / "vault", database_url=SecretStr(engine.url.render_as_string(hide_password=False)))


def _told(engine: Engine) -> int:
    with transaction(engine) as session:
        told = "SELECT count(*) FROM event WHERE type = 'local:key of sealed items changed'"
        return int(session.scalar(text(told)) or 0)


def test_the_operator_changes_it_and_the_ledger_tells_so_once(
    engine: Engine, chosen: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with pytest.raises(NotFound, match="no sealed item has a key yet"):
        change_key(chosen, say=said.append)
    keys = chosen.item_keys
    for item in ITEMS:
        keys.made(item)
    before, former = _all(keys), keys.wrapping.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(ItemKeys, "_wrap_anew", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            change_key(chosen, say=said.append)
    assert ((keys.folder / NEXT).exists(), (keys.folder / WRAPPING).read_bytes() == former) == (True, True)
    change_key(chosen, say=said.append)
    assert _all(keys) == before
    assert (keys.wrapping.read_bytes() != former, keys.is_changing, _told(engine)) == (True, False, 1)
    assert "svidok backup" in said[-1]
    keys.path(ITEMS[0]).chmod(0o600)
    keys.path(ITEMS[0]).write_bytes(bytes(60))
    with pytest.raises(Conflict, match="nothing was changed"):
        change_key(chosen, say=said.append)
    assert _told(engine) == 1
