"""A tree at hand, with every node that a proof may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from storage.integrity import merkle


@dataclass
class Grove:
    """Entries with their tree."""

    entries: Sequence[bytes]
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        frontier = merkle.Frontier()
        for entry in self.entries:
            for grown in frontier.add(merkle.leaf_hash(entry)):
                self.nodes[grown.level, grown.index] = grown.hash

    def node(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]

    def frontier(self, size: int) -> merkle.Frontier:
        frontier = merkle.Frontier()
        for entry in self.entries[:size]:
            list(frontier.add(merkle.leaf_hash(entry)))
        return frontier

    def root(self, size: int) -> bytes:
        return self.frontier(size).root()
