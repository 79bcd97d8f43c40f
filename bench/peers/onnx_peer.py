"""onnxruntime on the file that Cornu's peer wrote of the same network: inference alone."""
import os

from peer import serve, test_arrays, work
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = work["threads"]
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(os.path.join(work["data"], "net.onnx"), options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
x_test, y_test = test_arrays()
one = x_test[:1]


def predict():
    p = session.run(None, {name: x_test})[0]
    return 0, (p.argmax(1) == y_test.argmax(1)).mean()


def single():
    for _ in range(1000):
        session.run(None, {name: one})
    return 0, 0


def train():
    return 0, 0


serve(f"onnxruntime {onnxruntime.__version__}", train=train, predict=predict, single=single)
