# Names of layers and models come from strangers' files. Here they hold code, markup and a terminal's commands, and every
# file and text that is made of them holds only names.
set -eu
cc=${CC:-cc}
folder=$(mktemp -d "$PWD/names-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "FAILED: $*"; exit 1; }
escape=$(printf '\033')

# name JSON-TEXT: a model of two layers, the first and the model itself of that name, in net.json and net.npz.
name() {
    printf '{"class_name": "Sequential", "config": {"name": "%s", "layers": [' "$1" >net.json
    printf '{"class_name": "InputLayer", "config": {"batch_shape": [null, 3], "name": "in"}},' >>net.json
    printf '{"class_name": "Dense", "config": {"units": 2, "activation": "relu", "name": "%s"}},' "$1" >>net.json
    printf '{"class_name": "Dense", "config": {"units": 1, "name": "last"}}]}}' >>net.json
    "$CORNU_PROGRAM" convert net.json net.npz --weights-only >/dev/null || fail "convert: $1"
}
export_c() {
    "$CORNU_PROGRAM" export --model net.json --weights net.npz --c net.c
}

for hostile in '*/ int injected = 1; /*' '*\\/ int injected = 1; /*' '*??/\n/ int injected = 1; /*' \
    '\u202e*/ int injected = 1; /*' '\u001b[31m' '</script><script>injected</script>' '\n#define injected 1\n'; do
    name "$hostile"
    "$CORNU_PROGRAM" summary net.json >text 2>&1 || fail "summary: $hostile"
    "$CORNU_PROGRAM" summary net.json --plan >>text 2>&1 || fail "plan: $hostile"
    "$CORNU_PROGRAM" predict --model net.json --x nothing.npy >>text 2>&1 && fail "predicts from no file"
    ! grep -q "$escape" text || fail "a command for the terminal: $hostile"

    export_c || fail "export: $hostile"
    if command -v "$cc" >/dev/null; then
        # Preprocessed, the comments are gone: what is left of a name is code.
        "$cc" -std=c99 -E net.c >code.i || fail "preprocess: $hostile"
        ! grep -q injected code.i || fail "a layer's name is code in C: $hostile"
        "$cc" -std=c99 -pedantic -Wall -Wextra -Werror -c net.c || fail "compile: $hostile"
    fi
    "$CORNU_PROGRAM" export --model net.json --weights net.npz --html page.html || fail "page: $hostile"
    ! grep -q '<script>injected' page.html || fail "a layer's name is a script: $hostile"
done

# What the exporters cannot carry is refused by name, and no file is left.
name ''
for file in net.h5 net.onnx; do
    ! "$CORNU_PROGRAM" convert net.json "$file" --weights net.npz 2>message || fail "an empty name in $file"
    grep -q "layer ''" message || fail "the message names no layer: $(cat message)"
    [ ! -e "$file" ] || fail "$file is left"
done
"$CORNU_PROGRAM" convert net.json net.keras --weights net.npz >/dev/null || fail "an empty name in .keras"
"$CORNU_PROGRAM" summary net.keras >/dev/null || fail "reads no empty name"
name .
! "$CORNU_PROGRAM" convert net.json net.h5 --weights net.npz 2>message || fail "a name of . in .h5"
grep -q "layer '.'" message || fail "the message names no layer: $(cat message)"
name a/b
"$CORNU_PROGRAM" convert net.json net.h5 --weights net.npz >/dev/null || fail "a/b in .h5"
"$CORNU_PROGRAM" summary net.h5 | grep -q 'a/b (Dense)' || fail "a/b does not come back from .h5"

# The C file's own name goes into it too.
if "$CORNU_PROGRAM" export --model net.json --weights net.npz --c 'a"b.c' 2>message; then fail "a quote in a name"; fi
grep -q 'cannot be included' message || fail "$(cat message)"
"$CORNU_PROGRAM" export --model net.json --weights net.npz --c '4 u?.c' >/dev/null || fail "a blank in a name"
! command -v "$cc" >/dev/null || "$cc" -std=c99 -c '4 u?.c' -o u.o || fail "compile a name with a blank"
