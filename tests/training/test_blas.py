"""The limit holds while anybody needs it, and nobody's kernel keeps it."""

import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from initviz.training.blas import one_blas_thread


def threads():
    return [
        lib.num_threads for lib in ThreadpoolController().lib_controllers if lib.user_api == "blas"
    ]


@pytest.fixture(autouse=True)
def two_threads():
    with threadpool_limits(2, user_api="blas"):
        yield


def test_it_is_lifted_by_the_last_to_leave():
    before = threads()
    one_blas_thread.__enter__()
    one_blas_thread.__enter__()
    one_blas_thread.__exit__()
    assert set(threads()) == {1}
    one_blas_thread.__exit__()
    assert threads() == before
    assert set(before) == {2}
