"""Many captures of one source, compared: what each brought, and what had changed since the last that knew."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_TOLD = ("title", "caption", "account", "presence", "subtitles", "comments")


@dataclass(frozen=True, slots=True)
class Attempted:
    """One capture as far as it can be compared; what it did not learn is None, or empty for `originals` (digests).

    `recipe`: how it was made, by name: tools with versions, options, identity towards the site.
    """

    outcome: str
    originals: frozenset[str] = frozenset()
    title: str | None = None
    caption: str | None = None
    account: str | None = None
    presence: str | None = None
    recipe: Mapping[str, str] = field(default_factory=dict)
    subtitles: str | None = None
    comments: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What differs from the last capture that knew: `name` is a field, `bytes`, or `recipe` and a name in it."""

    name: str
    before: str | None
    after: str | None


def compare(captures: Sequence[Attempted]) -> list[tuple[Change, ...]]:
    """For each capture, oldest first, what had changed; the first has nothing to be compared with.

    A capture that learned nothing (a removed post, say) changes the outcome alone: that nothing was seen does not mean
    that the caption is gone.
    """
    known: dict[str, str] = {}
    compared = []
    for capture in captures:
        facts = dict(_facts(capture))
        compared.append(
            tuple(
                Change(name, known[name], fact) for name, fact in facts.items() if name in known and known[name] != fact
            )
        )
        known |= facts
    return compared


def _facts(capture: Attempted) -> Iterator[tuple[str, str]]:
    yield "outcome", capture.outcome
    if capture.originals:
        yield "bytes", ", ".join(sorted(capture.originals))
    for name in _TOLD:
        fact = getattr(capture, name)
        if fact is not None:
            yield name, fact
    for name, fact in sorted(capture.recipe.items()):
        yield f"recipe {name}", fact


def recipe_of(collection: Mapping[str, object], page: Mapping[str, object] | None) -> dict[str, str]:
    """How a capture was made, as its records tell it: enough to make it again the same way, without a secret."""
    recipe: dict[str, str] = {}
    software = collection.get("software")
    if isinstance(software, Mapping):
        recipe |= {str(name): str(version) for name, version in software.items()}
    argv = collection.get("argv")
    if isinstance(argv, list):
        recipe["options"] = " ".join(str(word) for word in argv[:-2])  # the last two are `--` and the address
    if "url" in collection:
        recipe["url"] = str(collection["url"])
    recipe["seen as"] = str(collection.get("impersonation") or "itself")
    recipe["session"] = str(collection.get("session") or "guest")
    if page and page.get("engine"):
        recipe |= {"browser": str(page["engine"]), "browser name": str(page.get("user_agent"))}
    return recipe
