"""Keras's initializers."""

from ._described import Described, define, deserialize, missing_of


class Initializer(Described):
    def __call__(self, shape, dtype=None, **kwargs):
        from ._values import initial_value

        return initial_value(self, shape)


_INF = float("inf")
for _name, _word, _defaults in (
        ("Constant", "constant", {"value": 0.0}),
        ("Zeros", "zeros", {}),
        ("Ones", "ones", {}),
        ("GlorotNormal", "glorot_normal", {"seed": None}),
        ("GlorotUniform", "glorot_uniform", {"seed": None}),
        ("HeNormal", "he_normal", {"seed": None}),
        ("HeUniform", "he_uniform", {"seed": None}),
        ("LecunNormal", "lecun_normal", {"seed": None}),
        ("LecunUniform", "lecun_uniform", {"seed": None}),
        ("Identity", "identity", {"gain": 1.0}),
        ("Orthogonal", "orthogonal", {"gain": 1.0, "seed": None}),
        ("RandomNormal", "random_normal", {"mean": 0.0, "stddev": 0.05, "seed": None}),
        ("RandomUniform", "random_uniform", {"minval": -0.05, "maxval": 0.05, "seed": None}),
        ("TruncatedNormal", "truncated_normal", {"mean": 0.0, "stddev": 0.05, "seed": None}),
        ("VarianceScaling", "variance_scaling",
         {"scale": 1.0, "mode": "fan_in", "distribution": "truncated_normal", "seed": None})):
    define(globals(), Initializer, _name, _word, **_defaults)

# Keras's functions by the same names
for _name in ("constant", "zeros", "ones", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal",
              "lecun_uniform", "identity", "orthogonal", "random_normal", "random_uniform", "truncated_normal",
              "variance_scaling"):
    globals()[_name] = globals()["".join(part.title() for part in _name.split("_"))]
IdentityInitializer, OrthogonalInitializer = globals()["Identity"], globals()["Orthogonal"]

__getattr__ = missing_of("keras.initializers", "STFT STFTInitializer")


def get(identifier):
    return deserialize(identifier, "keras.initializers")
