"""What is said of the map of trainability."""

import made_up

from initviz.words.trainability import explain_trainability


def test_the_words_count_the_cells_and_name_the_deepest():
    words = explain_trainability(made_up.trainability([[1, 1, 1], [0, 1, 1], [0, 0, 0]]), 60)
    assert words.startswith("After 60 epochs, ")
    assert "of the cells under the dashed line" in words
    assert words.endswith(
        "The deepest networks that learn have 2 hidden layers, at a scale of 1 to 2."
    )
    assert "No network has learnt." in explain_trainability(made_up.trainability([[0, 0]]), 60)
    one = explain_trainability(made_up.trainability([[0, 1, 0]]), 60)
    assert one.endswith("The deepest networks that learn have 1 hidden layer, at a scale of 1.")
