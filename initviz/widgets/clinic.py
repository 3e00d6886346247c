"""The explorer of notebook 09: a patient, a treatment, and whether it helps.

Neither the picture nor the words name a scheme or a scale: that is for the reader to find out.
"""

from ..errors import bad
from ..plots.vitals import ClinicScene
from ..training.experiment import Experiment
from ..words.clinic import compare_clinic, explain_clinic
from ..words.patients import PATIENTS, TREATMENTS, admit, recognise, treat
from .chapter import Chapter
from .controls import Menu


def _patient(experiment: Experiment) -> int:
    number, _ = recognise(experiment)
    if number is None:
        raise bad("experiment", experiment, "give one of initviz.words.patients.PATIENTS")
    return number


PATIENT = Menu(
    "patient",
    "Who is being examined",
    lambda: [(f"patient {number}", number) for number in PATIENTS],
    get=_patient,
    put=admit,
)
TREATMENT = Menu(
    "treatment",
    "What is changed before the networks are trained again",
    lambda: TREATMENTS,
    get=lambda e: recognise(e)[1],
    put=treat,
)
explore_clinic = Chapter(
    name="clinic",
    summary="Open the clinic: choose a patient, look at the symptoms, try a treatment.",
    start=PATIENTS[1].experiment,
    lead=(PATIENT, TREATMENT),
    others=(),
    scene=ClinicScene,
    explain=explain_clinic,
    compare=compare_clinic,
    settings=("seed", "epochs", "restarts"),
)
