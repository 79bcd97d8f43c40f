"""Keras's callbacks. Those of one's own subclass Callback."""

import csv
import json
import math
import os
import shutil

import numpy as np

from ._callback import (EPOCH_HOOKS, Callback, CallbackList, History, LambdaCallback, ProgbarLogger,  # noqa: F401
                        overrides)
from ._described import Missing, missing_of
from .metrics import lower_is_better


class _Monitor(Callback):
    """Watches a value: knows from the model's metrics, when training begins, whether more of it is better."""

    def _watch(self, monitor, mode):
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"{type(self).__name__}: mode = {mode!r}, expected 'auto', 'min' or 'max'")
        self.monitor, self.mode = monitor, mode
        self._aim()

    def _aim(self):
        """monitor_op compares a value with the best so far, which begins at the worst: a NaN is never better."""
        bare = self.monitor.removeprefix("val_")
        word = getattr(getattr(self, "model", None), "_metric_words", {}).get(bare, bare)
        more = self.mode == "max" or (self.mode == "auto" and not lower_is_better(word))
        self.monitor_op, self._worst = (np.greater, -math.inf) if more else (np.less, math.inf)


def _monitored(callback, logs):
    """The monitored value, or a warning that it is not there and None."""
    if callback.monitor in (logs or {}):
        return logs[callback.monitor]
    import warnings

    warnings.warn(f"{type(callback).__name__} conditioned on metric `{callback.monitor}` which is not available. "
                  f"Available metrics are: {','.join(logs or {})}", stacklevel=3)
    return None


class EarlyStopping(_Monitor):
    def __init__(self, monitor="val_loss", min_delta=0, patience=0, verbose=0, mode="auto", baseline=None,
                 restore_best_weights=False, start_from_epoch=0):
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self.min_delta = abs(min_delta)
        self._watch(monitor, mode)
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best, self.best_weights = self._worst, None

    def on_train_begin(self, logs=None):
        self._aim()
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best, self.best_weights = self._worst, None

    def _improved(self, value, reference):
        return self.monitor_op(value - (self.min_delta if self.monitor_op is np.greater else -self.min_delta), reference)

    def on_epoch_end(self, epoch, logs=None):
        value = _monitored(self, logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self._improved(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self._improved(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)


class ReduceLROnPlateau(_Monitor):
    def __init__(self, monitor="val_loss", factor=0.1, patience=10, verbose=0, mode="auto", min_delta=1e-4, cooldown=0,
                 min_lr=0.0, **kwargs):
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau does not support a factor >= 1.0. Received factor={factor}")
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.min_delta, self.cooldown, self.min_lr = min_delta, cooldown, min_lr
        self._watch(monitor, mode)
        self._reset()

    def _reset(self):
        self.best, self.wait, self.cooldown_counter = self._worst, 0, 0

    def on_train_begin(self, logs=None):
        self._aim()
        self._reset()

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        rate = float(self.model.optimizer.learning_rate)
        logs["learning_rate"] = rate
        value = _monitored(self, logs)
        if value is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        delta = self.min_delta if self.monitor_op is np.greater else -self.min_delta
        if self.monitor_op(value - delta, self.best):
            self.best, self.wait = value, 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            if self.wait >= self.patience and rate > np.float32(self.min_lr):
                self._reduce(epoch, rate)

    def _reduce(self, epoch, rate):
        rate = max(rate * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = rate
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {rate}.")
        self.cooldown_counter, self.wait = self.cooldown, 0


class LearningRateScheduler(Callback):
    def __init__(self, schedule, verbose=0):
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch, logs=None):
        rate = float(self.model.optimizer.learning_rate)
        try:
            rate = self.schedule(epoch, rate)
        except TypeError:
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.floating)) and getattr(rate, "shape", None) != ():
            raise ValueError(f"The output of the `schedule` function should be a float. Got: {rate}")
        self.model.optimizer.learning_rate = rate
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {float(rate)}.")

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class ModelCheckpoint(_Monitor):
    def __init__(self, filepath, monitor="val_loss", verbose=0, save_best_only=False, save_weights_only=False, mode="auto",
                 save_freq="epoch", initial_value_threshold=None):
        self.filepath = os.fspath(filepath)
        self.verbose, self.save_best_only = verbose, save_best_only
        self.save_weights_only, self.save_freq = save_weights_only, save_freq
        self._watch(monitor, mode)
        self.best = initial_value_threshold  # None: nothing yet
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(f"Unrecognized save_freq: {save_freq}. Expected save_freq are 'epoch' or integer values")
        wanted = ".weights.h5" if save_weights_only else (".keras", ".h5")
        if not self.filepath.endswith(wanted):
            raise ValueError(f"The filepath provided must end in `{'.weights.h5' if save_weights_only else '.keras'}`. "
                             f"Received: filepath={filepath}")
        self._batches = self._epoch = 0

    def on_train_begin(self, logs=None):
        self._aim()
        self.best = self._worst if self.best is None else self.best

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch":
            self._save(epoch, None, logs or {})

    def _save(self, epoch, batch, logs):
        path = self.filepath.format(epoch=epoch + 1, **({} if batch is None else {"batch": batch + 1}), **logs)
        if self.save_best_only:
            value = _monitored(self, logs)
            if value is None:
                return
            if not self.monitor_op(value, self.best):
                if self.verbose > 0:
                    print(f"\nEpoch {epoch + 1}: {self.monitor} did not improve from {self.best:.5f}")
                return
            if self.verbose > 0:
                print(f"\nEpoch {epoch + 1}: {self.monitor} improved from {self.best:.5f} to {value:.5f}, "
                      f"saving model to {path}")
            self.best = value
        elif self.verbose > 0:
            print(f"\nEpoch {epoch + 1}: saving model to {path}")
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def on_train_batch_end(self, batch, logs=None):
        if self.save_freq == "epoch":
            return
        self._batches += 1
        if self._batches >= self.save_freq:
            self._batches = 0
            self._save(self._epoch, batch, logs or {})


