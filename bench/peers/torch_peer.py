"""PyTorch, eager: the data as tensors in memory, batches by index (no DataLoader, which is slower), the optimisers' fused
CPU kernels where they have one, and the loss left on the device until the epoch is over."""
from peer import rate, serve, test_arrays, train_arrays, work
import math

import torch
from torch import nn

torch.set_num_threads(work["threads"])
torch.manual_seed(work["seed"])
ACTIVATIONS = {"linear": [], "softmax": [], "relu": [nn.ReLU()], "sigmoid": [nn.Sigmoid()]}  # softmax: in the loss


class Builder:
    """Layers one after the other; `shape` is that of a sample, channels first."""

    def __init__(self, shape):
        self.shape = [shape[2], *shape[:2]] if len(shape) == 3 else list(shape)

    def started(self, layer):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
        return layer

    def dense(self, units, activation):
        layer = self.started(nn.Linear(self.shape[0], units))
        self.shape = [units]
        return [layer, *ACTIVATIONS[activation]]

    def dropout(self, rate):
        return [nn.Dropout(rate)]

    def flatten(self):
        self.shape = [math.prod(self.shape)]
        return [nn.Flatten()]

    def conv(self, filters, size, padding, activation):
        layer = self.started(nn.Conv2d(self.shape[0], filters, size, padding=padding))
        less = size - 1 if padding == "valid" else 0
        self.shape = [filters, *(n - less for n in self.shape[1:])]
        return [layer, *ACTIVATIONS[activation]]

    def pooled(self, layer, size):
        self.shape = [self.shape[0], *(n // size for n in self.shape[1:])]
        return [layer(size)]

    def max_pool(self, size):
        return self.pooled(nn.MaxPool2d, size)

    def average_pool(self, size):
        return self.pooled(nn.AvgPool2d, size)


builder = Builder(work["shape"])
model = nn.Sequential(*(part for kind, *given in work["layers"] for part in getattr(builder, kind)(*given)))
criterion = nn.CrossEntropyLoss()
optimizer = {
    "adam": lambda p: torch.optim.Adam(p, lr=rate, eps=1e-7, fused=True),
    "sgd": lambda p: torch.optim.SGD(p, lr=rate, fused=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=rate, alpha=0.9, eps=1e-7),
}[work["optimizer"]](model.parameters())


def tensor(a):
    """Images channels first, in the order of memory that oneDNN likes best."""
    t = torch.from_numpy(a)
    return t.permute(0, 3, 1, 2).contiguous(memory_format=MEMORY) if t.dim() == 4 else t


MEMORY = torch.channels_last
if len(work["shape"]) == 3:
    model = model.to(memory_format=MEMORY)
x, y, x_val, y_val = map(tensor, train_arrays())
labels, val_labels = y.argmax(1), y_val.argmax(1)
if "test" in work:
    x_test, y_test = map(tensor, test_arrays())
    test_labels = y_test.argmax(1)


def totals(x, labels):
    with torch.inference_mode():
        z = model(x)
        return criterion(z, labels).item(), (z.argmax(1) == labels).float().mean().item()


def train():
    model.train()
    order = torch.randperm(len(x))
    loss_sum, right = torch.zeros(()), torch.zeros((), dtype=torch.long)
    for index in order.split(work["batch"]):
        target = labels[index]
        z = model(x[index])
        loss = criterion(z, target)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            loss_sum += loss * len(index)
            right += (z.argmax(1) == target).sum()
    model.eval()
    if len(x_val):
        totals(x_val, val_labels)
    return loss_sum.item() / len(x), right.item() / len(x)


def evaluate():
    model.eval()
    return totals(x_test, test_labels)


def predict():
    model.eval()
    with torch.inference_mode():
        p = model(x_test).softmax(1)
        return 0, (p.argmax(1) == test_labels).float().mean().item()


serve(f"PyTorch {torch.__version__.split('+')[0]}", train=train, evaluate=evaluate, predict=predict)
