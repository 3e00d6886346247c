"""What is kept of a sweep: what is taken for it, and what becomes of all else in the folder."""

import errno
import json
import os
import pickle
import tracemalloc
import warnings
import zipfile
from dataclasses import replace
from functools import wraps
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from made_up import NETWORKS, SETTINGS, TINY, X, assert_same, kept, swept

import initviz as iv
from initviz.measure.sweeps import MEASURES
from initviz.training import sweeps

MOONS = iv.DATASETS["moons"]


def stop_after(monkeypatch, blocks, error=KeyboardInterrupt):
    """Let so many blocks be trained, and no more."""
    train, left = sweeps._train, iter(range(blocks))

    def until(block, measure):
        if next(left, None) is None:
            raise error
        return train(block, measure)

    monkeypatch.setattr(sweeps, "_train", until)


def test_a_sweep_goes_on_where_it_was_stopped(table, trained, small_blocks, monkeypatch, tmp_path):
    with monkeypatch.context() as patch:
        stop_after(patch, blocks=2)
        with pytest.raises(KeyboardInterrupt):
            swept(cache=tmp_path)
    assert trained == [6, 6]
    assert_same(swept(cache=tmp_path), table)
    assert sum(trained) == NETWORKS
    assert_same(swept(cache=tmp_path), table)
    assert sum(trained) == NETWORKS


def test_half_a_setting_is_not_kept(trained, monkeypatch, tmp_path):
    monkeypatch.setattr(sweeps, "BLOCK", 2)
    with monkeypatch.context() as patch:
        stop_after(patch, blocks=1)
        with pytest.raises(KeyboardInterrupt):
            swept(over={"scale": [1]}, cache=tmp_path)
    assert trained == [2]
    assert_same(swept(over={"scale": [1]}, cache=tmp_path), swept(over={"scale": [1]}))


def test_an_interrupt_while_it_is_written_leaves_it_whole(
    table, trained, small_blocks, monkeypatch, tmp_path
):
    with monkeypatch.context() as patch:
        fail_writing(patch, after=4, error=KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            swept(cache=tmp_path)
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".npz"}
    assert_same(swept(cache=tmp_path), table)
    assert sum(trained) == 12 + (NETWORKS - 9)  # three settings were written


def test_a_changed_grid_trains_only_what_is_new(trained, tmp_path):
    swept(over={"scale": [1, 2], "hidden_layers": [1, 2]}, cache=tmp_path)
    trained.clear()
    over = {"hidden_layers": [2, 3, (4,)], "scale": [3, 2.0], "seed": [0]}
    found = swept(over=over, cache=tmp_path)
    assert sorted(trained) == [3, 3, 6]  # scale 3 with one layer, with two; both scales with three
    assert_same(found, swept(over=over))


@pytest.mark.parametrize(
    "change",
    [
        {"data": replace(MOONS, X=-MOONS.X)},
        {"data": replace(MOONS, y=1 - MOONS.y)},
        {"data": replace(MOONS, X_test=X[:, :2], y_test=np.arange(20) % 2)},
        {"restarts": 4},
        {"base": replace(TINY, epochs=7)},
        "version",
    ],
    ids=["X", "y", "test part", "restarts", "base", "version"],
)
def test_what_changes_the_numbers_is_trained_anew(change, trained, monkeypatch, tmp_path):
    options = {"base": TINY, "over": {"scale": [1]}, "cache": tmp_path}
    swept(**options)
    if change == "version":
        monkeypatch.setattr(iv, "__version__", "another")
        change = {}
    swept(**options | change)
    assert len(trained) == 2
    swept(**options | change)
    assert len(trained) == 2
    assert len(kept(tmp_path)) == 2  # what there was stays


def save(path, **arrays):
    """What somebody else might put there under our names, with one array or another changed."""
    with np.load(path) as ours:
        np.savez(path, **dict(ours) | arrays)


def rewrite(path, compression=zipfile.ZIP_STORED, **members):
    """The file with the bytes of one member or another changed, and packed in any way."""
    with zipfile.ZipFile(path) as ours:
        found = {name: ours.read(name) for name in ours.namelist()}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in (found | {f"{n}.npy": each for n, each in members.items()}).items():
            archive.writestr(name, content)


def on_other_data(path):
    """The file of the same setting, trained on other data."""
    with np.load(path) as ours:
        scale = json.loads(ours["experiment"].item())["scale"]
    elsewhere = path.parent / "elsewhere"
    swept(over={"scale": [scale]}, data=replace(MOONS, X=-MOONS.X), cache=elsewhere)
    (other,) = kept(elsewhere)
    return other.read_bytes()


