"""tf.train.Checkpoint and CheckpointManager: weights, variables and the state of optimizers in .npz files, with TensorFlow's numbering
and its file `checkpoint`, which names the last one. TensorFlow's own files are not read."""

import glob
import os
import re

import numpy as np


def _cores(optimizer):
    """The models that hold an optimizer's state, once it has taken a step."""
    if optimizer._steps is not None:
        return [group.core for _, group in optimizer._steps.groups]
    return [] if optimizer._core is None else [optimizer._core]


def _optimizer_state(optimizer):
    state = {}
    for place, core in enumerate(_cores(optimizer)):
        state[f"{place}/iterations"] = np.int64(core.iterations)
        state.update({f"{place}/{i}": np.asarray(core.get_state(i)) for i in range(core.state_count)})
    return state


def restore_optimizer(optimizer, state):
    """Now, or with its first step, when it gets its arrays."""
    cores = _cores(optimizer)
    if not cores:
        optimizer._waiting_state = state
        return
    optimizer._waiting_state = None
    for place, core in enumerate(cores):
        if f"{place}/iterations" not in state:
            continue
        core.iterations = int(state[f"{place}/iterations"])
        for i in range(core.state_count):
            if f"{place}/{i}" in state:
                core.set_state(i, np.ascontiguousarray(state[f"{place}/{i}"]))


def _is_optimizer(value):
    return hasattr(value, "apply_gradients") and hasattr(value, "_steps")


def _state_of(name, value):
    if _is_optimizer(value):
        return _optimizer_state(value)
    if hasattr(value, "_read"):
        return {"value": np.asarray(value.numpy())}
    variables = value.weights if hasattr(value, "weights") else getattr(value, "variables", None)
    if variables is None:
        raise ValueError(f"Checkpoint: {name} is a {type(value).__name__}; expected models, layers, optimizers, variables or modules")
    return {str(i): np.asarray(one.numpy()) for i, one in enumerate(variables)}


class _Status:
    """What restore gives."""

    def assert_consumed(self):
        return self

    assert_existing_objects_matched = assert_nontrivial_match = expect_partial = assert_consumed


class Checkpoint:
    def __init__(self, root=None, **objects):
        if root is not None:
            objects = {"root": root, **objects}
        from ._variables import FreeVariable

        self.save_counter = FreeVariable(0, trainable=False, name="save_counter")
        self._objects = objects
        for name, value in objects.items():
            setattr(self, name, value)

    def write(self, file_prefix, options=None):
        path, parts = os.fspath(file_prefix), {}
        for name, value in {**self._objects, "save_counter": self.save_counter}.items():
            parts.update({f"{name}/{key}": array for key, array in _state_of(name, value).items()})
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path + ".npz.part", "wb") as file:
            np.savez(file, **parts)
        os.replace(path + ".npz.part", path + ".npz")
        return path

    def save(self, file_prefix, options=None):
        self.save_counter.assign_add(1)
        path = self.write(f"{os.fspath(file_prefix)}-{int(self.save_counter)}")
        note_latest(os.path.dirname(path) or ".", [os.path.basename(path)])
        return path

    def restore(self, save_path, options=None):
        if save_path is None:
            return _Status()
        path = os.fspath(save_path)
        if not os.path.exists(path + ".npz"):
            if os.path.exists(path + ".index"):
                raise NotImplementedError(f"{path}: TensorFlow's checkpoints are not in Cornu, which writes .npz files")
            raise FileNotFoundError(f"Checkpoint.restore: {path}.npz does not exist")
        with np.load(path + ".npz", allow_pickle=False) as file:
            stored = {key: file[key] for key in file.files}
        for name, value in {**self._objects, "save_counter": self.save_counter}.items():
            mine = {key[len(name) + 1:]: array for key, array in stored.items() if key.startswith(name + "/")}
            self._put(name, value, mine)
        return _Status()

    read = restore

    def _put(self, name, value, stored):
        if _is_optimizer(value):
            return restore_optimizer(value, stored)
        variables = [value] if hasattr(value, "_read") else list(value.weights if hasattr(value, "weights") else value.variables)
        if len(variables) != len(stored):
            raise ValueError(f"Checkpoint.restore: {name} has {len(variables)} variables, the file {len(stored)}; a model must be "
                             "built first, such as by calling it on data")
        keys = ["value"] if hasattr(value, "_read") else [str(i) for i in range(len(variables))]
        for variable, key in zip(variables, keys):
            variable.assign(stored[key])


def note_latest(folder, names):
    with open(os.path.join(folder, "checkpoint"), "w", encoding="utf-8") as file:
        file.write(f'model_checkpoint_path: "{names[-1]}"\n')
        file.writelines(f'all_model_checkpoint_paths: "{name}"\n' for name in names)


def latest_checkpoint(checkpoint_dir, latest_filename=None):
    """The last one's prefix, or None."""
    path = os.path.join(checkpoint_dir, latest_filename or "checkpoint")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        found = re.search(r'^model_checkpoint_path: "(.*)"', file.read(), re.MULTILINE)
    prefix = os.path.join(checkpoint_dir, found.group(1)) if found else None
    if prefix and not os.path.exists(prefix + ".npz"):
        raise NotImplementedError("TensorFlow's checkpoints are not in Cornu; save weights to a file that ends in .weights.h5")
    return prefix


class CheckpointManager:
    """Keeps the last `max_to_keep` checkpoints of a folder."""

    def __init__(self, checkpoint, directory, max_to_keep, checkpoint_name="ckpt", **_):
        self.checkpoint, self.directory, self._name, self._keep = checkpoint, os.fspath(directory), checkpoint_name, max_to_keep
        kept = glob.glob(os.path.join(glob.escape(self.directory), f"{checkpoint_name}-*.npz"))
        self.checkpoints = sorted((path[:-len(".npz")] for path in kept), key=lambda path: int(path.rpartition("-")[2]))

    @property
    def latest_checkpoint(self):
        return self.checkpoints[-1] if self.checkpoints else None

    def save(self, checkpoint_number=None, **_):
        counter = self.checkpoint.save_counter
        counter.assign_add(1)
        number = int(counter) if checkpoint_number is None else int(checkpoint_number)
        path = self.checkpoint.write(os.path.join(self.directory, f"{self._name}-{number}"))
        self.checkpoints = [one for one in self.checkpoints if one != path] + [path]
        while self._keep and len(self.checkpoints) > self._keep:
            os.remove(self.checkpoints.pop(0) + ".npz")
        note_latest(self.directory, [os.path.basename(one) for one in self.checkpoints])
        return path

    def restore_or_initialize(self):
        if self.latest_checkpoint is not None:
            self.checkpoint.restore(self.latest_checkpoint)
        return self.latest_checkpoint
