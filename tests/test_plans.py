"""Plans that graphs name: a name means one plan for good, whatever was forgotten or made in the
meantime.
"""

import copy
import functools
import gc
import pickle
import threading

import numpy as np
import pytest
from examples import noise
from libraries import require

import nnaudio_xp as nax
from nnaudio_xp.kernels.gabor import FRAMES, GaborFrame
from nnaudio_xp.kernels.multirate import PLANS
from nnaudio_xp.kernels.plans import Plans

torch = require("torch")

CALLS = {
    "cqt": lambda y, fmin: nax.cqt(y, sr=8000, hop_length=64, fmin=fmin, n_bins=24, method="exact"),
    "icqt": lambda y, fmin: nax.icqt(torch.outer(torch.ones(24), y[:9]) + 0j, sr=8000, hop_length=64, fmin=fmin, method="exact", n_iter=2),
    "nsgt": lambda y, fmin: nax.nsgt(y, sr=8000, fmin=fmin),
    "insgt": lambda y, fmin: nax.insgt(torch.outer(torch.ones(62), y[:9]) + 0j, sr=8000, fmin=fmin, n_bins=60),
}
calls = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def forget_everything():
    """Empty every cache of the package."""
    caches = [found for found in gc.get_objects() if type(found) is functools._lru_cache_wrapper]
    for cache in caches:
        if (cache.__module__ or "").startswith("nnaudio_xp"):
            cache.cache_clear()
    gc.collect()


def slope(call, forget=lambda: None):
    """The gradient of some loss, and what happens between the two passes."""
    y = torch.from_numpy(noise(0, (700,))).requires_grad_()
    values = call(y, 55.0)
    loss = (values.abs() * torch.arange(values.numel()).reshape(values.shape)).sum()
    forget()
    loss.backward()
    return y.grad.numpy()


@calls
def test_a_plan_may_be_forgotten_before_the_gradient_is_taken(call):
    def forget():
        forget_everything()
        for k in range(5):  # others in the memory that is free
            call(torch.ones(700, dtype=torch.float64, requires_grad=True), 56.0 + k)

    assert np.array_equal(slope(call, forget), slope(call))


def test_a_recorded_name_outlives_its_plan():
    """As in a compiled graph, which holds nothing but the name."""
    x = torch.from_numpy(noise(1, (500,)))
    nax.cqt(x.clone().requires_grad_(), sr=8000, hop_length=64, fmin=220.0, n_bins=12, method="exact")
    name = next(reversed(PLANS._parameters))
    expected = torch.ops.nnaudio_xp.multirate(x, name, 0, 8)
    forget_everything()
    assert name not in PLANS._alive
    assert torch.equal(torch.ops.nnaudio_xp.multirate(x, name, 0, 8), expected)


def test_a_name_is_never_given_to_two():
    plans = Plans(GaborFrame)
    made, names = [], set()

    def make(k):
        for n in range(50):
            frame = GaborFrame(8000.0, 100.0 + n, 12, 12, float(k % 2), ("hann",), 8)
            plans.give_name(frame, 8000.0, 100.0 + n, 12, 12, float(k % 2), ("hann",), 8)
            made.append(frame)
            names.add(frame.name)

    threads = [threading.Thread(target=make, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names) == 100
    assert all(plans[frame.name] == frame for frame in made)


def test_copies_have_names_of_their_process():
    frame = GaborFrame(8000.0, 100.0, 12, 12, 0.0, ("hann",), 8)
    nax.cqt(np.ones(500), sr=8000, n_bins=12, fmin=300.0, method="exact")
    (plan, *_) = PLANS._alive.values()
    for original, named in ((frame, FRAMES), (plan, PLANS)):
        for copied in (copy.deepcopy(original), pickle.loads(pickle.dumps(original))):
            assert named[copied.name].hop_length == original.hop_length
