"""When a run counts as lost: by what it says before a download, by what it brings from then on."""

from workers.sources.pace import Pace

PROGRESS = "progress "


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def lost_after(pace: Pace, clock: Clock, *, bytes_per_s: float, seconds: int, line: str = "") -> int | None:
    """Second at which the run is lost, looked at once a second; `line` is said each second."""
    began_bytes = pace._last
    for second in range(1, seconds + 1):
        clock.now += 1
        if line:
            pace.hear(line)
        if pace.is_lost(began_bytes + round(second * bytes_per_s)):
            return second
    return None


def started(*lines: str) -> tuple[Pace, Clock]:
    clock = Clock()
    pace = Pace(PROGRESS, window_s=120.0, least_bytes_per_s=1024.0, clock=clock)
    assert not pace.is_lost(0)
    for line in lines:
        pace.hear(line)
    return pace, clock


def test_a_page_that_never_comes_is_lost_after_one_window() -> None:
    pace, clock = started()
    assert lost_after(pace, clock, bytes_per_s=0, seconds=200) == 121


def test_while_pages_are_asked_every_answer_gives_it_time() -> None:
    pace, clock = started("[site] Extracting URL")
    assert lost_after(pace, clock, bytes_per_s=0, seconds=500, line="header: Date: today") is None
    assert lost_after(pace, clock, bytes_per_s=0, seconds=200) == 121


def test_a_download_is_measured_by_its_bytes_whatever_it_says() -> None:
    pace, clock = started("[download] Destination: media.1.mp4")
    assert lost_after(pace, clock, bytes_per_s=100, seconds=300, line=PROGRESS + "{}") in range(119, 130)


def test_a_download_that_is_slow_but_moves_goes_on() -> None:
    pace, clock = started("[download] Destination: media.1.mp4")
    assert lost_after(pace, clock, bytes_per_s=1100, seconds=1000, line=PROGRESS + "{}") is None


def test_a_download_that_dries_up_is_lost_one_window_later() -> None:
    pace, clock = started(PROGRESS + "{}")
    assert lost_after(pace, clock, bytes_per_s=500_000, seconds=300) is None
    assert lost_after(pace, clock, bytes_per_s=0, seconds=300) in range(119, 130)


def test_the_next_video_of_a_post_has_its_own_time() -> None:
    pace, clock = started(PROGRESS + "{}")
    assert lost_after(pace, clock, bytes_per_s=0, seconds=100) is None
    pace.hear("[download] Downloading item 2 of 3")
    assert lost_after(pace, clock, bytes_per_s=0, seconds=110) is None
    pace.hear(PROGRESS + "{}")
    assert lost_after(pace, clock, bytes_per_s=0, seconds=110) is None
    assert lost_after(pace, clock, bytes_per_s=0, seconds=30) is not None
