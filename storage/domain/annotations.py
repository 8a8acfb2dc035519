"""What is said of an item as W3C Web Annotations, wherever they are read: by the API, or in a package."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from storage.domain.citations import Citation, FragmentSelector, TargetKind
from storage.domain.clock import rfc3339
from storage.domain.vocab import AssertionKind

CONTEXT: Literal["http://www.w3.org/ns/anno.jsonld"] = "http://www.w3.org/ns/anno.jsonld"
MEDIA_TYPE = f'application/ld+json; profile="{CONTEXT}"'
_MOTIVATIONS = {
    AssertionKind.NOTE: "commenting",
    AssertionKind.CONTENT: "describing",
    AssertionKind.QUOTE: "describing",
    AssertionKind.PLACE: "identifying",
    AssertionKind.TIME: "identifying",
    AssertionKind.UNIT: "identifying",
}


class SpecificResource(BaseModel):
    """The part of a resource that is meant."""

    model_config = ConfigDict(populate_by_name=True)

    type: Literal["SpecificResource"] = "SpecificResource"
    source: str
    selector: FragmentSelector | None = None


class TextualBody(BaseModel):
    """What is said, as text; structured values are canonical JSON text beside it."""

    type: Literal["TextualBody"] = "TextualBody"
    value: str
    format: Literal["text/plain", "application/json"]
    purpose: str
    language: str | None = None


class Creator(BaseModel):
    """Who said it."""

    id: str = Field(examples=["urn:svidok:usr_01jd3v5x2k8m4n6p7q9r0s1t2v"])
    type: Literal["Person", "Software"]
    name: str


class Annotation(BaseModel):
    """One annotation. Source: Web Annotation Data Model, W3C Recommendation of 2017-02-23."""

    model_config = ConfigDict(populate_by_name=True)

    context: Literal["http://www.w3.org/ns/anno.jsonld"] | None = Field(None, alias="@context")
    id: str
    type: Literal["Annotation"] = "Annotation"
    motivation: Literal["commenting", "describing", "identifying"]
    creator: Creator
    created: str
    body: list[TextualBody]
    target: list[SpecificResource]


class AnnotationCollection(BaseModel):
    """Everything said of an item that has a target, as a whole."""

    id: str
    type: Literal["AnnotationCollection"] = "AnnotationCollection"
    total: int


class AnnotationPage(BaseModel):
    """One page of a collection; `next` is the address of the page after it."""

    model_config = ConfigDict(populate_by_name=True)

    context: Literal["http://www.w3.org/ns/anno.jsonld"] = Field(CONTEXT, alias="@context")
    id: str
    type: Literal["AnnotationPage"] = "AnnotationPage"
    part_of: AnnotationCollection = Field(alias="partOf")
    next: str | None = None
    items: list[Annotation]


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """How things are addressed: annotations by their assertion's id, files by their digest, and the item itself."""

    annotation: Callable[[str], str]
    file: Callable[[str], str]
    item: str


def annotation_of(
    where: Whereabouts,
    *,
    assertion: str,
    kind: AssertionKind,
    author: tuple[str, str],
    made_at: datetime,
    said: Mapping[str, Any],
    original: str | None,
) -> Annotation:
    """One assertion as an annotation. `author` is an id and a name; `said` holds `body` and `citations` as kept.

    `original` is the one there was when it was said: a segment without a citation means it.
    """
    author_id, name = author
    motivation = _MOTIVATIONS[kind]
    return Annotation.model_validate(
        {
            "id": where.annotation(assertion),
            "motivation": motivation,
            "creator": {
                "id": f"urn:svidok:{author_id}",
                "type": "Person" if author_id.startswith("usr_") else "Software",
                "name": name,
            },
            "created": rfc3339(made_at),
            "body": _bodies(kind, said["body"], motivation),
            "target": _targets(where, said, original),
        }
    )


def written(document: BaseModel) -> dict[str, Any]:
    """A document as JSON-LD."""
    return document.model_dump(mode="json", by_alias=True, exclude_none=True)


def _bodies(kind: AssertionKind, said: Mapping[str, Any], motivation: str) -> Sequence[TextualBody]:
    """What is said in words, and beside it the whole of it as JSON."""
    words = said.get("text") or said.get("summary") or said.get("reasoning") or ""
    told = [TextualBody(value=words, format="text/plain", purpose=motivation, language=said.get("language"))]
    values = json.dumps({"kind": kind.value, **said}, ensure_ascii=False, sort_keys=True)
    return [*(told if words else []), TextualBody(value=values, format="application/json", purpose=motivation)]


def _targets(where: Whereabouts, said: Mapping[str, Any], original: str | None) -> Sequence[SpecificResource]:
    """What is cited; a segment that no citation repeats means the original there was when it was said."""
    citations = [Citation.model_validate(one) for one in said["citations"]]
    targets = [SpecificResource(source=_source(where, one), selector=one.selector) for one in citations]
    segment = said["body"].get("segment")
    if segment and not any(one.sha256 for one in citations):
        source = where.file(original) if original else where.item
        targets.insert(0, SpecificResource(source=source, selector=FragmentSelector(value=segment)))
    return targets


def _source(where: Whereabouts, citation: Citation) -> str:
    match citation.kind:
        case TargetKind.FILE:
            return where.file(citation.sha256 or "")
        case TargetKind.REPORT:
            return f"urn:svidok:{citation.target}"
        case TargetKind.URL:
            return citation.target
