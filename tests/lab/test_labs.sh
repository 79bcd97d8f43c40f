#!/bin/sh
# The labs about images run from start to end with few samples and one epoch: every statement works, and every sentence with figures
# finds them. Whether their figures are good is for a run of their own.
set -eu
[ -n "${CORNU_PROGRAM:-}" ] || { echo "skipped: CORNU_PROGRAM is not set"; exit 77; }
[ -e "${CORNU_DATA:-/nowhere}/mnist/train-images-idx3-ubyte.gz" ] || { echo "no MNIST in \$CORNU_DATA"; exit 77; }
scratch=$(mktemp -d "$PWD/labs-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
fail() { echo "failed: $*" >&2; exit 1; }

# Statements are tested, not figures: where Fashion-MNIST is not to be had, digits take its place, the other way round, as MNIST
# itself would be known.
if ! "$CORNU_PROGRAM" data info fashion_mnist >/dev/null 2>&1; then
    mkdir -p data/fashion_mnist
    for kind in images-idx3 labels-idx1; do
        cp "$CORNU_DATA/mnist/t10k-$kind-ubyte.gz" "data/fashion_mnist/train-$kind-ubyte.gz"
        cp "$CORNU_DATA/mnist/train-$kind-ubyte.gz" "data/fashion_mnist/t10k-$kind-ubyte.gz"
    done
fi

labs='records.en convolution.en convolution.es'
[ -z "${CORNU_SANITIZED:-}" ] || labs=convolution.en # the same statements, ten times slower
for lab in $labs; do
    "$CORNU_PROGRAM" lab run "$CORNU_TESTS_DIR/../labs/$lab.md" --epochs-limit 1 --samples 400 --no-cache --out "$lab" >log 2>&1 ||
        { tail -n 20 log >&2; fail "$lab"; }
    for file in index.html report.pdf lab.ipynb results.json; do
        [ -s "$lab/$file" ] || fail "$lab: no $file"
    done
    ! grep -q '{{' "$lab/index.html" || fail "$lab: a sentence still asks for its figures"
done

# Fifty trainings are too many for here; its statements are those of records.en.
"$CORNU_PROGRAM" lab check "$CORNU_TESTS_DIR/../labs/records-full.en.md" >log 2>&1 || { cat log >&2; fail records-full.en; }
