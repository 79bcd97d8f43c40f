# The exported C program gives the bits of cornu predict: every layer and activation on made-up data, and MNIST's test
# set where it is there.
set -eu
cc=${CC:-cc}
command -v "$cc" >/dev/null || { echo "no C compiler"; exit 77; }
folder=$(mktemp -d "$PWD/export-c-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# Hardware's fused multiply-add where there is one: fmaf is the same, only slower.
fused=
case $(uname -m) in x86_64) ! grep -qw fma /proc/cpuinfo 2>/dev/null || fused=-mfma ;; esac
strict='-std=c99 -pedantic -Wall -Wextra -Werror -Wconversion -Wshadow -O2'

fail() { echo "FAILED: $*"; exit 1; }
compile() { # PROGRAM [FLAGS]
    program=$1
    shift
    "$cc" $strict "$@" -DNET_SELF_TEST -o "$program" net.c "$CORNU_TESTS_DIR/formats/export_driver.c" -I. -lm
}
# The numbers of a .npy file, bare.
bare() { tail -c "+$(($(od -An -tu2 -j8 -N2 "$1") + 11))" "$1"; }

check_float() { # WHAT NOTATION SIZE
    printf '%s\n' "$2" >net.txt
    same_bits "$1" net.txt "$3"
}
same_bits() { # WHAT MODEL SIZE
    "$CORNU_PROGRAM" convert "$2" net.npz --weights-only --seed 5 >log 2>&1 || { cat log; fail "$1: convert"; }
    "$CORNU_PROGRAM" export --model "$2" --weights net.npz --c net.c || fail "$1: export"
    compile net $fused || fail "$1: does not compile"
    ./net || fail "$1: the self-test"
    ./net 40 "$3" x.npy && ./net x.npy y.bin
    "$CORNU_PROGRAM" predict --model "$2" --weights net.npz --x x.npy --out y.npy
    bare y.npy | cmp - y.bin || fail "$1: other bits than cornu predict"
}
check() { # the same, and in int8
    check_float "$@"
    check_int8 "$1" net.txt
}
check_int8() { # WHAT MODEL
    int8 "$1" --model "$2" --weights net.npz --calibrate x.npy --x x.npy
    ./net x.npy y.bin
    bare y.npy | cmp - y.bin || fail "$1: other bits than the library's int8"
}
# The outputs in 8 bits, which `check` has left, lie near those in float32.
near() { # WHAT
    off=$(sed -n 's/^outputs .* \([0-9.]*\) on average$/\1/p' log)
    od -An -tf4 -v y.bin | awk -v off="$off" '
        { for (i = 1; i <= NF; i++) sum += $i < 0 ? -$i : $i; n += NF }
        END { exit !(n > 0 && off < 0.06 * sum / n) }' || { cat log; fail "$1: int8 is far from float32"; }
}
int8() { # WHAT OPTIONS
    what=$1
    shift
    "$CORNU_PROGRAM" export --c net.c --int8 --out y.npy "$@" >log || fail "$what: int8"
    compile net $fused && ./net || fail "$what: the self-test in int8"
}

norm='layer_normalization beta_initializer=random_normal gamma_initializer=random_normal(mean=1)'
batch='batch_normalization beta_initializer=random_normal moving_mean_initializer=random_normal '
batch=$batch'moving_variance_initializer=random_uniform(minval=0.2,maxval=3)'
for activation in celu 'celu(alpha=0.3)' elu 'elu(alpha=1.5)' exponential gelu 'gelu(approximate=true)' hard_sigmoid \
    hard_silu leaky_relu log_softmax mish relu 'relu(negative_slope=0.1,max_value=1,threshold=0.2)' \
    'relu(threshold=0.5)' relu6 selu sigmoid silu softmax softplus softsign tanh; do
    all="${all:-input 19}; dense 19 activation=$activation bias_initializer=random_normal; $norm"
done
check 'every activation' "$all" 19
check 'layers that are an activation, and those that compute nothing' \
    "input(4, 5); relu; dropout 0.5; reshape(2, 10); dense 6; leaky_relu; elu; flatten; softmax" 20
check 'dense over the last axis, batch normalisation, a wide softmax' \
    "input(3, 20); dense 50; $batch; activation tanh; dense 7 use_bias=false; $batch; flatten; dense 37 softmax" 60
check 'normalisation first and last' "input 33; $batch; $norm; dense 5; $batch" 33

