# A lab and a training on a folder of images of one's own: classes by the folders' names, pictures in the report, the same test
# part for train and evaluate, and mistakes that are told with line and place.
set -eu
[ -x "${CORNU_PROGRAM:-}" ] || { echo "no program: skipped"; exit 77; }
scratch=$(mktemp -d "$PWD/images-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

fails() { echo "$1"; cat said; exit 1; }
has() { grep -qF -e "$1" "$2" || { echo "'$1' is not in:"; cat "$2"; exit 1; }; }
# says TEXT: checking the lab fails with a message that holds TEXT
says() {
    if "$CORNU_PROGRAM" lab check lab.md >said 2>&1; then fails "no mistake was found; expected: $1"; fi
    has "$1" said
}
# with LINE: a lab whose data set is given by LINE
with() { printf -- '---\ntitle: t\nlanguage: en\n---\n\n```cornu\n%s\nmodel a\n  dense 2 softmax\n```\n' "$1" >lab.md; }

# 4 x 4 pixels: white on the left, white on the right, orange over blue
left='\211PNG\015\012\032\012\000\000\000\015IHDR\000\000\000\004\000\000\000\004\010\000\000\000\000\214\232\301\242\000\000\000\020IDATx\332c\370\377\237\201\201\001\225\000\000W\274\007\371\325\217\370v\000\000\000\000IEND\256B\140\202'
right='\211PNG\015\012\032\012\000\000\000\015IHDR\000\000\000\004\000\000\000\004\010\000\000\000\000\214\232\301\242\000\000\000\020IDATx\332c\140\140\370\377\237\001\225\000\000G\314\007\371t\057\045\007\000\000\000\000IEND\256B\140\202'
colour='\211PNG\015\012\032\012\000\000\000\015IHDR\000\000\000\004\000\000\000\004\010\002\000\000\000\046\223\011\051\000\000\000\025IDATx\332c\370\337\300\000G\014\014\015\377\021\010\047\007\000f\272\027\361\332\005\140O\000\000\000\000IEND\256B\140\202'
mkdir -p labs/sides/left labs/sides/right
for i in 1 2 3 4 5 6 7 8 9 10; do
    printf "$left" >labs/sides/left/$i.png
    printf "$right" >labs/sides/right/$i.png
done

cat >labs/sides.md <<'END'
---
title: Sides
language: en
---

```cornu
dataset sides
dataset info
dataset grid rows=1 columns=1
dataset normalise
dataset flatten
dataset one_hot
model a "A layer"
  dense 2 softmax
compile a optimizer=adam(learning_rate=0.1) loss=categorical_crossentropy metrics=accuracy
fit a epochs=20 batch_size=4
evaluate a
report a
weights a
```

{{data.name}}: {{data.train}} to learn from, {{data.test}} for the test, {{data.classes}} classes, {{a.test.accuracy:.0%}}
END
"$CORNU_PROGRAM" lab run labs/sides.md --no-cache --out out >said 2>&1 || fails "the lab:"
has "(16, 4, 4) uint8, 0 – 255" said
has "sides: 16 to learn from, 4 for the test, 2 classes, 100%" out/index.html
has "Classes: 2 (left, right)" said
has "Training sample 0 with its label." said
has "1 new training, 0 already there" said
(cd / && "$CORNU_PROGRAM" lab check "$scratch/labs/sides.md" >/dev/null) || fails "not found beside the document:"

with "dataset labs/sides image_size=[5, 6] color_mode=rgb test_split=0.5"
"$CORNU_PROGRAM" lab check lab.md >said 2>&1 || fails "size and colours:"
with "dataset labs/side"
says "lab.md:7: dataset: there is no folder labs/side; did you mean 'labs/sides'?"
with "dataset labs/sides/left"
says "lab.md:7: dataset: labs/sides/left holds 10 pictures and no folder; expected a folder a class"
with "dataset labs/sides target=left"
says "target is for tables; the labels of a folder of images are the names of the folders in it"
with "dataset labs/sides test_split=0"
says "a test part of 0"
with "dataset mnist image_size=28"
says "image_size is for a folder of images"
with "dataset labs/sides image_size=[1, 2, 3]"
says "image_size has 3 numbers; expected one, or [height, width]"
with "dataset labs/sides color_mode=gray"
says "unknown color_mode 'gray'"
printf 'GIF89a' >labs/sides/left/11.png
with "dataset labs/sides"
says "labs/sides/left/11.png is no PNG or JPEG file: it is a GIF"
rm labs/sides/left/11.png

# the command line
"$CORNU_PROGRAM" train --data labs/sides --layers "dense 2 softmax" --optimizer "adam(learning_rate=0.1)" --metrics accuracy \
    --epochs 20 --batch-size 4 --seed 3 --test --save m.keras --verbose 2 >said 2>&1 || fails "train:"
grep '^test:' said | sed 's/^test: //' >test
"$CORNU_PROGRAM" evaluate --data labs/sides --model m.keras >evaluated 2>&1 || fails "evaluate:"
cmp test evaluated
has "accuracy: 1.0000" evaluated
"$CORNU_PROGRAM" predict --data labs/sides/ --model m.keras >said || fails "predict:"
[ "$(wc -l <said)" = 21 ] || fails "not a line for each image and one for the names:"
has "file,prediction,probability left,probability right" said
has "labs/sides/left/1.png,left," said
"$CORNU_PROGRAM" data info labs/sides >said
has "train x      (16, 4, 4)" said
printf "$colour" >labs/sides/left/11.png
"$CORNU_PROGRAM" data info labs/sides --image-size 3,2 >said
has "train x      (17, 3, 2, 3)" said
"$CORNU_PROGRAM" data grid labs/sides --color-mode grayscale --count 2 >said
has "left" said
if "$CORNU_PROGRAM" data grid labs/sides >said 2>&1; then fails "colours on a terminal:"; fi
has "as --color-mode grayscale makes them" said
if "$CORNU_PROGRAM" data info mnist --image-size 3 >said 2>&1; then fails "another size for mnist:"; fi
has "image-size is for a folder of images, and mnist is not one" said
rm labs/sides/left/11.png
"$CORNU_PROGRAM" export --model m.keras --c sides.c --int8 --data labs/sides >said 2>&1 || fails "export to C:"
has "the same class: 4 of 4" said
"$CORNU_PROGRAM" export --model m.keras --html sides.html --data labs/sides >said 2>&1 || fails "export to HTML:"
has '"left","right"' sides.html
if "$CORNU_PROGRAM" train --data labs/side/ --layers "dense 2" >said 2>&1; then fails "no folder:"; fi
has "there is no folder labs/side/" said
