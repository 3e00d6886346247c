"""The explorer of the race."""

import initviz as iv


def test_it_opens_on_data_that_are_raced_in_a_moment():
    explorer = iv.explore_race(epochs=10, restarts=4)
    options = dict(explorer.controls.widgets["dataset"].options)
    assert {"moons", "digits"} <= set(options)
    assert "mnist5k" not in options
    assert repr(explorer) == "initviz race explorer"
