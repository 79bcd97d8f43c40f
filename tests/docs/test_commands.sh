# The commands of the documents, word for word, with small files of the names that they speak of (make_files.py). Programs that are
# not Cornu's (curl, jq, tensorboard, pip) are stood in for.
set -eu
command -v python3 >/dev/null || { echo "no python3 to make the files"; exit 77; }
root=$(cd "$CORNU_TESTS_DIR/.." && pwd -P)
folder=$(mktemp -d "$PWD/docs-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "FAILED: $*"; exit 1; }
mkdir bin
ln -s "$CORNU_PROGRAM" bin/cornu
for program in tensorboard pip; do printf '#!/bin/sh\n' >bin/$program; done
printf '#!/bin/sh\ncat new.csv\n' >bin/curl
printf '#!/bin/sh\ngrep -q prediction\n' >bin/jq
printf '#!/bin/sh\nshift 2\nexec "$@"\n' >bin/mpirun # one process: tests/mpi/test.sh has more
chmod +x bin/*
PATH=$folder/bin:$PATH XDG_CACHE_HOME=$folder/cache
export PATH XDG_CACHE_HOME
unset CORNU_DATA

# blocks LANGUAGE FILE FOLDER: each block of code as a file 1.LANGUAGE, 2.LANGUAGE, …
blocks() {
    awk -v begin="^ *\`\`\`$1\$" -v language="$1" -v folder="$3" '
        $0 ~ begin { on = 1; file = folder "/" ++n "." language; printf "" >file; next }
        /^ *```/ { on = 0 }
        on { print >file }' "$2"
}

# files DOCUMENT: the files that its commands read, made anew
files() {
    rm -rf work
    mkdir work
    python3 "$CORNU_TESTS_DIR/docs/make_files.py" work
    cd work
    printf '#!/bin/sh\n' >run
    chmod +x run
    # models of the names that the documents use
    cornu train --data mnist --layers "input 784; dense 16 relu; dense 10 softmax" --verbose 0 --save digits.keras
    cornu convert digits.keras old.h5 >/dev/null
    cornu convert digits.keras model.onnx >/dev/null
    cornu train --data houses.csv --target price --missing median --scale standard --layers "dense 8 relu; dense 1" --loss mse \
        --verbose 0 --save houses.keras 2>/dev/null
    python3 -c '
import zipfile, sys
with zipfile.ZipFile("digits.npz", "w") as z: z.write("images.npy", "x_test.npy")
with zipfile.ZipFile("images.npz", "w") as z: z.write("images.npy")'
    cp digits.keras m.keras
    case $1 in export-c.md) awk '/^```c$/ { on = 1; next } on && /^```$/ { exit } on' "$root/docs/$1" >main.c ;; esac # the first program
    case $1 in sweeps.md | cluster.md) # the document of sweeps.md, with fewer trials
        { printf -- '---\ntitle: A study\nlanguage: en\n---\n\n'
            awk '/^````markdown$/ { on = 1; next } /^````$/ { on = 0 } on' "$root/docs/sweeps.md" | sed 's/trials=100/trials=24/'; } >study.md
        cp "$root/labs/penguins.csv" . ;;
    esac
    case $1 in lab.md)
        cornu lab new my-lab.md --lang en >/dev/null
        cornu lab run my-lab.md --samples 200 --epochs-limit 1 --format ipynb --out lab --quiet
        cp lab/lab.ipynb . 2>/dev/null || cp "$(find lab -name '*.ipynb' | head -n 1)" lab.ipynb
        only=$(sed -n 's/^model \([a-z_0-9]*\).*/\1/p' my-lab.md | head -n 2 | paste -sd,)
        rm my-lab.md ;;
    esac
    cd ..
}

count=0
for path in "$root"/README.md "$root"/docs/*.md; do
    grep -q '^ *```sh$' "$path" || continue
    document=$(basename "$path" .md)
    files "$document.md"
    rm -rf code
    mkdir code
    blocks sh "$path" "$folder/code"
    for block in $(ls code | sort -n); do
        # lab watch and serve end when they are told to, grade wants a class (tests/lab); of the lab's own document the models have other names; README compiles in tests/install/check.sh; a training of the MNIST lab is long
        sed -e '/^\.\/digits /d; /^cc digits.c/d; /^cornu lab \(watch\|serve\|grade\) /d' -e "s/--only a,b/--only ${only:-a}/" "code/$block" >"code/run-$block"
        # shards are of studies whose trials do not look at each other
        ! grep -q -e --shard "code/$block" || sed -i.before 's/ sampler=tpe pruner=hyperband//' work/study.md
        (cd work && sh -eu "../code/run-$block") >log 2>&1 </dev/null || { cat log; echo; cat "code/$block"; fail "a command of $document.md"; }
        count=$((count + $(grep -c '^cornu\|| cornu' "code/$block" || true)))
    done
done
[ "$count" -ge 40 ] || fail "only $count commands were found"
echo "$count commands"
