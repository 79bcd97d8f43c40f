# check.sh PROGRAM: exports networks in float32 and int8, compiles them for a Cortex-M4, runs them in qemu over MNIST's
# test set (made-up data where there is none), and compares every output with what Cornu computes, bit for bit.
set -eu
cornu=$1
tests=$(cd "$(dirname "$0")/.." && pwd -P)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
gcc='arm-none-eabi-gcc -std=c99 -pedantic -Wall -Wextra -Werror -Wconversion -O2 -mthumb -ffunction-sections -fdata-sections'

fail() { echo "FAILED: $*"; exit 1; }
bare() { tail -c "+$(($(od -An -tu2 -j8 -N2 "$1") + 11))" "$1"; }
hard='-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard'

build() { # OUT [FLAGS]: net.c, the driver and the start
    out=$1
    shift
    $gcc "$@" -DNET_SELF_TEST -c net.c -o net.o
    $gcc "$@" -DNET_SELF_TEST -I. -c "$tests/formats/export_driver.c" -o driver.o
    $gcc "$@" -Wno-pedantic -c "$tests/embedded/start.c" -o start.o
    $gcc "$@" --specs=rdimon.specs -T "$tests/embedded/cortex-m4.ld" -Wl,--gc-sections net.o driver.o start.o -lm -o "$out"
}
emulate() { # PROGRAM [ARGUMENTS]
    arguments=
    for word in "$@"; do arguments="$arguments,arg=$word"; done
    timeout 500 qemu-system-arm -M mps2-an386 -nographic -monitor none -serial none \
        -semihosting-config "enable=on,target=native$arguments" -kernel "$1" </dev/null
}
# What the network itself takes: a program that calls predict and nothing else, without the C library's start.
sizes() {
    $gcc $hard -Os -c net.c -o size.o
    arm-none-eabi-size -A size.o | awk '
        /^\.text/ { code += $2 } /^\.rodata/ { weights += $2 } /^\.(bss|data)/ { ram += $2 }
        END { printf "  flash: %d bytes of weights, %d of code; RAM: %d\n", weights, code, ram; print weights, ram >"size.txt" }'
    # The header says no less, and little more; constants beside the weights are windows of layers and the polynomials of exp.
    awk 'FNR == NR { weights = $1; ram = $2; next }
        /^#define NET_WEIGHT_BYTES/ { off = weights - $3 } /^#define NET_SCRATCH_BYTES/ { more = ram - $3 }
        END { if (off < 0 || off > 1024 || more < 0 || more > 8) { print off, more; exit 1 } }' size.txt net.h ||
        fail "the header's sizes are not those that the compiler gives"
}

# compare WHAT EXPECTED.npy INPUTS
compare() {
    build net.elf $hard
    emulate net.elf || fail "$1: the self-test"
    emulate net.elf "$3" y.bin || fail "$1: does not run"
    bare "$2" | head -c "$(wc -c <y.bin)" | cmp - y.bin || fail "$1: other bits than Cornu's"
    echo "$1: $(($(wc -c <y.bin) / 4)) outputs, all bits equal"
    sizes
}

images=${CORNU_DATA:-/nowhere}/mnist/t10k-images-idx3-ubyte.gz
if [ -e "$images" ]; then
    gzip -dc "$images" >x.in
    for layers in 'dense 32 relu; dense 10 softmax' 'dense 512 relu; dense 128 relu; dense 10 softmax'; do
        "$cornu" train --data mnist --layers "input 784; $layers" --optimizer adam --epochs ${EPOCHS:-1} --batch-size 128 \
            --save net.keras >/dev/null
        "$cornu" export --model net.keras --c net.c
        "$cornu" predict --model net.keras --data mnist --out y.npy
        # The emulator takes half a million products an image one by one: for the great network a tenth of the images will do.
        case $layers in *512*) head -c $((16 + 784 * 1000)) x.in >few.in ;; *) cp x.in few.in ;; esac
        compare "$layers, float32" y.npy few.in
        "$cornu" export --model net.keras --c net.c --int8 --data mnist --out y.npy
        compare "$layers, int8" y.npy few.in
    done
    layers='conv2d 6 5 relu padding=same; max_pooling2d 2; conv2d 16 5; batch_normalization; relu; max_pooling2d 2; flatten; '
    layers="${layers}dense 84 relu; dense 10 softmax"
    "$cornu" train --data mnist --layers "input 28 28 1; $layers" --optimizer adam --epochs ${EPOCHS:-1} --batch-size 64 \
        --save net.keras >/dev/null
    head -c $((16 + 784 * 500)) x.in >few.in
    "$cornu" export --model net.keras --c net.c
    "$cornu" predict --model net.keras --data mnist --out y.npy
    compare "LeNet, float32" y.npy few.in
    "$cornu" export --model net.keras --c net.c --int8 --data mnist --out y.npy
    compare "LeNet, int8" y.npy few.in
else
    echo "no MNIST in \$CORNU_DATA: made-up data instead"
fi

norm='layer_normalization beta_initializer=random_normal'
batch='batch_normalization beta_initializer=random_normal moving_mean_initializer=random_normal'
printf 'input 50; dense 40 gelu; %s; dense 30 tanh; %s; dense 20 relu; dense 20 mish; softmax; dense 9 sigmoid' \
    "$batch" "$norm" >net.txt
"$cornu" convert net.txt w.npz --weights-only --seed 3 >/dev/null
"$cornu" export --model net.txt --weights w.npz --c net.c
build make.elf $hard && emulate make.elf 500 50 x.npy
"$cornu" predict --model net.txt --weights w.npz --x x.npy --out y.npy
compare "activations and normalisations, float32" y.npy x.npy
"$cornu" export --model net.txt --weights w.npz --c net.c --int8 --calibrate x.npy --x x.npy --out y.npy
compare "activations and normalisations, int8" y.npy x.npy

batch="$batch moving_variance_initializer=random_uniform(minval=0.2,maxval=3)"
cat >net.txt <<END
input(12, 11, 4)
zero_padding2d padding=((0, 1), (2, 1))
conv2d 8 3 strides=2 padding=same activation=relu groups=2
depthwise_conv2d 3 depth_multiplier=2 padding=same
$batch
activation relu6
average_pooling2d 2 padding=same
conv2d 9 (1, 2) dilation_rate=2
up_sampling2d 2
max_pooling2d 3 strides=2 name=a
conv2d_transpose 9 3 padding=same name=b
add from=[a, b] name=c
maximum from=[a, c] name=d
concatenate from=[d, b]
permute 2 1 3
up_sampling2d 2 interpolation=bilinear
cropping2d cropping=((1, 0), (0, 0))
global_average_pooling2d
dense 7 softmax
END
"$cornu" convert net.txt w.npz --weights-only --seed 3 >/dev/null
"$cornu" export --model net.txt --weights w.npz --c net.c
build make.elf $hard && emulate make.elf 200 528 x.npy
"$cornu" predict --model net.txt --weights w.npz --x x.npy --out y.npy
compare "convolution, pooling, borders, paths that meet, float32" y.npy x.npy
"$cornu" export --model net.txt --weights w.npz --c net.c --int8 --calibrate x.npy --x x.npy --out y.npy
compare "convolution, pooling, borders, paths that meet, int8" y.npy x.npy

build soft.elf -mcpu=cortex-m0 -DNET_PLAIN && echo "compiles for a Cortex-M0 without a floating-point unit"
