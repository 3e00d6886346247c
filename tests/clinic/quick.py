"""A case of the clinic as a test has it; run as a module, all cases in Keras that are quick."""

import sys
from collections.abc import Sequence

import torch
from clinic.cases import Healthy, Sick
from clinic.one_case import result

torch.set_num_threads(1)


def first_of_each_kind(cases: Sequence[Sick]) -> list[Sick]:
    return list({case.kind: case for case in reversed(cases)}.values())


def complaint(case: Healthy | Sick) -> str:
    """What is wrong with its check-up; "" where nothing is."""
    done = result(case, trained=False)
    said = done.broken or done.error or str(done.findings)
    well = isinstance(case, Healthy)
    right = not ("serious" in done.levels or done.error) if well else done.named
    return "" if right and not done.broken else f"{case.name}: {said}"


def main() -> int:
    from clinic import keras_classics, keras_sick

    cases = [*keras_classics.CASES, *first_of_each_kind(keras_sick.SICK)]
    complaints = list(filter(None, map(complaint, cases)))
    print("\n".join(complaints))
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
