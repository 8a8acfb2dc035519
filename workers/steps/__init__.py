"""Every step there is after capture, in one tuple one can see; their order follows from what they need and make."""

from workers.step import Step
from workers.steps.analyse import Analyse
from workers.steps.arrival import Arrival
from workers.steps.credentials import Credentials
from workers.steps.faces import Faces
from workers.steps.match import Matching
from workers.steps.ocr import Ocr
from workers.steps.opinion import SecondOpinion
from workers.steps.page import Page
from workers.steps.presence import Presence
from workers.steps.probe import Probe
from workers.steps.redact import Redact
from workers.steps.review import Review
from workers.steps.speech import Speech
from workers.steps.surroundings import Surroundings

STEPS: tuple[Step, ...] = (
    *(Probe(), Arrival(), Credentials(), Analyse(), Review(), Matching(), Ocr(), Speech(), Faces(), Redact()),
    *(SecondOpinion(), Page(), Presence(), Surroundings()),
)