class CSVLogger(Callback):
    def __init__(self, filename, separator=",", append=False):
        self.filename, self.separator, self.append = os.fspath(filename), separator, append
        self._writer = self._file = None

    def on_train_begin(self, logs=None):
        there = self.append and os.path.exists(self.filename) and os.path.getsize(self.filename) > 0
        self._file = open(self.filename, "a" if self.append else "w", newline="")
        self._head, self._writer = not there, None

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        if self._writer is None:
            self._names = sorted(logs)
            if not any(name.startswith("val_") for name in logs):
                self._names += ["val_" + name for name in self._names] if self.model._validates else []
            self._writer = csv.DictWriter(self._file, ["epoch", *self._names], delimiter=self.separator)
            if self._head:
                self._writer.writeheader()
        self._writer.writerow({"epoch": epoch, **{name: logs.get(name, "NA") for name in self._names}})
        self._file.flush()

    def on_train_end(self, logs=None):
        if self._file:
            self._file.close()


class TerminateOnNaN(Callback):
    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True


class TensorBoard(Callback):
    """Cornu's own writer of event files."""

    def __init__(self, log_dir="logs", histogram_freq=0, write_graph=True, write_images=False, write_steps_per_second=False,
                 update_freq="epoch", profile_batch=0, embeddings_freq=0, embeddings_metadata=None):
        if profile_batch or embeddings_freq or write_steps_per_second:
            raise NotImplementedError("TensorBoard: profile_batch, embeddings_freq and write_steps_per_second are not in "
                                      "Cornu")
        self.log_dir = os.fspath(log_dir)
        self._native = ("tensorboard", {"log_dir": self.log_dir, "histogram_freq": histogram_freq,
                                        "write_images": write_images, "update_freq": update_freq})


class SwapEMAWeights(Callback):
    """The moving averages of an optimizer with use_ema=True stand in the weights' place while the model is validated,
    evaluated and asked, and with swap_on_epoch at the end of each epoch."""

    def __init__(self, swap_on_epoch=False):
        self.swap_on_epoch, self._in_model = swap_on_epoch, False

    def _swap(self, wanted):
        if self._in_model is wanted:
            return
        if not self.model.optimizer.use_ema:
            raise ValueError("SwapEMAWeights must be used when `use_ema=True` is set on the optimizer. "
                             f"Received: use_ema={self.model.optimizer.use_ema}")
        self.model._ensure_core().swap_averages()
        self._in_model = wanted

    def on_train_begin(self, logs=None):
        self._in_model = False

    def on_epoch_begin(self, epoch, logs=None):
        if self.swap_on_epoch:
            self._swap(False)

    def on_epoch_end(self, epoch, logs=None):
        if self.swap_on_epoch:
            self._swap(True)

    def on_train_end(self, logs=None):
        self._in_model = False  # training ends with the averages as the weights

    def on_test_begin(self, logs=None):
        self._swap(True)

    def on_test_end(self, logs=None):
        self._swap(False)

    on_predict_begin, on_predict_end = on_test_begin, on_test_end


class BackupAndRestore(Callback):
    """Keeps weights, optimizer and the number of epochs in backup_dir, in Keras's files; a fit that finds them there goes on
    behind the last epoch that they know of."""

    def __init__(self, backup_dir, save_freq="epoch", delete_checkpoint=True):
        if not backup_dir:
            raise ValueError("Empty `backup_dir` argument passed")
        if save_freq != "epoch" and (isinstance(save_freq, bool) or not isinstance(save_freq, int)):
            raise ValueError(f"Invalid value for argument `save_freq`. Received: save_freq={save_freq}. "
                             "Expected either 'epoch' or an integer value.")
        self.backup_dir, self.save_freq, self.delete_checkpoint = os.fspath(backup_dir), save_freq, delete_checkpoint
        self._weights = os.path.join(self.backup_dir, "latest.weights.h5")
        self._metadata = os.path.join(self.backup_dir, "training_metadata.json")
        self._batches = self._epoch = self._last_batch = 0

    def restore(self, model):
        """Before training: brings back what is kept, and gives the first epoch, or None."""
        if os.path.exists(self._weights):
            model.load_weights(self._weights)
        if not os.path.exists(self._metadata):
            return None
        with open(self._metadata) as file:
            self._epoch = json.load(file)["epoch"]
        return self._epoch

    def on_epoch_end(self, epoch, logs=None):
        self._epoch, self._last_batch = epoch + 1, 0
        if self.save_freq == "epoch":
            self._save()

    def on_train_batch_end(self, batch, logs=None):
        if self.save_freq == "epoch":
            return
        self._batches += 1
        self._last_batch = batch
        if self._batches >= self.save_freq:
            self._batches = 0
            self._save()

    def _save(self):
        os.makedirs(self.backup_dir, exist_ok=True)
        self.model.save_weights(self._weights, overwrite=True)
        with open(self._metadata + ".new", "w") as file:
            json.dump({"epoch": self._epoch, "batch": self._last_batch}, file)
        os.replace(self._metadata + ".new", self._metadata)

    def on_train_end(self, logs=None):
        if self.delete_checkpoint and os.path.exists(self.backup_dir):
            shutil.rmtree(self.backup_dir)


class RemoteMonitor(Callback):
    def __init__(self, *args, **kwargs):
        Missing("keras.callbacks.RemoteMonitor")()


__getattr__ = missing_of("keras.callbacks", "OrbaxCheckpoint")
