"""Captures beside each other: what changed is told once, and what nobody saw is not taken for gone."""

from storage.domain.captures import Attempted, Change, compare, recipe_of

A, B = frozenset({"sha256:aa"}), frozenset({"sha256:bb"})


def test_the_same_twice_has_no_changes() -> None:
    one = Attempted("captured", A, "Title", "Words", "@olena", "present", {"yt-dlp": "1"})
    assert compare([one, one]) == [(), ()]


def test_every_field_that_differs_is_told_with_both_values() -> None:
    before = Attempted("captured", A, "Title", "Words", "@olena", "present", {"yt-dlp": "1"})
    after = Attempted("partial", B, "Other", "New words", "@other", "wall", {"yt-dlp": "2"})
    assert set(compare([before, after])[1]) == {
        Change("outcome", "captured", "partial"),
        Change("bytes", "sha256:aa", "sha256:bb"),
        Change("title", "Title", "Other"),
        Change("caption", "Words", "New words"),
        Change("account", "@olena", "@other"),
        Change("presence", "present", "wall"),
        Change("recipe yt-dlp", "1", "2"),
    }


def test_a_capture_that_saw_nothing_changes_the_outcome_alone_and_is_bridged() -> None:
    first = Attempted("captured", A, caption="Words")
    gone = Attempted("removed")
    back = Attempted("captured", B, caption="Words")
    assert compare([first, gone, back]) == [
        (),
        (Change("outcome", "captured", "removed"),),
        (Change("outcome", "removed", "captured"), Change("bytes", "sha256:aa", "sha256:bb")),
    ]


def test_a_recipe_names_tools_options_and_how_the_site_saw_us_and_leaves_out_the_address() -> None:
    collection = {"software": {"yt-dlp": "2026.8"}, "argv": ["--no-playlist", "--", "https://a.example/v"], "url": "u"}
    assert recipe_of(collection, {"engine": "Chromium 1", "user_agent": "Mozilla"}) == {
        "yt-dlp": "2026.8",
        "options": "--no-playlist",
        "url": "u",
        "seen as": "itself",
        "session": "guest",
        "browser": "Chromium 1",
        "browser name": "Mozilla",
    }
