#!/bin/sh
# Networks with several inputs and outputs on the command line: files, losses and metrics by the names of the ends.
set -eu
[ -n "${CORNU_PROGRAM:-}" ] || { echo "skipped: CORNU_PROGRAM is not set"; exit 77; }
scratch=$(mktemp -d "$PWD/ends-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

fail() { echo "failed: $*" >&2; exit 1; }
has() { grep -qF -- "$1" "$2" || { cat "$2" >&2; fail "'$1' is not in $2"; }; }
refuses() { # MESSAGE WORDS…
    message=$1
    shift
    if "$CORNU_PROGRAM" "$@" >out.txt 2>&1; then fail "accepted: $*"; fi
    has "$message" out.txt
}

npy() { # SHAPE COUNT FACTOR
    printf '\223NUMPY\001\000\166\000'
    printf "%-117s\n" "{'descr': '|u1', 'fortran_order': False, 'shape': ($1), }"
    awk -v n="$2" -v f="$3" 'BEGIN { for (i = 0; i < n; i++) printf "%c", 49 + (i * f + int(i / 3)) % 3 }'
}
npy '60, 4' 240 7 >left.npy
npy '60, 2' 120 5 >right.npy
npy '60, 3' 180 4 >kind.npy
npy '60, 1' 60 2 >size.npy
npy '60,' 60 1 >weight.npy
network='input 4 name=left; dense 5 relu name=a; input 2 name=right; dense 5 tanh name=b
concatenate from=[a, b] name=both; dense 3 name=kind; dense 1 from=both name=size'
data='--x left=left.npy --x right=right.npy --y kind=kind.npy --y size=size.npy'

"$CORNU_PROGRAM" train --layers "$network" $data --loss kind=mse --loss 'size=huber(delta=2)' --loss-weight size=0.25 \
    --metrics kind=mae,cosine_similarity --metrics size=mae --sample-weight size=weight.npy --epochs 3 --verbose 2 \
    --validation-x left=left.npy --validation-x right=right.npy --validation-y kind=kind.npy --validation-y size=size.npy \
    --save m.keras --history h.json >out.txt
for name in kind_mae kind_cosine_similarity size_mae kind_loss val_size_loss; do has "$name" out.txt; done
has '"val_kind_mae"' h.json

"$CORNU_PROGRAM" predict --model m.keras --x right=right.npy --x left=left.npy --out p.npz
"$CORNU_PROGRAM" predict --model m.keras --x left=left.npy --x right=right.npy >out.txt
has 'kind:' out.txt
[ "$(wc -l <out.txt)" -eq 122 ] || fail "expected 60 rows of each output, and their names"

# The predictions are the targets: no loss; the weights of the losses do not change that.
"$CORNU_PROGRAM" evaluate --model m.keras --x left=left.npy --x right=right.npy --y p.npz --loss kind=mse --loss size=mae \
    --loss-weight kind=3 >out.txt
has 'loss: 0.0000' out.txt
"$CORNU_PROGRAM" evaluate --model m.keras $data >out.txt
has 'size_mae' out.txt

# What a training ends with is where another goes on.
"$CORNU_PROGRAM" train --layers "$network" $data --loss kind=mse --loss size=mse --epochs 4 --save-weights whole.npz --verbose 0
"$CORNU_PROGRAM" train --layers "$network" $data --loss kind=mse --loss size=mse --epochs 2 --save half.keras --verbose 0
"$CORNU_PROGRAM" train --resume half.keras $data --initial-epoch 2 --epochs 4 --save-weights rest.npz --verbose 0
cmp whole.npz rest.npz || fail "a resumed training has other weights"

# One end each, by name.
"$CORNU_PROGRAM" train --layers 'input 4 name=left; dense 1 name=s; activation tanh from=s name=t' --x left=left.npy \
    --y t=size.npy --loss mse --verbose 0

loss='--loss kind=mse --loss size=mse'
refuses 'no data for input right: expected --x right=FILE' train --layers "$network" $loss --x left=left.npy --y size=size.npy
refuses 'the network has 2 inputs' train --layers "$network" $loss --x left.npy --x right.npy --y size=size.npy
refuses "did you mean 'left'" train --layers "$network" $loss --x lft=left.npy --x right=right.npy --y size=size.npy
refuses 'given twice for input left' train --layers "$network" $loss --x left=left.npy --x left=left.npy --y size=size.npy
refuses 'kind' train --layers "$network" $loss --x left=left.npy --x right=right.npy --y size=size.npy
refuses "unknown output 'knd'" train --layers "$network" $loss $data --metrics knd=mae
refuses 'expected --loss kind=NAME for each' train --layers "$network" $data
refuses "has no array 'left'" predict --model m.keras --x p.npz
refuses 'ends in .npz' predict --model m.keras --x left=left.npy --x right=right.npy --out p.npy
refuses 'expected a value after the name' predict --model m.keras --x left= --x right=right.npy
refuses 'for one input and one output' train --layers "$network" $loss --data mnist
refuses '--folds' train --layers "$network" $loss $data --folds 3
echo "several inputs and outputs by their names: well"