image='input(9, 11, 4)' series='input(13, 4)' bias='bias_initializer=random_normal'
window() { check "$2" "$1; $2" "$3" && near "$2"; }
alone() { check_float "$2" "$1; $2" "$3"; } # nothing in it gains by 8 bits
image() { window "$image" "$1" 396; }
series() { window "$series" "$1" 52; }
image "conv2d 6 3 $bias; conv2d 5 (2, 3) strides=2 padding=same activation=relu $bias"
image "conv2d 6 (3, 2) dilation_rate=(2, 3) use_bias=false; conv2d 4 (3, 2) dilation_rate=2 padding=same $bias"
image "conv2d 6 3 groups=2 strides=(2, 1) $bias; conv2d 8 2 groups=2 padding=same $bias; flatten; dense 3 softmax"
image "conv2d 17 3 padding=same $bias; conv2d 19 3 padding=same activation=relu $bias; conv2d 16 3; conv2d 16 3 $bias"
"$CORNU_PROGRAM" export --model net.txt --weights net.npz --c net.c
grep -q winograd net.c || fail "none of these is computed by Winograd's formula"
image "depthwise_conv2d 3 $bias; depthwise_conv2d 2 depth_multiplier=3 strides=2 padding=same activation=gelu $bias"
image "separable_conv2d 6 3 padding=same $bias; separable_conv2d 5 3 depth_multiplier=2 dilation_rate=2 $bias"
image "conv2d_transpose 5 3 $bias; conv2d_transpose 3 3 strides=2 padding=same $bias; conv2d_transpose 2 2 strides=3"
image "conv2d_transpose 17 3 padding=same $bias; conv2d_transpose 16 3 padding=same activation=elu $bias"
"$CORNU_PROGRAM" export --model net.txt --weights net.npz --c net.c
grep -q winograd net.c || fail "no transposed convolution is computed by Winograd's formula"
image "conv2d_transpose 5 (4, 3) strides=(1, 2) $bias; conv2d_transpose 3 3 dilation_rate=2 padding=same $bias"
image "max_pooling2d 3 strides=2 padding=same; average_pooling2d pool_size=(2, 3) padding=same"
image "average_pooling2d 3 strides=2; max_pooling2d 2 strides=1; global_average_pooling2d; dense 3"
image "conv2d 5 2; batch_normalization; relu; global_max_pooling2d keepdims=true; flatten"
image "conv2d 8 3 use_bias=false; $batch; relu; max_pooling2d 2; conv2d 8 2 $bias; $batch; activation tanh; flatten; dense 5; $batch"
grep -q 'scale_int8' net.c && fail 'a batch normalisation behind a product is not folded into its weights'
image "max_pooling2d 2; conv2d 8 3 relu6; average_pooling2d 2; flatten; dense 4 softmax"
image "conv2d 8 2; max_pooling2d 2 strides=1; relu; $batch; $norm; conv2d 4 1; global_average_pooling2d; softmax"
image "zero_padding2d; conv2d 3 2; cropping2d cropping=((1, 2), (0, 3)); zero_padding2d padding=((0, 1), (2, 3))"
image "up_sampling2d size=(3, 2) interpolation=bilinear; conv2d 3 2; up_sampling2d size=(5, 3)"
image "resizing 7 5 nearest; conv2d 3 2; resizing 11 13 nearest; conv2d 4 2; resizing 4 19"
image "resizing 7 13 bicubic; conv2d 3 2; resizing 12 9 lanczos3; conv2d 2 1; up_sampling2d 2 interpolation=lanczos5"
window "$series" "conv1d 6 3; up_sampling1d 2; conv1d 5 3 padding=causal dilation_rate=2 $bias" 52
series "conv1d 6 3; conv1d 5 3 padding=causal dilation_rate=2 $bias; conv1d 4 2 strides=2 padding=same activation=tanh"
series "conv1d 6 4 groups=2 padding=causal strides=2; max_pooling1d 2; average_pooling1d 2 padding=same strides=1"
series "depthwise_conv1d 3 depth_multiplier=2; separable_conv1d 5 3 padding=causal; global_average_pooling1d"
series "conv1d_transpose 5 3 strides=2 $bias; conv1d_transpose 3 2 strides=3 padding=same; global_max_pooling1d"
# Channels of different sizes through depthwise convolutions, whose rounded weights move the mean that a global average keeps.
uneven='batch_normalization gamma_initializer=random_uniform(minval=0.01,maxval=4) '
uneven=$uneven'beta_initializer=random_normal(stddev=0.5) moving_variance_initializer=random_uniform(minval=0.2,maxval=3); relu'
image "conv2d 16 3 use_bias=false padding=same; $uneven; depthwise_conv2d 3 use_bias=false padding=same; $uneven; \
conv2d 16 1 use_bias=false; $uneven; depthwise_conv2d 3 use_bias=false strides=2; $uneven; conv2d 24 1 use_bias=false; \
$uneven; global_average_pooling2d; dense 5"
awk -v off="$off" 'BEGIN { exit !(off < 0.006) }' || { cat log; fail 'int8 of channels of different sizes'; }
series "zero_padding1d padding=(2, 1); conv1d 3 2; cropping1d cropping=(1, 2); up_sampling1d 3"

