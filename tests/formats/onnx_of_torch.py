"""Networks exported by PyTorch, read by cornu: onnx_of_torch.py CORNU FOLDER. The exporter by tracing writes operator sets
11 to 18, for one sample and for any number; the one by torch.export is asked since PyTorch 2.6, which writes no functions
any more, where onnxscript is installed."""
import importlib.util
import itertools
import logging
import os
import subprocess
import sys
import warnings

import numpy as np
import torch
from torch import nn
from torch.nn import functional

version = tuple(map(int, torch.__version__.split(".")[:2]))
program, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
os.chdir(folder)
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
torch.manual_seed(3)


class Digits(nn.Module):
    """As PyTorch's tutorials write it."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.drop = nn.Linear(28 * 28, 32), nn.Linear(32, 10), nn.Dropout(0.3)

    def forward(self, x):
        x = (x - 0.1307) / 0.3081
        x = x.view(x.size(0), -1)
        x = self.drop(functional.relu(self.fc1(x)))
        return functional.log_softmax(self.fc2(x), dim=1)


class Number(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(6, 8), nn.Linear(8, 1)

    def forward(self, x):
        return self.out(torch.clamp(self.hidden(x), min=0)).squeeze(-1)


def chain(*activations):
    """Each activation behind a layer of its own."""
    return nn.Sequential(*itertools.chain(*((nn.Linear(6, 6), a) for a in activations)), nn.Linear(6, 2))


networks = {
    "digits": (Digits(), (1, 28, 28)),
    "number": (Number(), (6,)),
    "sequential": (nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3), nn.Softmax(1)),
                   (3, 4)),
    "batch_norm": (nn.Sequential(nn.BatchNorm1d(6), nn.Linear(6, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(),
                                 nn.Linear(8, 4), nn.BatchNorm1d(4, affine=False), nn.Identity()), (6,)),
    "layer_norm": (nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 4),
                                 nn.LayerNorm(4, elementwise_affine=False)), (6,)),
    "axes": (nn.Sequential(nn.Linear(4, 5), nn.LayerNorm(5), nn.ReLU(), nn.Linear(5, 2, bias=False), nn.Softmax(-1)), (3, 4)),
    "unflatten": (nn.Sequential(nn.Linear(6, 8), nn.Unflatten(1, (2, 4)), nn.Linear(4, 3), nn.Flatten()), (6,)),
    "activations": (chain(nn.ReLU6(), nn.LeakyReLU(0.2), nn.PReLU(), nn.ELU(0.7), nn.CELU(1.3), nn.SELU()), (6,)),
    "smooth": (chain(nn.GELU(), nn.GELU(approximate="tanh"), nn.SiLU(), nn.Mish(), nn.Softplus()), (6,)),
    "bounded": (chain(nn.Sigmoid(), nn.Tanh(), nn.Hardsigmoid(), nn.Hardswish(), nn.Softsign(), nn.LogSoftmax(1)), (6,)),
}


def settle(network):
    """Statistics and scales as after a training."""
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm1d):
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
        if getattr(layer, "weight", None) is not None and layer.weight.dim() == 1 and not isinstance(layer, nn.PReLU):
            nn.init.normal_(layer.weight)
            nn.init.normal_(layer.bias)
    return network.eval()


def trace(network, shape, opset, many):
    more = {"dynamo": False} if version >= (2, 5) else {}
    torch.onnx.export(network, torch.randn(1, *shape), "m.onnx", opset_version=opset, input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}} if many else None, **more)


def graph_of(network, shape, many):
    sizes = {"dynamic_shapes": ({0: torch.export.Dim("batch")},)} if many else {}
    torch.onnx.export(network, (torch.randn(2, *shape),), dynamo=True, **sizes).save("m.onnx")


def difference(network, shape, what):
    x = torch.randn(7, *shape)
    np.save("x.npy", x.numpy())
    done = subprocess.run([program, "predict", "--model", "m.onnx", "--x", "x.npy", "--out", "p.npy"], capture_output=True,
                          text=True, check=False)
    if done.returncode:
        sys.exit(f"{what}: {done.stderr}")
    expected = network(x).detach().numpy()
    found = np.load("p.npy").reshape(expected.shape)  # one number that was squeezed keeps its axis here
    worst = float(np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected))))
    assert worst < 1e-5, (what, worst)
    return worst


worst, count = 0.0, 0
modern = version >= (2, 6) and importlib.util.find_spec("onnxscript") is not None
for (name, (network, shape)), many in itertools.product(networks.items(), (True, False)):
    settle(network)
    for opset in (11, 13, 17, 18):
        try:
            trace(network, shape, opset, many)
        except torch.onnx.errors.UnsupportedOperatorError:
            assert opset == 11, (name, opset)  # CELU came with 12, and newer exporters split axes since 13
            continue
        worst, count = max(worst, difference(network, shape, (name, opset, many))), count + 1
    if modern:
        graph_of(network, shape, many)
        worst, count = max(worst, difference(network, shape, (name, "torch.export", many))), count + 1
print(f"{count} files, torch {torch.__version__}: largest difference {worst:.1e}")
