# The inside of a convolutional network in a lab: its drawing, kernels, activations and class maps, and mistakes that are told
# before anything is trained.
set -eu
[ -x "${CORNU_PROGRAM:-}" ] || { echo "no program: skipped"; exit 77; }
scratch=$(mktemp -d "$PWD/images-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

has() { grep -qF -e "$1" "$2" || { echo "'$1' is not in:"; cat "$2"; exit 1; }; }
# 4 x 4 pixels: white on the left, white on the right
left='\211PNG\015\012\032\012\000\000\000\015IHDR\000\000\000\004\000\000\000\004\010\000\000\000\000\214\232\301\242\000\000\000\020IDATx\332c\370\377\237\201\201\001\225\000\000W\274\007\371\325\217\370v\000\000\000\000IEND\256B\140\202'
right='\211PNG\015\012\032\012\000\000\000\015IHDR\000\000\000\004\000\000\000\004\010\000\000\000\000\214\232\301\242\000\000\000\020IDATx\332c\140\140\370\377\237\001\225\000\000G\314\007\371t\057\045\007\000\000\000\000IEND\256B\140\202'
mkdir -p labs/sides/left labs/sides/right
for i in 1 2 3 4 5 6 7 8 9 10; do
    printf "$left" >labs/sides/left/$i.png
    printf "$right" >labs/sides/right/$i.png
done

# lab STATEMENTS…: a lab with a trained network, and these
lab() {
    cat >labs/inside.md <<'END'
---
title: Inside
language: en
seed: 3
---

```cornu
dataset sides
dataset normalise
dataset reshape 4 4 1
model a
    conv2d 3 2 relu name=edges
    depthwise_conv2d 2 name=deep
    dropout 0.2
    flatten name=flat
    dense 2 softmax
plot model a
compile a loss=sparse_categorical_crossentropy optimizer=adam(learning_rate=0.05)
fit a epochs=20 verbose=0
END
    for statement in "$@"; do echo "$statement" >>labs/inside.md; done
    echo '```' >>labs/inside.md
}
# says TEXT STATEMENT: checking a lab with it fails with a message that holds TEXT
says() {
    lab "$2"
    if "$CORNU_PROGRAM" lab check labs/inside.md >said 2>&1; then echo "no mistake was found: $2"; exit 1; fi
    has "$1" said
    has 'inside.md:20' said
}
count() { grep -o "$1" "$2" | wc -l | tr -d ' '; }
# pictures FIGURE COUNT
pictures() {
    [ "$(count '<image' "out/figures/$1.svg")" = "$2" ] || { echo "$1 has other pictures than $2"; exit 1; }
}

lab 'plot kernels a' 'plot kernels a layer=deep channel=2 count=1' 'plot activations a sample=1' \
    'plot activations a layer=deep count=2' 'plot gradcam a sample=1' 'plot gradcam a layer=edges class=1'
"$CORNU_PROGRAM" lab run labs/inside.md --out out >log 2>&1 || { cat log; exit 1; }
has 'edges (Conv2D)' out/figures/network-a.svg
has '15 parameters' out/figures/network-a.svg
pictures kernels-a 3
pictures kernels-a-2 1
pictures activations-a 4
pictures activations-a-2 3
pictures gradcam-a 3
pictures gradcam-a-2 3
has 'output of layer deep for test sample 0' log
has 'speak for right (Grad-CAM, layer edges)' log
has '"type": "rect"' out/lab.ipynb

says "did you mean 'edges'" 'plot activations a layer=edgse'
says 'layer flat gives (None, 12), expected images' 'plot gradcam a layer=flat'
says 'layer flat (Flatten) has no kernels' 'plot kernels a layer=flat'
says 'sample = 99, expected 0 to 3' 'plot activations a sample=99'
says "did you mean 'layer'" 'plot kernels a layr=edges'
