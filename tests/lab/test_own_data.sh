# A lab on data of one's own: what is easily meant otherwise than it was written is answered, and classes have the names
# that the data gives them.
set -eu
[ -x "${CORNU_PROGRAM:-}" ] || { echo "no program: skipped"; exit 77; }
scratch=$(mktemp -d "$PWD/own-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

fails() { echo "$1"; cat said; exit 1; }
# lab NAME: reads its statements from standard input
lab() { { printf -- '---\ntitle: t\nlanguage: en\nseed: 4\n---\n\n```cornu\n'; cat; } >"$1.md"; }
# text NAME TEXT: closes the block, prose follows
text() { printf '```\n\n%s\n' "$2" >>"$1.md"; }
checks() { "$CORNU_PROGRAM" lab check "$1.md" >said 2>&1 || fails "$1 has a mistake:"; }
# says NAME TEXT: checking the lab fails with a message that holds TEXT
says() {
    if "$CORNU_PROGRAM" lab check "$1.md" >said 2>&1; then fails "no mistake was found; expected: $2"; fi
    grep -qF "$2" said || fails "'$2' is not in:"
}
runs() { "$CORNU_PROGRAM" lab run "$1.md" --no-cache --format html --out "$1" >said 2>&1 || fails "$1 fails:"; }
has() { grep -qF -- "$1" "$2" || { cp "$2" said; fails "'$1' is not in $2:"; }; }

# the default batch is no larger than the data
printf 'a,b,xor\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n0,0,0\n1,0,1\n0,1,1\n1,1,0\n' >xor.csv
lab small <<'END'
dataset xor.csv target=xor test_split=0.25
model m
  dense 8 tanh
  dense 1 sigmoid
compile m loss=binary_crossentropy metrics=accuracy
fit m epochs=2
END
text small ''
checks small
sed 's/epochs=2/epochs=3 verbose=0/' small.md >silent.md
runs silent
if grep -q Epoch said; then fails "verbose=0 shows epochs:"; fi
runs small
grep -q "Epoch 2/2" said || fails "epochs are not shown:"
sed 's/epochs=2/batch_size=7/' small.md >large.md # as Keras: one batch of all samples
runs large

# networks that can learn nothing
for layer in 'dense 1 softmax' 'dense 1'; do
    sed "s/dense 1 sigmoid/$layer/; s/binary_cross/categorical_cross/" small.md >one.md
    says one "over one unit is always"
done

# three classes: their names are those of the file, whatever their numbers
awk -v OFS=, 'BEGIN { print "a,b,stars"; for (i = 0; i < 120; i++) print i % 3 * 10 + i % 7, i % 3 * 5 - i % 5, 3 + i % 3 }' >stars.csv
lab names <<'END'
dataset stars.csv target=stars task=classification test_split=0.25
dataset normalise
model m
  dense 3 softmax
model w like=m
compile m, w optimizer=adam(learning_rate=0.1) loss=sparse_categorical_crossentropy metrics=accuracy
fit m epochs=5
fit w epochs=5 class_weight={4: 50}
report m, w
END
cp names.md open.md
text names 'F1 {{m.f1.class("4"):.2f}} {{m.f1.class(4):.2f}}, more {{w.recall.class(4) >= m.recall.class(4) ? "yes" : "no"}}.'
runs names
grep -qE 'F1 ([01]\.[0-9]+) \1, more yes' names/index.html || fails "the class called 4:"
cp open.md wrong.md
text wrong '{{m.f1.class(2)}}'
says wrong "unknown class '2'. Known: 3, 4, 5"
sed 's/class_weight={4: 50}/class_weight={0: 1}/' names.md >weights.md
says weights "fit: class_weight: unknown class '0'. Known: 3, 4, 5"
sed 's/class_weight={4: 50}/class_weight=balancd/' names.md >weights.md
says weights "expected balanced, or a map of classes: {3: 1, 4: 5}"
sed 's/class_weight={4: 50}/class_weight=balanced/' names.md >weights.md
runs weights
sed 's/dense 3 softmax/dense 1 sigmoid/; s/sparse_categorical/binary/' names.md >three.md
says three "binary_crossentropy expects 0 and 1. More than two classes take softmax"

# sorted by class: a validation part has more classes than one
awk -v OFS=, 'BEGIN { print "a,kind"; for (i = 0; i < 150; i++) print i, i < 50 ? "ash" : i < 100 ? "beech" : "cedar" }' >sorted.csv
lab sorted <<'END'
dataset sorted.csv target=kind test_split=0.2
model m
  dense 3 softmax
compile m optimizer=sgd(learning_rate=1e-9) loss=sparse_categorical_crossentropy metrics=accuracy
fit m validation_split=0.2
END
text sorted 'part {{m.val_accuracy.last}}'
runs sorted
if grep -qE 'part (0|1)(\.0000)?<' sorted/index.html; then fails "the validation part has one class:"; fi

# columns that are chosen, left out, taken as words; several targets; a test file; an order that is kept
awk -v OFS=, 'BEGIN { print "id,floor,y1,y2,when"; for (i = 1; i <= 40; i++) print i, 1 + i % 3, i * 1.5, i % 2, "2024-01-" 10 + i % 20 }' >floors.csv
# info ARGUMENTS: what the lab says of the table
info() {
    printf 'dataset floors.csv %s\ndataset info\n' "$1" | lab table
    text table ''
    runs table
}
info 'target=[y1, y2] ignore=[id, when]'
has "To predict: y1, y2" said
grep -qE '^floor  ' said && grep -qE '^y2  ' said || fails "two targets:"
info 'target=y1 ignore=[id, when] category=[floor]'
has "floor=3" said
info 'target=y2 task=classification stratify=true test_split=0.25'
head -4 floors.csv >rest.csv
info 'target=y1 columns=[floor] test=rest.csv'
grep -qE '^Training +40 ' said && grep -qE '^Test +3 ' said || fails "a test file:"
info 'target=y1 columns=[id] time=when test_split=0.25'
grep -qE '^Test +10 ' said || fails "time:"
info 'target=y1 columns=[id] group=floor test_split=0.3'
grep -qE '^Test +1[34] ' said || fails "groups:"
printf 'dataset floors.csv target=y1 drop=[id]\n' | lab table
text table ''
says table "unknown argument 'drop'; expected ignore=[…]"
printf 'dataset floors.csv target=y1 stratify=true\n' | lab table
text table ''
says table "task=classification makes them classes"

# tables by what they hold, with names of their own
printf '1.5 2 a\n2.5 3 b\n3.5 4 a\n4.5 5 b\n5.5 6 a\n' >t.data
printf 'dataset t.data target=kind names=[x, y, kind]\ndataset info\n' | lab data
text data ''
runs data
has "Classes: 2 (a, b)" said

# a label that no double holds
printf 'a,label\n1,1234567890123401\n2,1234567890123402\n3,12345678901234017\n4,12345678901234018\n5,1234567890123401\n' >big.csv
printf 'dataset big.csv target=label task=classification test_split=0.4\ndataset info\n' | lab big
text big ''
runs big
has "Classes: 4 (1234567890123401, 1234567890123402, 12345678901234017, 12345678901234018)" said

# more targets than one are shown, all of them
python3 - <<'END' || exit 77
import struct
def npy(name, rows, columns, value):
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (rows, columns)
    data = b"".join(struct.pack("<f", value(i, j)) for i in range(rows) for j in range(columns))
    open(name, "wb").write(b"\x93NUMPY\x01\x00\x76\x00" + head.ljust(117).encode() + b"\n" + data)
npy("x.npy", 20, 2, lambda i, j: i + j)
npy("y.npy", 20, 2, lambda i, j: 1000 * j + i)
npy("eight.npy", 20, 8, lambda i, j: j + 0.25)
head = "{'descr': '<f4', 'fortran_order': False, 'shape': (20, 6, 6), }"
open("dim36.npy", "wb").write(b"\x93NUMPY\x01\x00\x76\x00" + head.ljust(117).encode() + b"\n" +
                              b"".join(struct.pack("<f", i % 50 / 60) for i in range(720)))
END
lab several <<'END'
dataset x=x.npy y=y.npy test_split=0.2
dataset show 0
model m
  dense 2
compile m loss=mse
fit m
predict m count=2
plot prediction m
END
text several ''
runs several
grep -qE '^y +[0-9]+, 10[0-9]+' said || fails "dataset show has one target:"
grep -qE '^Sample +True 1 +Predicted 1 +True 2 +Predicted 2' said || fails "predict has one output:"
sed 's/y.npy/eight.npy/; s/dense 2/dense 8/' several.md >many.md
runs many
has "Outputs 1 to 6 of 8 are shown." said

# inputs and targets in one .npz, by their names
python3 - <<'END'
import zipfile
for name, members in (("one.npz", ("X", "y")), ("two.npz", ("x_train", "y_train", "x_test", "y_test")), ("none.npz", ("a",))):
    with zipfile.ZipFile(name, "w") as z:
        for i, m in enumerate(members): z.write("y.npy" if i % 2 else "x.npy", m + ".npy")
END
printf 'dataset one.npz test_split=0.25\ndataset info\n' | lab npz
text npz ''
runs npz
grep -qE '^Training +15 ' said || fails "x and y of one file:"
printf 'dataset two.npz\ndataset info\n' | lab npz
text npz ''
runs npz
grep -qE '^Test +20 ' said || fails "the test part of one file:"
printf 'dataset none.npz\n' | lab npz
text npz ''
says npz "none.npz has no arrays x and y, nor x_train and y_train; expected their names"
"$CORNU_PROGRAM" train --data two.npz --layers 'dense 2' --loss mse --test >said 2>&1 || fails "--data FILE.npz:"
grep -q '^test: loss: ' said || fails "its test part:"

# pictures that are 0 to 1 already are not divided again
sed 's/x.npy/dim36.npy/; s/y.npy/eight.npy/; s/^dataset show 0/dataset normalise/' several.md >dim.md
says dim "the pictures' values are"
