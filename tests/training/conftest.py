"""Sweeps that are small, counted, and taken to places of their own."""

import pytest

import initviz as iv
from initviz.networks.initializers import ALIASES
from initviz.training import sweeps


@pytest.fixture
def trained(monkeypatch):
    """How many networks each ensemble had that was trained in this process."""
    sizes, train_block = [], sweeps.train_block

    def counted(experiment, data, network, loop):
        sizes.append(network.restarts)
        return train_block(experiment, data, network, loop)

    monkeypatch.setattr(sweeps, "train_block", counted)
    return sizes


@pytest.fixture
def own_names():
    """What a test enters under names of its own, or of ours, is gone afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("own", "normal", "he"):
            patch.setitem(iv.INITIALIZERS, name, iv.INITIALIZERS.get(name))
        patch.setitem(ALIASES, "he", ALIASES["he"])
        for table in ("_builders", "_built"):
            patch.setattr(iv.DATASETS, table, dict(getattr(iv.DATASETS, table)))
        yield patch


@pytest.fixture
def processes():
    """joblib's, which would otherwise wait for more work until pytest ends."""
    yield
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True)


@pytest.fixture
def cluster(tmp_path_factory):
    """Two workers in processes of their own, known to joblib as "dask"."""
    distributed = pytest.importorskip("distributed")
    import dask

    with (
        # For so long it tries to fetch a result from a worker of which it has not heard yet that
        # it is dead; usually 30 s.
        dask.config.set({"distributed.comm.timeouts.connect": "3s"}),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # whatever port is free
            silence_logs=60,
            local_directory=tmp_path_factory.mktemp("dask"),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client