def array_that_says(shape, bytes_there=0):
    np.lib.format.write_array_header_1_0(
        head := BytesIO(), {"descr": "<f8", "fortran_order": False, "shape": shape}
    )
    return head.getvalue() + bytes(bytes_there)


class Trap:
    def __reduce__(self):
        return pytest.fail, ("a stranger's code is run",)


DAMAGE = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-30]),
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(bytes(range(256))),
    "of another setting": lambda path: path.write_bytes(kept(path.parent)[0].read_bytes()),
    "of other data": lambda path: path.write_bytes(on_other_data(path)),
    "other numbers": lambda path: save(path, rows=np.zeros((3, 8))),
    "other words": lambda path: save(path, experiment="{}"),
    "fewer rows": lambda path: save(path, rows=np.zeros((1, 8))),
    "another type": lambda path: save(path, rows=np.zeros((3, 8), complex)),
    "text": lambda path: save(path, rows="nonsense"),
    "pickle": lambda path: save(path, rows=np.array([Trap()], object)),
    "pickle for words": lambda path: save(path, experiment=np.array(Trap(), object)),
    "bare pickle": lambda path: path.write_bytes(pickle.dumps(Trap())),
    "packed": lambda path: rewrite(path, zipfile.ZIP_DEFLATED),
    "bomb": lambda path: rewrite(path, zipfile.ZIP_DEFLATED, rows=array_that_says((3, 8), 10**8)),
    "too large to be": lambda path: rewrite(path, rows=array_that_says((10**12,))),
    "large": lambda path: path.write_bytes(bytes(10**6) + path.read_bytes()),
}
if hasattr(os, "mkfifo"):  # a reader of which would wait for a writer
    DAMAGE["a pipe"] = lambda path: (path.unlink(), os.mkfifo(path))


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_what_is_damaged_or_not_ours_is_trained_again_and_said(damage, trained, tmp_path):
    over = {"scale": [1, 2, 3]}
    expected = swept(over=over, cache=tmp_path)
    damage(kept(tmp_path)[-1])
    trained.clear()
    tracemalloc.start()
    with pytest.warns(UserWarning, match="^cache=") as warned:
        assert_same(swept(over=over, cache=tmp_path), expected)
    assert tracemalloc.get_traced_memory()[1] < 2e7  # whatever a file says of its size
    tracemalloc.stop()
    (message,) = [str(each.message) for each in warned]
    assert message == (
        f"cache='{tmp_path}': 1 file is damaged or cannot be read; "
        "what was in there is trained again"
    )
    assert warned[0].filename == swept.__code__.co_filename  # the caller of sweep
    assert trained == [3]
    assert_same(swept(over=over, cache=tmp_path), expected)  # and without a word
    assert trained == [3]


def test_of_many_it_is_said_once_and_of_what_is_gone_not_at_all(trained, tmp_path):
    expected = swept(cache=tmp_path)
    first, *others = kept(tmp_path)
    first.unlink()
    for path in others:
        path.write_bytes(b"")
    with pytest.warns(UserWarning, match=f": {SETTINGS - 1} files are damaged") as warned:
        assert_same(swept(cache=tmp_path), expected)
    assert len(warned) == 1
    assert sum(trained) == 2 * NETWORKS


def test_what_cannot_be_opened_or_replaced_is_trained_and_left_there(trained, tmp_path):
    over = {"scale": [1, 2]}
    expected = swept(over=over, cache=tmp_path)
    (path, other) = kept(tmp_path)
    path.unlink()
    path.mkdir()
    (path / "theirs").touch()
    with pytest.warns(UserWarning, match="^cache=") as warned:
        assert_same(swept(over=over, cache=tmp_path), expected)
    said = [str(each.message).split(": ")[1] for each in warned]
    assert [each[:10] for each in said] == ["1 file is ", "it can no "]
    assert trained == [6, 3]
    assert {each.name for each in tmp_path.rglob("*")} == {
        "initviz",
        path.name,
        other.name,
        "theirs",
    }


FLIPS = 60


