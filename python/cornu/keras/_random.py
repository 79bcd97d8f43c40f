"""Seeds of models: by keras.utils.set_random_seed the same in every run, else another in each."""

import os

_MASK = (1 << 64) - 1
_state = {"seed": None, "made": 0}


def set_seed(seed):
    _state.update(seed=int(seed), made=0)


def seeded():
    return _state["seed"] is not None


def next_seed():
    """A seed for the next model."""
    if not seeded():
        return int.from_bytes(os.urandom(8), "little")
    _state["made"] += 1
    return (_state["seed"] * 0x9E3779B97F4A7C15 + _state["made"] * 0xD1B54A32D192ED03) & _MASK
