"""JAX: the whole epoch in one jitted scan over the batches, the optimiser in it, buffers donated."""
import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
from peer import rate, serve, train_arrays, work
import jax
import jax.numpy as jnp
from jax import lax

ACTIVATIONS = {"linear": lambda z: z, "relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid}
assert work["optimizer"] == "adam" and all(kind == "dense" for kind, *_ in work["layers"]), "this peer has Adam and dense layers"
widths, batch = [units for _, units, _ in work["layers"]], work["batch"]
act = ACTIVATIONS[work["layers"][0][2]]


def initial(key):
    params, inputs = [], 784
    for width in widths:
        key, this = jax.random.split(key)
        limit = (6 / (inputs + width)) ** 0.5
        params.append((jax.random.uniform(this, (inputs, width), minval=-limit, maxval=limit), jnp.zeros(width)))
        inputs = width
    return params


def logits(params, x):
    for w, b in params[:-1]:
        x = act(x @ w + b)
    w, b = params[-1]
    return x @ w + b


def cost(params, x, y):
    z = logits(params, x)
    return -(y * jax.nn.log_softmax(z)).sum(1).mean(), (z.argmax(1) == y.argmax(1)).sum()


def step(state, index, x, y):
    params, m, v, t = state
    (loss, right), g = jax.value_and_grad(cost, has_aux=True)(params, x[index], y[index])
    t = t + 1
    m = jax.tree.map(lambda m, g: m + (g - m) * 0.1, m, g)
    v = jax.tree.map(lambda v, g: v + (g * g - v) * 0.001, v, g)
    scale = rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    params = jax.tree.map(lambda p, m, v: p - scale * m / (jnp.sqrt(v) + 1e-7), params, m, v)
    return (params, m, v, t), (loss * len(index), right)


def epoch(state, order, x, y):
    whole = len(x) // batch * batch
    state, (losses, right) = lax.scan(lambda s, i: step(s, i, x, y), state, order[:whole].reshape(-1, batch))
    loss, hits = losses.sum(), right.sum()
    if whole < len(x):
        state, (last_loss, last_right) = step(state, order[whole:], x, y)
        loss, hits = loss + last_loss, hits + last_right
    return state, loss / len(x), hits / len(x)


run_epoch = jax.jit(epoch, donate_argnums=0)
run_cost = jax.jit(cost)
key = jax.random.key(work["seed"])
params = initial(key)
zeros = jax.tree.map(jnp.zeros_like, params)
state = (params, zeros, jax.tree.map(jnp.zeros_like, params), jnp.zeros((), jnp.float32))
x, y, x_val, y_val = map(jnp.asarray, train_arrays())


def train():
    global state, key
    key, this = jax.random.split(key)
    state, loss, accuracy = run_epoch(state, jax.random.permutation(this, len(x)), x, y)
    if len(x_val):
        jax.block_until_ready(run_cost(state[0], x_val, y_val))
    return loss, accuracy


serve(f"JAX {jax.__version__}", train=train)
