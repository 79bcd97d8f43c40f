"""cornu._cornu: arrays without copies, exceptions, the interpreter's lock."""

import threading
import time

import numpy as np
import pytest

import cornu
from cornu import _cornu


def network(classes=4):
    model = _cornu.Model("net", seed=1)
    for layer in ("input(16)", "dense(64, activation=relu)", f"dense({classes}, activation=softmax)"):
        model.add(layer)
    model.compile("adam", "sparse_categorical_crossentropy", "accuracy", None)
    return model


def test_the_package_and_the_program_have_one_version():
    assert cornu.__version__ == _cornu.__version__ == "0.1.0"


def test_a_result_shares_its_memory_with_numpy(blobs):
    out = network().predict(blobs[0])
    array = np.asarray(out)
    assert array.shape == (600, 4) and array.dtype == np.float32
    assert np.shares_memory(array, np.asarray(out))
    np.testing.assert_allclose(array.sum(1), 1, rtol=1e-5)


def test_a_result_outlives_its_array(blobs):
    array = np.asarray(network().predict(blobs[0]))
    copy = array.copy()
    network().predict(blobs[0])
    assert np.array_equal(array, copy)


def test_results_go_on_by_dlpack(blobs):
    array = np.asarray(network().predict(blobs[0]))
    assert np.shares_memory(np.from_dlpack(array), array)


def test_bytes_are_taken_as_they_are():
    images = np.arange(256, dtype=np.uint8).reshape(16, 16)
    as_bytes = np.asarray(network().predict(images))
    as_floats = np.asarray(network().predict(images.astype(np.float32)))
    assert np.array_equal(as_bytes, as_floats)


@pytest.mark.parametrize("bad", [[1, 2], np.zeros((2, 16), np.complex64), np.zeros((4, 16))[::2], np.zeros((2, 16), np.uint32)])
def test_what_is_no_plain_array_is_refused_as_a_type(bad):
    with pytest.raises(TypeError, match="^x: expected"):
        network().predict(bad)


def test_a_failure_is_an_exception_with_the_librarys_message():
    model = network()
    with pytest.raises(ValueError, match="did you mean 'relu'"):
        _cornu.check_layer("dense(3, activation=relo)")
    with pytest.raises(OSError, match="nowhere"):
        _cornu.load("/nowhere/model.keras")
    with pytest.raises(ValueError, match="is built already"):
        model.add("dense(1)")


def test_an_exception_of_a_hook_ends_the_training(blobs):
    def hook(epoch, logs):
        raise KeyError("mine")

    model = network()
    with pytest.raises(KeyError, match="mine"):
        model.fit(*blobs, epochs=50, epoch_end=hook)
    assert model.iterations == 19  # one epoch of 600 / 32 batches
    model.fit(*blobs)  # and the model is as good as before


def test_other_threads_run_while_a_model_is_trained():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(20000, 16)).astype(np.float32), random.integers(0, 4, 20000)
    done = threading.Event()
    thread = threading.Thread(target=lambda: (network().fit(x, y, epochs=20), done.set()))
    thread.start()
    turns = 0
    while not done.is_set():
        turns += 1
        time.sleep(0.001)
    thread.join()
    assert turns > 20


def test_two_threads_train_two_models_to_the_same_weights(blobs):
    models = [network(), network()]
    threads = [threading.Thread(target=model.fit, args=blobs, kwargs={"epochs": 5}) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = (np.asarray(model.get_weight(0)) for model in models)
    assert np.array_equal(first, second)


def test_a_model_is_not_trained_twice_at_once(blobs):
    model = network()
    with pytest.raises(RuntimeError, match="is being trained already"):
        model.fit(*blobs, epoch_end=lambda epoch, logs: model.fit(*blobs))


def test_the_optimizers_state_goes_out_and_in(blobs):
    a, b = network(), network()
    a.fit(*blobs, epochs=2, shuffle=False)
    for i in range(a.weight_count):
        b.set_weight(i, a.get_weight(i))
    for i in range(a.state_count):
        b.set_state(i, a.get_state(i))
    b.iterations = a.iterations
    a.fit(*blobs, shuffle=False)
    b.fit(*blobs, shuffle=False)
    assert all(np.array_equal(a.get_weight(i), b.get_weight(i)) for i in range(a.weight_count))


def test_what_a_model_is_compiled_with_goes_out_and_in_as_json(blobs):
    a, b = network(), network()
    b.compile("sgd", "mse", None, None)
    b.compile_from_json(a.compile_to_json())
    assert b.compile_to_json() == a.compile_to_json()
    with pytest.raises(ValueError, match="not compiled"):
        _cornu.Model("plain").compile_to_json()


def test_the_program_runs_inside_the_module(capfd):
    assert _cornu.main(["cornu", "--version"]) == 0
    assert capfd.readouterr().out == "cornu 0.1.0\n"
    assert _cornu.main(["cornu", "trian"]) == 2
    assert "did you mean 'train'" in capfd.readouterr().err


def test_a_thousand_fits_need_no_more_memory(blobs):
    resource = pytest.importorskip("resource")
    x, y = blobs[0][:64], blobs[1][:64]
    model = network()
    for _ in range(200):
        model.fit(x, y)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(800):
        model.fit(x, y)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2048  # kilobytes
