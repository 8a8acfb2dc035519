"""Speech in a sound track, as a program of its own to be run in a box: what a Whisper model hears where a voice is.

Where no voice is, nothing is listened to: Whisper hears words in noise and in silence. Source: Radford et al. 2023,
"Robust speech recognition via large-scale weak supervision"; voice activity by Silero, as faster-whisper brings it.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from workers.analysis import program
from workers.analysis.audio import sounds
from workers.analysis.decode import Faults
from workers.analysis.probe import probe
from workers.analysis.track import Track, track_of

VERSION = "1"
PARAMETERS: Mapping[str, float | int | str] = {
    "beam_size": 5,
    "compute_type": "int8",
    "voice_threshold": 0.5,
    "voice_pad_ms": 200,
    "least_silence_ms": 500,
    "piece_s": 600,  # of a long sound so much at a time: who speaks across an end is heard in two parts
}
_RATE = 16_000
_GAP_S = 0.1
_Samples = NDArray[np.float32]


def main(arguments: list[str] | None = None) -> int:
    """`python -m workers.analysis.speech FILE [--sound FILE] --model FOLDER --out DIR`.

    Times are those of FILE, whose pictures are beside the sound. Writes `speech.json`: {"voice": [[start_s, end_s]],
    "segments": [{"text", "language", "confidence", "start_s", "end_s", "words": [{"text", "start_s", "end_s",
    "confidence"}]}]}; else as `analysis.program` says.
    """
    parser = argparse.ArgumentParser(prog="python -m workers.analysis.speech", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--sound", type=Path, help="the file that holds the sound, where that is another one")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    os.environ["HF_HUB_OFFLINE"] = "1"
    return program.write(chosen.out, "speech.json", lambda: _heard(chosen, program.say))


def _heard(chosen: argparse.Namespace, report: Callable[[float], None]) -> dict[str, Any]:
    from faster_whisper import WhisperModel
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    facts = probe(chosen.file)
    track = track_of(facts, probe(chosen.sound) if chosen.sound else None)
    if track is None:
        return {"voice": [], "segments": []}
    whisper = WhisperModel(
        str(chosen.model),
        device="cpu",
        compute_type=str(PARAMETERS["compute_type"]),
        cpu_threads=1,
        local_files_only=True,
    )
    options = VadOptions(
        threshold=float(PARAMETERS["voice_threshold"]),
        min_silence_duration_ms=int(PARAMETERS["least_silence_ms"]),
        speech_pad_ms=int(PARAMETERS["voice_pad_ms"]),
    )
    whole_s = max(1.0, facts.declared_duration_s or facts.measured_end_s)
    voice: list[list[float]] = []
    segments: list[dict[str, Any]] = []
    for start_s, samples in _pieces(track):
        spans = [(span["start"], span["end"]) for span in get_speech_timestamps(samples, options)]
        for first, last in spans:
            at = start_s + first / _RATE
            voice.append([round(at, 3), round(start_s + last / _RATE, 3)])
            segments += _said(whisper, samples[first:last], at)
            report(at / whole_s)
    report(1.0)
    return {"voice": voice, "segments": segments}


def _said(whisper: Any, samples: _Samples, at_s: float) -> Iterator[dict[str, Any]]:
    found, told = whisper.transcribe(
        samples,
        beam_size=PARAMETERS["beam_size"],
        word_timestamps=True,
        condition_on_previous_text=False,  # what was misheard once is not heard again and again
        vad_filter=False,
    )
    for segment in found:
        words = [
            {
                "text": word.word.strip(),
                "start_s": round(at_s + word.start, 3),
                "end_s": round(at_s + word.end, 3),
                "confidence": round(float(word.probability), 4),
            }
            for word in segment.words or ()
            if word.word.strip()
        ]
        if not words:
            continue
        # Of the words' own confidence, and of how sure it is of the language: a wrong language is fluent nonsense.
        sure = float(np.mean([word["confidence"] for word in words])) * min(1.0, told.language_probability * 1.25)
        yield {
            "text": segment.text.strip(),
            "language": told.language,
            "confidence": round(sure * (1 - float(segment.no_speech_prob)), 4),
            "start_s": words[0]["start_s"],
            "end_s": words[-1]["end_s"],
            "words": words,
        }


def _pieces(track: Track) -> Iterator[tuple[float, _Samples]]:
    """The sound as one channel at 16 kHz, so many seconds at a time, each with its time; gaps are silent."""
    most = int(PARAMETERS["piece_s"]) * _RATE
    resampler = AudioResampler("flt", "mono", _RATE)
    parts: list[_Samples] = []
    held, begin_s, done = 0, None, 0
    for sound in sounds(track.path, track.index, Faults()):
        if sound.pts is None or sound.time_base is None:
            continue
        at_s = float(sound.pts * sound.time_base + track.offset)
        begin_s = at_s if begin_s is None else begin_s
        missing = int((at_s - begin_s) * _RATE) - done - held
        if missing > _GAP_S * _RATE:
            parts.append(np.zeros(min(missing, most), np.float32))
            held += len(parts[-1])
        try:
            even = resampler.resample(sound)
        except ValueError:  # the sound changed its form on the way
            resampler = AudioResampler("flt", "mono", _RATE)
            even = resampler.resample(sound)
        for piece in even:
            parts.append(np.asarray(piece.to_ndarray(), np.float32).reshape(-1))
            held += len(parts[-1])
        if held >= most:
            yield begin_s + done / _RATE, np.concatenate(parts)
            done, held, parts = done + held, 0, []
    if held and begin_s is not None:
        yield begin_s + done / _RATE, np.concatenate(parts)


if __name__ == "__main__":
    sys.exit(main())