window 'input(8, 7, 16)' "conv2d 16 3 padding=same $bias" 896
compile plain -DNET_PLAIN && ./plain || fail 'convolution with plain multiplication and addition'

alpha='alpha_initializer=random_normal(stddev=0.5)' gamma='gamma_initializer=random_normal beta_initializer=random_normal'
window 'input(3, 4, 2)' "rescaling [0.37, -1.5] offset=[-0.21, 0.4]; permute 3 1 2; rescaling [0.5, 2, 1, 3] offset=0.1" 24
window 'input(3, 4, 2)' "rescaling 0.37 offset=-0.21; permute 3 1 2; prelu $alpha; permute(dims=[2, 3, 1]); rescaling 3" 24
alone 'input(3, 4, 2)' "prelu shared_axes=(1, 2) $alpha; prelu shared_axes=3 $alpha; prelu shared_axes=(1, 3) $alpha" 24
alone 'input(3, 4, 2)' "unit_normalization; unit_normalization axis=(1, 3); unit_normalization axis=(1, 2, 3)" 24
alone 'input(3, 4, 2)' "softmax axis=1; rescaling 3; softmax axis=2; rescaling 5; softmax axis=(1, 3); softmax" 24
window 'input 6' "repeat_vector 3; group_normalization 3 $gamma; dense 4; group_normalization groups=1 center=false" 6
window 'input(3, 4, 6)' "group_normalization groups=-1 $gamma; conv2d 4 2; group_normalization 2 scale=false epsilon=0.1" 72
alone 'input(2, 3)' "normalization mean=[1, 2, 3] variance=[6, 5, 0.4]; normalization axis=1 mean=[1, 2] variance=[3, 4]" 6
alone 'input(2, 3)' "normalization axis=none mean=0.3 variance=2.1 invert=true; normalization axis=(1, 2) mean=[1, 2, 3, 4, 5, 6] variance=[6, 5, 4, 3, 2, 1]" 6
window 'input 6' "gaussian_noise 0.3; gaussian_dropout 0.2; alpha_dropout 0.1; reshape 3 2; spatial_dropout1d 0.4; dense 2" 6
window 'input 4 5 name=x' "dense 3 name=a; dense 4 from=x name=b; dot axes=1 from=[a, b] name=c; dot axes=(2, 1) from=[a, c]" 20
window 'input 4 5 name=x' "dense 3 name=a; dense 4 from=x name=b; dot axes=1 normalize=true from=[a, b]" 20
gates='conv2d 6 3 relu padding=same name=h; global_average_pooling2d; dense 6 sigmoid; reshape 1 1 6 name=c; multiply from=[h, c]; '
gates=$gates'conv2d 1 3 sigmoid padding=same name=p; multiply from=[p, h]; conv2d 4 2; flatten; dense 3'
window 'input 5 4 3 name=x' "$gates" 60
window 'input 5 name=x' "dense 3 tanh name=a; dense 3 from=x name=b; dot axes=1 from=[a, b] name=d; add from=[a, b] name=c; dot axes=-1 from=[c, a] name=e; concatenate from=[d, e]" 5

# Paths that part and meet, with a tile behind their buffers.
cat >net.json <<'END'
{"class_name": "Functional", "config": {"name": "paths", "layers": [
  {"class_name": "InputLayer", "name": "x", "config": {"name": "x", "batch_shape": [null, 6, 7, 4]}, "inbound_nodes": []},
  {"class_name": "Conv2D", "name": "a", "config": {"name": "a", "filters": 16, "kernel_size": [1, 1]},
   "inbound_nodes": [[["x", 0, 0, {}]]]},
  {"class_name": "Conv2D", "name": "b", "config": {"name": "b", "filters": 16, "kernel_size": [3, 3], "padding": "same",
   "activation": "relu"}, "inbound_nodes": [[["a", 0, 0, {}]]]},
  {"class_name": "MaxPooling2D", "name": "c", "config": {"name": "c", "pool_size": [3, 3], "strides": [1, 1],
   "padding": "same"}, "inbound_nodes": [[["b", 0, 0, {}]]]},
  {"class_name": "Add", "name": "d", "config": {"name": "d"}, "inbound_nodes": [[["a", 0, 0, {}], ["c", 0, 0, {}]]]},
  {"class_name": "Concatenate", "name": "e", "config": {"name": "e", "axis": -1},
   "inbound_nodes": [[["d", 0, 0, {}], ["x", 0, 0, {}], ["b", 0, 0, {}]]]},
  {"class_name": "Conv2D", "name": "f", "config": {"name": "f", "filters": 18, "kernel_size": [3, 3]},
   "inbound_nodes": [[["e", 0, 0, {}]]]}],
  "input_layers": [["x", 0, 0]], "output_layers": [["f", 0, 0]]}}
