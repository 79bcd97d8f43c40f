/* Every command on small inputs, one for each way through it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torture.h"

#define DATA "--x x.npy --y y.npy --seed 3 --verbose 0 --threads 2 "
#define LOSS "--loss sparse_categorical_crossentropy "
#define NET "--layers 'dense 4 relu; dropout 0.2; dense 64 softmax' "
#define PICTURES "--data pets --image-size 6 --seed 3 --verbose 0 --threads 2 "
#define AUGMENTED                                                                                                      \
    "--layers 'random_flip horizontal; random_rotation 0.1; random_zoom 0.2; random_brightness 0.1; random_crop 5 5; " \
    "random_erasing; rescaling 0.004; conv2d 2 3; global_average_pooling2d; dense 2 softmax' "
#define LAB "--no-times --jobs 1 --quiet"

const command commands[] = {
    {"train", "train " DATA LOSS NET "--epochs 2 --save out.keras --save-weights w.npz", "out.keras w.npz"},
    {"train h5", "train " DATA LOSS NET "--epochs 2 --save out.h5 --save-weights out.weights.h5",
     "out.h5 out.weights.h5"},
    {"train table",
     "train --data t.csv --target c --seed 3 --verbose 0 --layers 'dense 3 softmax' --epochs 1 --save out.keras",
     "out.keras"},
    {"train pictures", "train " PICTURES LOSS AUGMENTED "--epochs 2 --save out.keras", "out.keras"},
    {"callbacks",
     "train " DATA LOSS NET
     "--epochs 2 --callbacks 'csv_logger(log.csv), model_checkpoint(best.npz, monitor=loss), "
     "tensorboard(board, histogram_freq=1, write_images=true), backup_and_restore(states, save_freq=2)' "
     "--save-weights w.npz",
     "w.npz best.npz", .grows = true},
    {"checkpoint",
     "train " DATA LOSS NET "--epochs 2 --checkpoint states --every 0.001s --save-weights w.npz", "w.npz"},
    {"threads",
     "train --x x.npy --y y.npy --seed 3 --verbose 0 --threads 4 " LOSS
     "--layers 'dense 1500 relu; dense 1500 relu; dense 64 softmax' --batch-size 64 --save-weights w.npz",
     "w.npz"},
    {"resume", "train " DATA "--resume m.keras --epochs 1 --save out.keras", "out.keras"},
    {"evaluate", "evaluate --model m.keras --x x.npy --y y.npy " LOSS "--metrics accuracy --json=e.json",
     "e.json"},
    {"predict", "predict --model m.keras --x x.npy --out p.npy", "p.npy"},
    {"predict table", "predict --model t.keras --data t.csv --out p.csv", "p.csv"},
    {"ensemble", "ensemble m.keras m.h5 --x x.npy --y y.npy --out p.npy", "p.npy"},
    {"summary", "summary m.keras --keras-json s.json", "s.json"},
    {"convert", "convert m.keras out.h5", "out.h5"},
    {"convert npz", "convert m.keras out.npz", "out.npz"},
    {"convert h5", "convert m.h5 out.keras", "out.keras"},
    {"convert nested", "convert nested.keras out.keras", "out.keras"},
    {"to tfjs", "convert m.keras out.tfjs.json --no-compile", "out.tfjs.json out.tfjs.bin"},
    {"from tfjs", "convert m.tfjs.json out.npz", "out.npz"},
    {"from onnx", "convert m.onnx out.npz", "out.npz"},
    {"export c", "export --model m.keras --c net.c", "net.c net.h", .grows = true},
    {"export onnx", "export --model m.keras --onnx net.onnx", "net.onnx"},
    {"export html", "export --model m.keras --html net.html", "net.html"},
    {"data", "data info t.csv", ""},
    {"data pictures", "data info pets --json=d.json", "d.json"},
    {"doctor", "doctor", ""},
    {"sweep", "sweep study.md --store new.db --jobs 2 --quiet", "list.json", .grows = true,
     .proof = "runs list --store new.db --limit 0 --json=list.json"},
    {"sweep again", "sweep study.md --store half.db --jobs 2 --quiet", "list.json", .grows = true,
     .proof = "runs list --store half.db --limit 0 --json=list.json"},
    {"runs", "runs --store runs.db --json=list.json", "list.json"},
    {"runs show", "runs show 1 --store runs.db --json=list.json", "list.json"},
    {"runs model", "runs show 0 --store runs.db --model out.keras", "out.keras"},
    {"runs page", "runs page --store runs.db --out net.html", "net.html"},
    {"runs csv", "runs export --store runs.db --csv --out r.csv", "r.csv"},
    {"runs mlflow", "runs export --store runs.db --mlflow mlflow", ""},
    {"runs merge", "runs merge runs.db --store all.db", "list.json", .grows = true,
     .proof = "runs list --store all.db --json=list.json"},
    {"runs import", "runs import log.csv --store all.db", "list.json", .grows = true,
     .proof = "runs list --store all.db --json=list.json", .adds = true},
    {"lab check", "lab check lab.md", ""},
    {"lab", "lab run lab.md --out out --cache c.sqlite " LAB,
     "out/index.html out/results.json out/results.csv out/lab.ipynb out/models/a.keras", .grows = true},
    {"lab again", "lab run done.md --out done --cache done.sqlite " LAB,
     "done/index.html done/results.json done/models/a.keras", .grows = true},
    {"lab sweep", "lab run study.md --out out --cache c.sqlite --format ipynb " LAB,
     "out/results.json out/lab.ipynb", .grows = true},
    {"lab pictures", "lab run pets.md --out out --cache c.sqlite --format html " LAB,
     "out/results.json out/index.html", .grows = true},
    {"lab grade", "lab grade lab.md done.md --against solution.md --out grades --cache c.sqlite --quiet",
     "grades/grades.csv", .grows = true},
    {"lab watch", "lab watch lab.md --out out --cache c.sqlite --format html", "", .grows = true,
     .stops = "  lab.md "},
    {"lab serve", "lab serve lab.md --out out --cache c.sqlite --format html", "", .grows = true,
     .stops = "  lab.md "},
};
const size_t command_count = sizeof commands / sizeof *commands;

/* ---- inputs ------------------------------------------------------------------------------------------------ */