def test_no_flipped_bit_gives_another_number(tmp_path):
    """Some bits, such as those of a date, decide nothing: whatever is taken is right."""
    over = {"scale": [1]}
    expected = swept(over=over, cache=tmp_path)
    (path,) = kept(tmp_path)
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for bit in rng.choice(8 * len(whole), FLIPS, replace=False):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        with warnings.catch_warnings(action="ignore"):
            assert_same(swept(over=over, cache=tmp_path), expected)


def test_anybody_who_has_numpy_can_read_it(tmp_path):
    table = swept(over={"scale": [1, 2]}, cache=tmp_path)
    read = {}
    for path in kept(tmp_path):
        with np.load(path, allow_pickle=False) as file:
            read[json.loads(file["experiment"].item())["scale"]] = file["rows"]
    for scale, rows in table.groupby("scale"):
        np.testing.assert_array_equal(read[scale], rows[[*MEASURES]].to_numpy(float))


@pytest.mark.parametrize("name", ["file", "file/below", "used", "\0", ""])
def test_a_folder_that_cannot_be_written_is_said_before_anything_is_trained(
    name, trained, monkeypatch, tmp_path
):
    (tmp_path / "file").touch()
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "initviz").touch()
    if name == "":
        fail_writing(monkeypatch, after=0)
    with pytest.raises(ValueError, match=r"^cache='.*: it cannot be written \(.*\)$"):
        swept(cache=tmp_path / name)
    assert trained == []


def fail_writing(monkeypatch, after, error=None):
    """Let so many files be written; from then on the disk is full."""
    write, left = Path.write_bytes, iter(range(after))

    def until_full(path, data):
        if next(left, None) is None:
            write(path, data[:100])
            raise error or OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", until_full)


def test_a_full_disk_loses_nothing_and_is_said_once(
    table, trained, small_blocks, monkeypatch, tmp_path
):
    with monkeypatch.context() as patch:
        fail_writing(patch, after=1 + 5)
        with pytest.warns(UserWarning, match="^cache=") as warned:
            assert_same(swept(cache=tmp_path), table)
    (message,) = [str(each.message) for each in warned]
    assert message.startswith(
        f"cache='{tmp_path}': it can no longer be written ([Errno 28] No space left on device); "
    )
    assert warned[0].filename == swept.__code__.co_filename  # the caller of sweep
    trained.clear()
    assert_same(swept(cache=tmp_path), table)
    assert sum(trained) == NETWORKS - 5 * TINY.restarts


def test_an_edited_initializer_is_trained_anew_and_an_unchanged_one_is_not(
    own_names, trained, tmp_path
):
    over = {"initializer": ["own", "zeros"]}

    def define(factor):
        @iv.initializers.initializer
        def own(rng, shape, scale=1.0):
            return factor * rng.normal(size=shape)

        return swept(over=over, cache=tmp_path)

    first = define(1)
    trained.clear()
    assert_same(define(1), first)
    assert trained == []
    edited = define(2)
    assert trained == [3]  # zeros is what it was
    assert_same(edited, swept(over=over))
    assert not edited.equals(first)


def test_what_has_no_digest_is_trained_each_time(own_names, trained, tmp_path):
    one = (x for x in [1])

    @iv.initializers.initializer
    def own(rng, shape):
        return next(one, 1) * rng.normal(size=shape)

    over = {"initializer": ["own", "zeros"]}
    first = swept(over=over, cache=tmp_path)
    trained.clear()
    assert_same(swept(over=over, cache=tmp_path), first)
    assert trained == [3]
    assert len(kept(tmp_path)) == 1


def test_what_says_that_it_is_ours_is_known_by_its_code(own_names, tmp_path):
    zeros = iv.INITIALIZERS["zeros"]
    own_names.setitem(iv.INITIALIZERS, "zeros", zeros)

    def define(factor):
        @iv.initializers.initializer
        @wraps(zeros)
        def own(rng, shape, scale=1.0):
            return np.full(shape, factor)

        return swept(over={"initializer": ["zeros"]}, cache=tmp_path)

    found = [define(factor) for factor in (0.1, 0.2)]
    assert not found[0].equals(found[1])
    with pytest.raises(ValueError, match=r"^initializer='zeros': give back real numbers"):
        define("0.1")


def test_one_of_ours_that_is_put_under_a_name_is_known_by_its_own(own_names, tmp_path):
    found = []
    for name in ("zeros", "normal"):
        own_names.setitem(iv.INITIALIZERS, "own", iv.INITIALIZERS[name])
        found.append(swept(over={"initializer": ["own"]}, cache=tmp_path))
    assert not found[0].equals(found[1])