END
same_bits 'paths that part and meet' net.json 168
check_int8 'paths that part and meet' net.json && near 'paths that part and meet'

printf 'input 33; dense 5; dense 2' >net.txt
"$CORNU_PROGRAM" convert net.txt whole.npz --seed 5 >/dev/null
printf 'input 4; flatten; dropout 0.2' >none.txt
./net 40 4 x4.npy
"$CORNU_PROGRAM" export --model none.txt --c none.c --name net && grep -q 'copy(x, y, 4)' none.c ||
    fail 'a network that computes nothing'

refuse() { # WHAT PATTERN ARGUMENTS
    what=$1 pattern=$2
    shift 2
    ! "$CORNU_PROGRAM" export "$@" >log 2>&1 || fail "$what is not refused"
    grep -q "$pattern" log || { cat log; fail "$what: the message lacks '$pattern'"; }
}
refuse 'a name that is no identifier' "name = '1st'" --model whole.npz --c other.c --name 1st
refuse 'a file that is no .c' 'ends in .c' --model whole.npz --c other.txt
refuse 'a folder that is not there' 'nowhere/net.c' --model whole.npz --c nowhere/net.c
refuse 'a network without weights' 'no weights yet' --model net.txt --c other.c
refuse 'int8 without data' 'give --calibrate' --model whole.npz --c other.c --int8
refuse 'calibration without int8' 'is for --int8' --model whole.npz --c other.c --calibrate x.npy
refuse 'int8 of nothing to compute' 'has none' --model none.txt --c other.c --int8 --calibrate x4.npy
refuse 'nothing to write' 'nothing to write' --model whole.npz
[ ! -e other.c ] && [ ! -e other.h ] || fail 'something was written all the same'

printf '#include "net.h"\nint main() { float x[NET_INPUT_SIZE] = {}, y[NET_OUTPUT_SIZE]; net_predict(x, y); }\n' >use.cc
if command -v "${CXX:-c++}" >/dev/null; then
    "$cc" $strict -c net.c && "${CXX:-c++}" -Wall -Wextra -Werror use.cc net.o -lm || fail 'C++ cannot use the header'
fi

[ -z "${CORNU_SANITIZED:-}" ] || { echo "MNIST is left to the release build"; exit 0; }
images=${CORNU_DATA:-/nowhere}/mnist/t10k-images-idx3-ubyte.gz
[ -e "$images" ] || { echo "no MNIST in \$CORNU_DATA: its test set was left out"; exit 0; }
gzip -dc "$images" >images
"$CORNU_PROGRAM" train --data mnist --layers 'input 784; dense 32 relu; dense 10 softmax' --epochs 1 \
    --batch-size 128 --optimizer adam --save net.keras >/dev/null
"$CORNU_PROGRAM" export --model net.keras --c net.c
compile net $fused && ./net && ./net images y.bin
"$CORNU_PROGRAM" predict --model net.keras --data mnist --out y.npy
bare y.npy | cmp - y.bin || fail "MNIST: other bits than cornu predict"
int8 MNIST --model net.keras --data mnist
./net images y.bin
bare y.npy | cmp - y.bin || fail "MNIST: other bits than the library's int8"
lost=$(sed -n 's/^accuracy: float32 .*(\(.*\))$/\1/p' log)
awk "BEGIN { exit !($lost > -0.005) }" || { cat log; fail 'int8 loses more than half a point of accuracy'; }
compile plain -DNET_PLAIN && ./plain || fail 'the self-test with plain multiplication and addition'

"$CORNU_PROGRAM" train --data mnist --layers "input 28 28 1; conv2d 6 5 relu padding=same; max_pooling2d 2; conv2d 16 5; \
batch_normalization; relu; max_pooling2d 2; flatten; dense 84 relu; dense 10 softmax" --epochs 1 --batch-size 64 \
    --optimizer adam --save net.keras >/dev/null
int8 LeNet --model net.keras --data mnist
./net images y.bin
bare y.npy | cmp - y.bin || fail "LeNet: other bits than the library's int8"
lost=$(sed -n 's/^accuracy: float32 .*(\(.*\))$/\1/p' log)
awk "BEGIN { exit !($lost > -0.003) }" || { cat log; fail 'int8 loses more than 0.3 points of accuracy in a LeNet'; }
