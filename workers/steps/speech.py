"""What is said in the sound, as a machine hears it: found by its words, and nobody's quote."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from storage.domain.machine_text import SEGMENTS, SURE, TRANSCRIPT, WORDS, HeardSegment, HeardText, HeardWord
from storage.domain.steps import VERSIONS
from storage.integrity.digest import Digest
from workers import findings
from workers.analysis import speech
from workers.decoding import run_engine
from workers.models import Model
from workers.step import Context, Made, Product

_NO_MODEL = (
    "Speech was not transcribed: no model. An operator brings a Whisper model in the form of CTranslate2: "
    "`pip install svidok[speech]`, then `svidok models add FILE`"
)
_Share = Annotated[float, Field(ge=0, le=1)]


class _Word(findings.Said):
    text: Annotated[findings.Text, Field(min_length=1)]
    start_s: findings.Seconds
    end_s: findings.Seconds
    confidence: _Share


class _Segment(findings.Said):
    text: Annotated[findings.Text, Field(min_length=1)]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}\z")]
    confidence: _Share
    start_s: findings.Seconds
    end_s: findings.Seconds
    words: Annotated[list[_Word], Field(min_length=1, max_length=WORDS)]


_Span = Annotated[list[findings.Seconds], Field(min_length=2, max_length=2)]


class _Heard(findings.Said):
    voice: Annotated[list[_Span], Field(max_length=SEGMENTS)]
    segments: Annotated[list[_Segment], Field(max_length=SEGMENTS)]


@dataclass(frozen=True, slots=True)
class Speech:
    """Listens with the model that an operator has brought; without one, says so."""

    name: str = "speech"
    version: str = VERSIONS["speech"]
    needs: frozenset[str] = frozenset({"waveform"})
    makes: frozenset[str] = frozenset({TRANSCRIPT})
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `transcript` product for each original with sound; its words are in its file alone.

        Times are those of the original, also where its sound is another file.
        """
        model = context.instruments.speech
        sounds = {Digest.parse(one.payload["original"]): _sound(one) for one in context.needed("waveform")}
        return [
            _heard(context, model, original, sound) if model else _unheard(original)
            for original, sound in sounds.items()
        ]


def _sound(waveform: Made) -> Digest:
    """The file whose sound a waveform is of."""
    told = waveform.payload.get("sound")
    return Digest.parse(told["sha256"] if told else waveform.payload["original"])


def _unheard(original: Digest) -> Product:
    return Product(TRANSCRIPT, payload=findings.payload(original, {"outcome": "no_model", "sentence": _NO_MODEL}))


def _heard(context: Context, model: Model, original: Digest, sound: Digest) -> Product:
    files = [context.open_local(digest) for digest in dict.fromkeys((original, sound))]
    argv = ["workers.analysis.speech", str(files[0]), "--model", str(model.folder)]
    argv += ["--sound", str(files[1])] if sound != original else []
    folder = run_engine(context, argv, [*files, model.folder], lambda share: context.report({"progress": share}))
    said = findings.read(folder, "speech.json", _Heard)
    document = HeardText(
        original=original.hex,
        voice=[(start, end) for start, end in said.voice],
        segments=[_segment(one) for one in said.segments],
    )
    kept = context.scratch / f"transcript-{original.hex}.json"
    kept.write_text(json.dumps(document.model_dump(), ensure_ascii=False, indent=1), encoding="utf-8")
    told = {
        "outcome": "heard" if document.voice else "no_speech",
        "sentence": f"Heard with the model {model.name}." if document.voice else "No voice was found in the sound.",
        "lines": sum(one.is_sure for one in document.segments),
        "unsure_lines": sum(not one.is_sure for one in document.segments),
        "voice_s": round(sum(end - start for start, end in document.voice), 3),
        "algorithm": speech.VERSION,
        "versions": context.instruments.of_step("speech"),
        "parameters": dict(speech.PARAMETERS),
        "sound_from": sound.hex,
    }
    return Product(TRANSCRIPT, path=kept, payload=findings.payload(original, told))


def _segment(one: _Segment) -> HeardSegment:
    words = [HeardWord(**word.model_dump()) for word in one.words]
    told = one.model_dump(exclude={"words"})
    return HeardSegment(**told, is_sure=one.confidence >= SURE, words=words)
