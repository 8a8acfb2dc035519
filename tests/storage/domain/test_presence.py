"""What counts as a page that shows its post: words and picture together, and no wall taken for a post."""

import pytest

from storage.domain.presence import Presence, Shown, Wall, judge

CAPTION = "The market hall in the morning after the strike, filmed from the bridge"
PLAYER = {"plays": True, "poster": True, "width": 640, "height": 360}


def seen(text: str, *media: dict[str, object], is_there: bool = True) -> Shown:
    return Shown(text, media, is_there=is_there)


def test_words_and_picture_together_are_present() -> None:
    said = judge(seen(f"Olena\n{CAPTION}\n12 comments", PLAYER), [CAPTION], [])
    assert (said.presence, said.words, said.media, said.wall) == (Presence.PRESENT, True, True, None)


def test_a_caption_shortened_by_the_site_is_still_the_caption() -> None:
    shortened = "The market hall in the morning after the strike, filmed from… more"
    assert judge(seen(shortened, PLAYER), [CAPTION], []).presence is Presence.PRESENT


@pytest.mark.parametrize(
    "other",
    [
        "A calm afternoon at the lake with ducks and swans",
        "The market hall in the evening before the storm, painted from the tower",
        "bridge the from filmed strike the after morning the in hall market The",
    ],
)
def test_another_caption_is_not_present_even_beside_the_same_author_and_player(other: str) -> None:
    said = judge(seen(f"Olena Kovalenko\n{other}", PLAYER), [CAPTION], ["Olena Kovalenko"])
    assert said.presence is Presence.PARTIAL
    assert said.words is False


def test_without_a_caption_the_author_is_looked_for_as_whole_words() -> None:
    assert judge(seen("Olena Kovalenko", PLAYER), [], ["olena kovalenko"]).presence is Presence.PRESENT
    assert judge(seen("Olenas kovalenkova", PLAYER), [], ["olena kovalenko"]).presence is Presence.PARTIAL


def test_nothing_to_look_for_is_never_present() -> None:
    said = judge(seen("Anything", PLAYER), [], [])
    assert (said.presence, said.words) == (Presence.PARTIAL, None)


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("Log in to continue", Wall.LOGIN),
        ("Увійдіть, щоб побачити", Wall.LOGIN),
        ("Before you continue to the site. Reject all", Wall.CONSENT),
        ("We have detected unusual traffic from your network", Wall.CAPTCHA),
        ("Подтвердите, что вы не робот", Wall.CAPTCHA),
        ("Sign in to confirm your age", Wall.AGE),
        ("This post is no longer available", Wall.REMOVED),
        ("Відео видалено", Wall.REMOVED),
        ("This account is private", Wall.PRIVATE),
        ("This video is not available in your country", Wall.GEO),
    ],
)
def test_a_wall_in_the_posts_place_is_a_wall(text: str, wall: Wall) -> None:
    said = judge(seen(text), [CAPTION], [])
    assert (said.presence, said.wall) == (Presence.WALL, wall)


def test_an_age_wall_that_still_shows_the_title_is_a_wall() -> None:
    assert judge(seen(f"{CAPTION}. Sign in to confirm your age"), [CAPTION], []).presence is Presence.WALL


def test_invitations_to_log_in_around_a_whole_post_are_no_wall() -> None:
    assert judge(seen(f"Log in to continue. {CAPTION}", PLAYER), [CAPTION], []).presence is Presence.PRESENT


@pytest.mark.parametrize("media", [{**PLAYER, "width": 1}, {**PLAYER, "plays": False, "poster": False}, {}])
def test_a_player_without_anything_to_see_is_no_picture(media: dict[str, object]) -> None:
    assert judge(seen(CAPTION, media), [CAPTION], []).presence is Presence.PARTIAL


def test_a_page_that_could_not_be_shown_or_shows_nothing_known_is_unknown() -> None:
    assert judge(seen("", is_there=False), [CAPTION], []).presence is Presence.UNKNOWN
    assert judge(seen("Welcome"), [CAPTION], []).presence is Presence.UNKNOWN