#define NET_OF_LAB                                                                                           \
    "dataset x=x.npy y=y.npy test_split=0.2\nmodel a\n  dense 4 relu\n  dense 64 softmax\n"                  \
    "compile a loss=sparse_categorical_crossentropy metrics=accuracy\n"
#define HEAD "---\nlanguage: en\n---\n# A lab\n\n"

static const struct {
    const char *name, *text;
} texts[] = {
    {"lab.md", HEAD "```cornu\n" NET_OF_LAB
                    "fit a epochs=2\nplot history a\nevaluate a\n```\n\nIt came to {{a.loss.last:.4f}}.\n"},
    {"done.md", HEAD "```cornu\n" NET_OF_LAB
                     "fit a epochs=2\nplot history a\nevaluate a\n```\n\nIt came to {{a.loss.last:.4f}}.\n"},
    {"study.md", HEAD
     "```cornu\n" NET_OF_LAB
     "sweep a over units=[2..8 log] learning_rate=[1e-4..1e-1 log] trials=4 epochs=1 validation_split=0.2 keep=2 "
     "objective=[val_accuracy, min(parameters)]\nevaluate a\n```\n"},
    {"pets.md", HEAD
     "```cornu\ndataset pets image_size=6 test_split=0.25\ndataset show 0\ndataset grid rows=1 columns=2\nmodel a\n"
     "  random_flip horizontal\n  rescaling 0.004\n  flatten\n  dense 2 softmax\n"
     "compile a loss=sparse_categorical_crossentropy metrics=accuracy\nfit a epochs=1\nmisclassified a\n```\n"},
    {"solution.md", "# Rules\n\n```grade\n1 1 a.epochs == 2\n2 2 a.loss.last > 0\n```\n"},
    {"t.csv", "a,b,c\n1,2,x\n3,4,y\n5,1,z\n2,2,x\n4,4,y\n6,1,z\n1,3,x\n3,5,y\n"},
    {"log.csv", "epoch,loss,val_loss\n0,1.5,1.25\n1,0.75,0.5\n"},
    {"old", "old\n"},
};

static FILE *create(const char *name)
{
    char path[PLACE];
    snprintf(path, sizeof path, "%s/%s", base, name);
    FILE *file = fopen(path, "wb");
    if (!file) exit(2);
    return file;
}

static void put_npy(const char *name, const char *shape, size_t count)
{
    char head[119];
    FILE *file = create(name);
    snprintf(head, sizeof head, "{'descr': '|u1', 'fortran_order': False, 'shape': (%s), }", shape);
    fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, file);
    fprintf(file, "%-117s\n", head);
    for (size_t i = 0; i < count; i++) fputc((int)(49 + (i * 7 + i / 3) % 2), file);
    fclose(file);
}

void shell(const char *format, ...)
{
    char text[9000];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (system(text) != 0) {
        fprintf(stderr, "torture: failed: %s\n", text);
        exit(2);
    }
}

void make_base(void)
{
    static const char outputs[] =
        "out.keras w.npz e.json p.npy p.csv s.json out.h5 out.npz out.tfjs.json net.c net.h net.onnx "
        "net.html d.json r.csv list.json";
    snprintf(base, sizeof base, "%s/base", scratch);
    shell("rm -rf '%s' && mkdir -p '%s'", scratch, base);
    put_npy("x.npy", "64, 3", 192);
    put_npy("y.npy", "64,", 64);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        FILE *file = create(texts[i].name);
        if (fputs(texts[i].text, file) < 0 || fclose(file) != 0) exit(2);
    }
    shell(
        "cd '%s' && for class in cat dog; do mkdir -p pets/$class; for i in 1 2 3 4; do "
        "cp '%s/data/files/'$([ $class = cat ] && echo small || echo grey).jpg pets/$class/$i.jpg; done; done && "
        "cp '%s/formats/files/keras3_nested.keras' nested.keras",
        base, files, files);
    shell(
        "cd '%s' && export HOME=. XDG_CACHE_HOME=. CORNU_OFFLINE=1 SOURCE_DATE_EPOCH=1 && cornu() { '%s' \"$@\" >/dev/null; } && "
        "cornu train " DATA LOSS NET "--epochs 1 --save m.keras && cornu convert m.keras m.h5 && "
        "cornu convert m.keras m.tfjs.json && cornu convert m.keras m.onnx && "
        "cornu train --data t.csv --target c --verbose 0 --layers 'dense 3 softmax' --epochs 1 --save t.keras && "
        "cornu lab run done.md --out done --cache done.sqlite " LAB " && "
        "cornu sweep study.md --store runs.db --jobs 1 --quiet && cornu sweep study.md --store half.db --shard 1/2 --quiet && "
        "cornu runs import log.csv --store all.db && for f in %s; do cp old $f; done",
        base, program, outputs);
}
