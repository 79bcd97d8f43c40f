#!/bin/sh
# cornu ensemble: networks that are trained here answer together; what it counts is what their predictions say.
set -eu
folder=$(mktemp -d "$PWD/ensemble-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "FAILED: $*"; exit 1; }
cornu() { "$CORNU_PROGRAM" "$@"; }
says() { # MESSAGE COMMAND…: it fails with that message
    message=$1
    shift
    if cornu "$@" >out 2>err; then fail "it was taken: $*"; fi
    grep -qF -e "$message" err || { cat err; fail "no '$message' for: $*"; }
}

printf 'a,b,class\n' >all.csv
i=0
while [ $i -lt 90 ]; do
    printf '%d,%d,%d\n' $((i * 7 % 23)) $((i * 5 % 17)) $((i * i * 3 % 13 % 3)) >>all.csv
    i=$((i + 1))
done
cut -d, -f1,2 all.csv | tail -n +2 | tr ',' ' ' >x.txt
# numbers as IDX: 90 × 2 bytes, 90 labels
{ printf '\000\000\010\002\000\000\000\132\000\000\000\002'; for v in $(cat x.txt); do printf "\\$(printf %03o "$v")"; done; } >x.idx
{ printf '\000\000\010\001\000\000\000\132'; for v in $(tail -n +2 all.csv | cut -d, -f3); do printf "\\$(printf %03o "$v")"; done; } >y.idx

for seed in 1 2 3; do
    cornu train --layers 'input 2; dense 9 relu; dense 3 softmax' --x x.idx --y y.idx --optimizer 'adam(0.02)' --epochs 8 \
        --seed $seed --verbose 0 --save net$seed.keras >/dev/null
done
cornu ensemble net1.keras net2.keras net3.keras --x x.idx --y y.idx --out mean.npy >out
[ "$(wc -l <out)" = 4 ] || { cat out; fail "four lines were expected"; }
for seed in 1 2 3; do
    wanted=$(cornu evaluate net$seed.keras --x x.idx --y y.idx --metrics accuracy | sed 's/.*accuracy: \([0-9.]*\).*/\1/')
    got=$(sed -n "s/^net$seed.keras: .* accuracy //p" out)
    [ "$(printf '%.4f' "$wanted")" = "$got" ] || { cat out; fail "net$seed.keras: accuracy $got instead of $wanted"; }
done
grep -q '^mean of 3 networks: [0-9]* mistakes of 90, accuracy 0\.' out || { cat out; fail "no line of the mean"; }
cornu data info mean.npy | grep -q '90, 3' || fail "the mean has no row of three probabilities for each sample"

# one network and itself are no other than it alone, by either way
alone=$(sed -n 's/^net1.keras: //p' out)
for by in mean vote; do
    cornu ensemble net1.keras net1.keras --x x.idx --y y.idx --by $by >out
    [ "$(sed -n "s/^$by of 2 networks: //p" out)" = "$alone" ] || { cat out; fail "$by of one network and itself"; }
done

says "--by" ensemble net1.keras net2.keras --x x.idx --y y.idx --by mode
says "too few words" ensemble net1.keras --x x.idx --y y.idx
says "none.keras" ensemble net1.keras none.keras --x x.idx --y y.idx
cornu train --layers 'input 2; dense 4 softmax' --x x.idx --y y.idx --epochs 1 --verbose 0 --save four.keras >/dev/null
says "answers with 4 classes" ensemble net1.keras four.keras --x x.idx --y y.idx

# of a data set by name the test part, and with --no-test the training part
images() { # COUNT KIND: so many pictures, all black, and their labels
    { printf "\\000\\000\\010\\003\\000\\000\\000\\$(printf %03o "$1")\\000\\000\\000\\034\\000\\000\\000\\034"; head -c $((784 * $1)) /dev/zero; } >"data/mnist/$2-images-idx3-ubyte"
    { printf "\\000\\000\\010\\001\\000\\000\\000\\$(printf %03o "$1")"; head -c "$1" /dev/zero; } >"data/mnist/$2-labels-idx1-ubyte"
}
mkdir -p data/mnist
images 5 train
images 3 t10k
cornu train --layers 'flatten; dense 10 softmax' --data mnist --data-dir data --verbose 0 --save black.keras >/dev/null
cornu ensemble black.keras black.keras --data mnist --data-dir data | grep -q 'mistakes of 3,' || fail "not of the test part"
cornu ensemble black.keras black.keras --data mnist --data-dir data --no-test | grep -q 'mistakes of 5,' || fail "not of the training part"
cornu ensemble --help | tr -s ' \n' ' ' | grep -q 'use the training part of the data set, not its test part' || fail "the help of --no-test"
echo "all good"
