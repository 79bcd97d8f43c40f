#!/bin/sh
# Real Keras loads the architectures that `cornu summary --keras-json` writes, with equal configurations. Skipped where there is
# no Python with Keras ($CORNU_KERAS names one; else python3 is asked).
set -eu
. "$CORNU_TESTS_DIR/python.sh"
need_python "${CORNU_KERAS:-}" keras

number=0
while IFS= read -r layers; do
    number=$((number + 1))
    "$CORNU_PROGRAM" summary --layers "$layers" --keras-json "$scratch/$number.json" >/dev/null
done <<'END'
input 784; dense 512 relu; dropout 0.3; dense 10 softmax
input 28 28; flatten; dense 16 kernel_initializer=random_normal(0,0.05) kernel_regularizer=l2(0.001); batch_normalization; dense 3
input 12; reshape 3 4; layer_normalization; flatten; dense 4 leaky_relu(negative_slope=0.1) kernel_constraint=max_norm(3)
input 6; dense 6 kernel_initializer=orthogonal bias_initializer=constant(0.5); activation gelu; dense 2 kernel_initializer=variance_scaling(2.0,fan_out,uniform) use_bias=false
input 6; dense 6 kernel_initializer=identity kernel_regularizer=l1_l2(0.1,0.2); relu max_value=6; leaky_relu 0.2; elu; softmax; dense 1 sigmoid name=last trainable=false
END

TF_CPP_MIN_LOG_LEVEL=3 "$python" - "$scratch" <<'END'
import glob, json, sys
import keras

def plain(x):
    """Without what is there only once a model is built, and without the order of keys."""
    if isinstance(x, dict):
        if x.get("class_name") == "IdentityInitializer":  # so Keras 3.6 writes, and cannot read it
            return plain({**x, "class_name": "Identity", "config": {"gain": 1.0}})
        return {k: plain(v) for k, v in x.items() if k not in ("build_config", "build_input_shape")}
    return [plain(v) for v in x] if isinstance(x, list) else x

files = sorted(glob.glob(sys.argv[1] + "/*.json"))
assert len(files) == 5, files
for name in files:
    text = open(name).read()
    model = keras.models.model_from_json(text)
    ours, theirs = plain(json.loads(text)), plain(json.loads(model.to_json()))
    assert ours == theirs, f"{name}:\nours   {json.dumps(ours)}\ntheirs {json.dumps(theirs)}"
print(f"Keras {keras.__version__} loads {len(files)} models")
END
