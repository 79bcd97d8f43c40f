"""PyTorch, eager: the data as tensors in memory, batches by index (no DataLoader, which is slower), the optimisers' fused
CPU kernels where they have one, and the loss left on the device until the epoch is over."""
from peer import rate, serve, test_arrays, train_arrays, work
import torch
from torch import nn

torch.set_num_threads(work["threads"])
torch.manual_seed(work["seed"])
ACTIVATIONS = {"linear": None, "relu": nn.ReLU, "sigmoid": nn.Sigmoid}


def dense(inputs, outputs):
    layer = nn.Linear(inputs, outputs)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


stack, inputs = [], 784
for width in work["widths"]:
    stack.append(dense(inputs, width))
    if ACTIVATIONS[work["activation"]]:
        stack.append(ACTIVATIONS[work["activation"]]())
    if work["dropout"]:
        stack.append(nn.Dropout(work["dropout"]))
    inputs = width
model = nn.Sequential(*stack, dense(inputs, 10))
criterion = nn.CrossEntropyLoss()
optimizer = {
    "adam": lambda p: torch.optim.Adam(p, lr=rate, eps=1e-7, fused=True),
    "sgd": lambda p: torch.optim.SGD(p, lr=rate, fused=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=rate, alpha=0.9, eps=1e-7),
}[work["optimizer"]](model.parameters())
x, y, x_val, y_val = map(torch.from_numpy, train_arrays())
labels, val_labels = y.argmax(1), y_val.argmax(1)
if "test" in work:
    x_test, y_test = map(torch.from_numpy, test_arrays())
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
