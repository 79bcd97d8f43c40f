#!/bin/sh
# Pages of `cornu export --html` in headless Chromium, for ./run demo-test: their predictions are the library's, on a
# network trained on MNIST and on small ones with every layer and activation; digits drawn by digits.js are recognised.
# usage: check.sh PROGRAM; exit 77: no Chromium or no MNIST here.
set -eu
program=$1
here=$(cd "$(dirname "$0")" && pwd -P)
browser=''
for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then browser=$name; break; fi
done
[ -n "$browser" ] || { echo "skipped: no chromium here (or name one in \$CHROMIUM)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() { echo "FAILED: $*"; failed=1; }
failed=0

# Each try has a profile of its own, as a browser that was ended leaves its own locked.
open_page() {
    rm -rf "$work/profile"
    timeout 300 "$browser" --headless --no-sandbox --no-first-run --disable-gpu --disable-gpu-watchdog \
        --disable-hang-monitor --disable-dev-shm-usage --disable-background-networking \
        --user-data-dir="$work/profile" --virtual-time-budget=600000 --dump-dom "file://$work/tried.html" \
        2>browser.log >dom.html || echo "the browser ended with $?" >>browser.log
}

# in_browser PAGE WHAT: the page with digits.js in it is opened; what digits.js wrote. Without a screen the browser draws
# no frames, so their clock is replaced by a timer. A browser that says nothing, as it may on a machine that is busy with
# other things, is started once more.
in_browser() {
    awk -v script="$here/digits.js" -v what="$2" '
        !head && sub(/<head>/, "<head><script>requestAnimationFrame = f => setTimeout(f, 1)</script>") { head = 1 }
        $0 == "</body>" {
            print "<script>(() => { const WHAT = \"" what "\";"
            while ((getline line < script) > 0) print line
            print "})();</script>"
        }
        { print }' "$1" >tried.html
    open_page
    if ! grep -q '^ready$' dom.html; then
        echo "the browser wrote nothing of the page ($(tail -n 1 browser.log)); once more" >&2
        open_page
    fi
    sed -n '/^ready$/,/^end$/p; /^error /p' dom.html
}

# compare MOST <lines of in_browser: the greatest difference from the library's predictions in library.txt
compare() {
    awk -v most="$1" '
        FNR == NR { for (i = 1; i <= NF; i++) p[FNR - 1, i] = $i; next }
        $1 == "image" {
            images++
            for (i = 3; i <= NF; i++) {
                difference = $i - p[$2, i - 2]
                if (difference < 0) difference = -difference
                if (!(difference <= greatest)) greatest = difference
            }
        }
        END {
            printf "%d images, greatest difference %.3g\n", images, greatest
            exit !(images > 0 && greatest <= most)
        }' library.txt -
}

# ---- MNIST --------------------------------------------------------------------------------------------------

echo "training 784-512-128-10 on MNIST"
"$program" train --data mnist --layers "input 784; dense 512 relu; dropout 0.3; dense 128 relu; dense 10 softmax" \
    --optimizer adam --epochs 3 --batch-size 64 --save digits.keras >/dev/null || status=$?
[ "${status:-0}" != 4 ] || { echo "skipped: MNIST is not here"; exit 77; }
[ "${status:-0}" = 0 ]
"$program" predict --model digits.keras --data mnist >library.txt
"$program" export --model digits.keras --html digits.html --data mnist --samples 100
in_browser digits.html all >lines.txt
grep -q '^end$' lines.txt || { fail "the browser did not come to the end:"; tail -n 3 lines.txt browser.log; exit 1; }
printf 'page of %s bytes; ' "$(wc -c <digits.html | tr -d ' ')"
compare 1e-5 <lines.txt || fail "the page does not predict what the library does"
awk '$1 == "drawn" { n++; if ($2 == $3) right++; else print "  " $0 }
     END { printf "drawn digits: %d of %d right\n", right, n; exit !(n == 100 && right >= 95) }' lines.txt ||
    fail "digits drawn are not recognised"
grep -q '^gone 2 0 [^0-9%]*$' lines.txt || fail "undo and clear: $(grep '^gone' lines.txt)"
grep -q '^keys 1$' lines.txt || fail "drawing by keys: $(grep '^keys' lines.txt)"
expected='files digit.npy same digit.png same digit.csv same photo 3 refused refused refused'
grep -qx "$expected" lines.txt || fail "dropped files: $(grep '^files' lines.txt)"

# ---- digits on a convolutional network ------------------------------------------------------------------------------

echo "training a LeNet on MNIST"
"$program" train --data mnist --layers "input 28 28 1; conv2d 6 5 relu padding=same; max_pooling2d 2; conv2d 16 5 relu; \
max_pooling2d 2; flatten; dense 120 relu; dense 84 relu; dense 10 softmax" \
    --optimizer adam --epochs 2 --batch-size 64 --save lenet.keras >/dev/null
"$program" predict --model lenet.keras --data mnist >library.txt
"$program" export --model lenet.keras --html lenet.html --data mnist --samples 100
in_browser lenet.html all >lines.txt
compare 1e-5 <lines.txt || fail "the page of the convolutional network does not predict what the library does"
awk '$1 == "drawn" { n++; if ($2 == $3) right++; else print "  " $0 }
     END { printf "drawn digits: %d of %d right\n", right, n; exit !(n == 100 && right >= 95) }' lines.txt ||
    fail "digits drawn are not recognised by the convolutional network"

# ---- every layer and activation -----------------------------------------------------------------------------------

# The first 2,000 images to learn from and the first 100 to try will do here.
# cut_idx FILE HEADER BYTES COUNT: FILE's first COUNT things of BYTES behind a header of so many bytes, the count in it replaced.
cut_idx() {
    gzip -dc "$data/$1.gz" >whole.idx
    {
        head -c 4 whole.idx
        printf "$(printf '\\000\\000\\%03o\\%03o' $(($4 / 256)) $(($4 % 256)))"
        head -c "$2" whole.idx | tail -c +9
        tail -c +$(($2 + 1)) whole.idx | head -c $(($3 * $4))
    } >"few/mnist/$1"
}
data=${CORNU_DATA:-/nowhere}/mnist
if [ -e "$data/train-images-idx3-ubyte.gz" ]; then
    mkdir -p few/mnist
    cut_idx train-images-idx3-ubyte 16 784 2000
    cut_idx train-labels-idx1-ubyte 8 1 2000
    cut_idx t10k-images-idx3-ubyte 16 784 100
    cut_idx t10k-labels-idx1-ubyte 8 1 100
    CORNU_DATA=$work/few
    export CORNU_DATA
fi

# By notation and weights, as not every activation's arguments have a place in Keras's files.
try() {
    "$program" train --data mnist --layers "$1" --loss mse --optimizer "sgd(learning_rate=0.01)" --epochs 1 \
        --batch-size 50 --save-weights small.npz >/dev/null
    "$program" predict --layers "$1" --weights small.npz --data mnist >library.txt
    "$program" export --layers "$1" --weights small.npz --html small.html --data mnist --samples 20 --lang es
    printf '%s: ' "$1"
    in_browser small.html images | compare 1e-5 || fail "$1"
}
try "input 28,28; dense 16 gelu; layer_normalization; flatten; batch_normalization; dense 24 selu; dense 10 log_softmax"
try "input 28,28,1; flatten; dense 24 elu(alpha=0.5); dense 24 celu(alpha=2.0); batch_normalization center=false; dense 10 softplus"
try "input 784; dense 24 gelu(approximate=true); layer_normalization scale=false; dense 24 mish; dense 10 sigmoid"
try "input 784; dense 24 leaky_relu(negative_slope=0.1); dense 24 relu6; dense 24 softsign; dense 10 hard_sigmoid"
try "input 784; dense 24 silu; dense 24 hard_silu; dense 24 tanh; dense 10 exponential use_bias=false"
try "input 784; dense 24; re_lu max_value=2.0 negative_slope=0.1 threshold=0.2; reshape (4, 6); softmax; flatten; dense 10"
try "input 28,28,1; conv2d 8 (5, 3) strides=(2, 1) activation=relu; depthwise_conv2d 3 depth_multiplier=2 padding=same; \
batch_normalization; max_pooling2d 3 strides=2 padding=same; conv2d 12 3 groups=4 dilation_rate=2 use_bias=false; \
group_normalization groups=3; global_average_pooling2d; dense 10 softmax"
try "input 28,28,1; zero_padding2d padding=((1, 2), (0, 3)); separable_conv2d 6 3 strides=2 depth_multiplier=2 activation=tanh; \
average_pooling2d 2 padding=same; up_sampling2d size=(2, 3) interpolation=bilinear; cropping2d cropping=((1, 0), (2, 3)); \
spatial_dropout2d 0.2; prelu shared_axes=(1, 2); global_max_pooling2d; dense 10 softmax"
try "input 28,28,1; resizing 11 20 bicubic; conv2d 4 3 relu; resizing 13 9 lanczos3; resizing 5 13 nearest; \
up_sampling2d 2 interpolation=lanczos5; conv2d 4 3 strides=2; flatten; dense 10"
try "input 28,28,1; conv2d 16 3 strides=2 activation=relu; conv2d 16 3 relu; conv2d_transpose 5 3 strides=2 padding=same; \
conv2d_transpose 4 (2, 3) strides=(1, 2); up_sampling2d 2; max_pooling2d 4; unit_normalization axis=(1, 2); flatten; dense 10"
try "input 28,28; rescaling 2.0 offset=-1.0; normalization axis=2; conv1d 6 3 padding=causal dilation_rate=2; \
separable_conv1d 8 3; max_pooling1d 2; conv1d_transpose 5 4 strides=2; cropping1d cropping=(1, 2); zero_padding1d 1; \
depthwise_conv1d 3 strides=3; up_sampling1d 2; permute (2, 1); gaussian_noise 0.1; average_pooling1d 2; flatten; dense 10"
try "input 28,28; normalization axis=() mean=0.1 variance=0.09; flatten; dense 24; unit_normalization; \
repeat_vector 4; conv1d 5 2; prelu; identity; global_max_pooling1d; dense 10 softmax"

# Graphs: a skip, and a network of two inputs and two outputs whose samples come by name.
try "input 28,28,1; conv2d 8 3 relu padding=same name=a; conv2d 8 3 padding=same name=b; add from=[a, b]; relu; \
global_average_pooling2d name=g; dense 8 name=h; multiply from=[g, h] name=m; maximum from=[g, m] name=x; \
subtract from=[x, h] name=s; average from=[x, s, g] name=v; concatenate from=[v, h]; dense 10 softmax"
try "input 28,28,1; conv2d 8 3 strides=4 activation=relu name=a; global_average_pooling2d; dense 8 sigmoid; reshape 1 1 8 name=c; \
multiply from=[a, c] name=g; conv2d 1 3 sigmoid padding=same name=p; multiply from=[p, g]; global_max_pooling2d; dense 10 softmax"

# bytes FILE SEED SHAPE COUNT MOST: an .npy of that many random whole numbers under MOST
bytes() {
    {
        printf '\223NUMPY\001\000\166\000%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': ($3), }"
        printf "$(awk -v seed="$2" -v n="$4" -v most="$5" 'BEGIN {
            srand(seed); while (n-- > 0) printf "\\%03o", int(most * rand()) }')"
    } >"$1"
}
bytes picture.npy 1 "12, 8, 8, 1" 768 2
bytes row.npy 2 "12, 5" 60 3
bytes kind.npy 3 "12," 12 3
bytes size.npy 4 "12," 12 7
set -- --layers "input 8,8,1 name=picture; conv2d 4 3 relu; flatten name=f; input 5 name=row; dense 6 tanh name=r; \
concatenate from=[f, r] name=both; dense 3 softmax name=kind; dot from=[r, r] axes=1; dense 1 name=size" \
    --x picture=picture.npy --x row=row.npy
"$program" train "$@" --y kind=kind.npy --y size=size.npy --loss kind=sparse_categorical_crossentropy --loss size=mse \
    --epochs 2 --save-weights two.npz >/dev/null
"$program" predict "$@" --weights two.npz >both.txt
awk '/:$/ { n = 0; next } { line[n] = line[n] " " $0; if (++n > most) most = n }
     END { for (i = 0; i < most; i++) print line[i] }' both.txt >library.txt
"$program" export "$@" --y kind=kind.npy --weights two.npz --html two.html --samples 12
printf 'two inputs, two outputs: '
in_browser two.html images | compare 1e-5 || fail "two inputs and two outputs"
[ "$failed" = 0 ] || exit 1
echo "all of it as it should be"
