"""How far two spellings are apart."""


def distance(one: str, other: str, *, most: int) -> int:
    """Slips of the pen between two words: a letter left out, put in, changed, or two swapped; at most `most` + 1.

    Source: optimal string alignment; Boytsov, "Indexing methods for approximate dictionary searching", 2011, 2.1.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, above, row = row, before, [i]
        for j, against in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
