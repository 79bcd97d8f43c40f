/* Writes the seeds of the fuzz targets: fuzz-corpus FOLDER. One small file for each way a reader's input can be written;
 * equal on every machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <zip.h>
#include <zlib.h>

#include "base/text/text.h"
#include "cornu/data.h"
#include "cornu/formats.h"
#include "cornu/train.h"
#include "data/data.h"
#include "formats/keras/keras_objects.h"
#include "formats/tensorboard/event_file.h"

static const char *folder;

static void check(cn_status status)
{
    if (status == CN_OK) return;
    fprintf(stderr, "fuzz-corpus: %s\n", cn_error());
    exit(1);
}

/* FOLDER/target/name, the folder made. */
static const char *place(const char *target, const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, target);
    check(cn__make_dirs(path));
    snprintf(path, sizeof path, "%s/%s/%s", folder, target, name);
    return path;
}

static void put(const char *target, const char *name, const void *bytes, size_t size)
{
    check(cn__file_write(place(target, name), bytes, size));
}

/* Each text as a file, numbered. */
static void put_texts(const char *target, const char *const *texts)
{
    for (int i = 0; texts[i]; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        put(target, name, texts[i], strlen(texts[i]));
    }
}

/* ---- texts --------------------------------------------------------------------------------------------- */

static const char *const values[] = {
    "adam(learning_rate=0.0005)",
    "sgd(CosineDecay(0.1, decay_steps=10, alpha=.5), momentum=0.9, nesterov=true)",
    "early_stopping(monitor='val_loss', patience=3, restore_best_weights=True)",
    "[1, -2.5e-3, (3,), none, 'a \\'quoted\\' word\\n', \"b\"]",
    "{0: 1.0, one: inf, 'two': [nan, -inf]}",
    "9223372036854775807",
    "10_000.5, f()",
    "f(a=1, m.b(2), c.4d(x=3), e.(5))",
    NULL};

static const char *const networks[] = {
    "input 784; dense 512 relu; dropout 0.3; dense 10 softmax",
    "input 4 4\nflatten # a comment\ndense 3 kernel_initializer=random_normal(0, 0.05) bias_constraint=max_norm(2)",
    "input 6; reshape 2 3; layer_normalization; flatten; batch_normalization momentum=0.9; dense 1 name=last",
    "input 3; dense 2 leaky_relu(negative_slope=0.1) kernel_regularizer=l1_l2(0.1, 0.2) trainable=false",
    "input 2; elu; leaky_relu 0.2; relu max_value=6; softmax; activation gelu",
    "input 7 name=left; dense 9 name=a; input 5 name=b\nconcatenate from=[a, b] name=c; dense 3 from=a; outputs c",
    "input 4 4 2; conv2d 3 2 name=s; input 4 4 2 name=r; call s from=r name=t; add from=[s, t]; flatten",
    "input 4 name=l; input 4 name=r; model t from=l\ninput 4; dense 3 relu\nend; call t from=r name=o; add from=[t, o]",
    NULL};

static const char *const notebooks[] = {
    "{\"cells\": [{\"cell_type\": \"markdown\", \"metadata\": {\"cornu\": {\"source\": \"# A {{a.loss.last}}\\n\"}}, "
    "\"source\": [\"# A 0.5\\n\", \"b\"]}, {\"cell_type\": \"code\", \"source\": \"%%cornu expect=error\\nfit a\"}], "
    "\"metadata\": {\"cornu\": {\"front\": \"seed: 3\\n\"}}, \"nbformat\": 4}",
    "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"dataset mnist\\n\", \"# ````\"]}], \"metadata\": {\"kernelspec\": "
    "{\"language\": \"cornu\"}}}",
    NULL};

static const char *const older_json[] = {
    "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", \"layers\": [{\"class_name\": \"InputLayer\", "
    "\"config\": {\"batch_input_shape\": [null, 4], \"dtype\": \"float32\", \"sparse\": false, \"ragged\": false}}, "
    "{\"class_name\": \"LeakyReLU\", \"config\": {\"alpha\": 0.2}}]}, \"keras_version\": \"2.15.0\"}",
    "[{\"class_name\": \"Dense\", \"config\": {\"units\": 2, \"input_shape\": [3], \"activation\": \"relu\"}}]",
    NULL};

/* A network with an input that no output comes from. */
static const char unused_input[] =
    "{\"module\": \"keras.src.models.functional\", \"class_name\": \"Functional\", \"config\": {\"name\":"
    " \"fuzz\", \"trainable\": true, \"layers\": [{\"module\": \"keras.layers\", \"class_name\": \"InputL"
    "ayer\", \"config\": {\"batch_shape\": [null, 8, 4, 2], \"dtype\": \"float32\", \"sparse\": false, \""
    "name\": \"input_layer\"}, \"registered_name\": null, \"name\": \"input_layer\", \"inbound_nodes\": ["
    "]}, {\"module\": \"keras.layers\", \"class_name\": \"InputLayer\", \"config\": {\"batch_shape\": [nu"
    "ll, 4, 4, 2], \"dtype\": \"float32\", \"sparse\": false, \"name\": \"r\"}, \"registered_name\": null"
    ", \"name\": \"r\", \"inbound_nodes\": []}, {\"module\": \"keras.layers\", \"class_name\": \"Conv2D\""
    ", \"config\": {\"name\": \"s\", \"trainable\": true, \"dtype\": {\"module\": \"keras\", \"class_name"
    "\": \"DTypePolicy\", \"config\": {\"name\": \"float32\"}, \"registered_name\": null}, \"filters\": 3"
    ", \"kernel_size\": [2, 2], \"strides\": [1, 1], \"padding\": \"valid\", \"data_format\": \"channels_"
    "last\", \"dilation_rate\": [1, 1], \"groups\": 1, \"activation\": \"linear\", \"use_bias\": true, \""
    "kernel_initializer\": {\"module\": \"keras.initializers\", \"class_name\": \"GlorotUniform\", \"conf"
    "ig\": {\"seed\": null}, \"registered_name\": null}, \"bias_initializer\": {\"module\": \"keras.initi"
    "alizers\", \"class_name\": \"Zeros\", \"config\": {}, \"registered_name\": null}, \"kernel_regulariz"
    "er\": null, \"bias_regularizer\": null, \"activity_regularizer\": null, \"kernel_constraint\": null,"
    " \"bias_constraint\": null}, \"registered_name\": null, \"name\": \"s\", \"inbound_nodes\": [{\"args"
    "\": [{\"class_name\": \"__keras_tensor__\", \"config\": {\"shape\": [null, 4, 4, 2], \"dtype\": \"fl"
    "oat32\", \"keras_history\": [\"input_layer\", 0, 0]}}], \"kwargs\": {}}, {\"args\": [{\"class_name\""
    ": \"__keras_tensor__\", \"config\": {\"shape\": [null, 4, 4, 2], \"dtype\": \"float32\", \"keras_his"
    "tory\": [\"r\", 0, 0]}}], \"kwargs\": {}}]}, {\"module\": \"keras.layers\", \"class_name\": \"Add\","
    " \"config\": {\"name\": \"add\", \"trainable\": true, \"dtype\": {\"module\": \"keras\", \"class_nam"
    "e\": \"DTypePolicy\", \"config\": {\"name\": \"float32\"}, \"registered_name\": null}}, \"registered"
    "_name\": null, \"name\": \"add\", \"inbound_nodes\": [{\"args\": [[{\"class_name\": \"__keras_tensor"
    "__\", \"config\": {\"shape\": [null, 3, 3, 3], \"dtype\": \"float32\", \"keras_history\": [\"s\", 0,"
    " 0]}}, {\"class_name\": \"__keras_tensor__\", \"config\": {\"shape\": [null, 3, 3, 3], \"dtype\": \""
    "float32\", \"keras_history\": [\"s\", 0, 0]}}]], \"kwargs\": {}}]}, {\"module\": \"keras.layers\", "
    "\"class_name\": \"Flatten\", \"config\": {\"name\": \"flatten\", \"trainable\": true, \"dtype\": {\""
    "module\": \"keras\", \"class_name\": \"DTypePolicy\", \"config\": {\"name\": \"float32\"}, \"registe"
    "red_name\": null}, \"data_format\": \"channels_last\"}, \"registered_name\": null, \"name\": \"flatt"
    "en\", \"inbound_nodes\": [{\"args\": [{\"class_name\": \"__ker__\", \"config\": {\"shape\": [null, 3"
    ", 3, 3], \"dtype\": \"float32\", \"keras_history\": [\"add\", 0, 0]}}], \"kwargs\": {}}]}], \"input_"
    "layers\": [[\"input_layer\", 0, 0], [\"r\", 0, 0]], \"output_layers\": [[\"flatten\", 0, 0]]}, \"reg"
    "istered_name\": \"Functional\"}";

static const char *const older_compile[] = {
    "{\"loss\": \"mse\", \"metrics\": [[{\"class_name\": \"MeanMetricWrapper\", \"config\": {\"name\": \"accuracy\", "
    "\"dtype\": \"float32\", \"fn\": \"categorical_accuracy\"}}]], \"weighted_metrics\": null, \"loss_weights\": null, "
    "\"optimizer_config\": {\"class_name\": \"Custom>Adam\", \"config\": {\"learning_rate\": 0.001, \"decay\": 0.0, "
    "\"jit_compile\": true, \"is_legacy_optimizer\": false}}}",
    NULL};

/* Documents of labs: what statements there are, what {{…}} can say, and mistakes. */
static const char *const documents[] = {
    "---\n"
    "title: A lab\n"
    "language: es\n"
    "seed: 7\n"
    "summary: a, b\n"
    "---\n"
    "\n"
    "# Data\n"
    "\n"
    "```cornu\n"
    "dataset mnist\n"
    "dataset info\n"
    "dataset show 0 matrix=false\n"
    "dataset grid rows=1 columns=2 first=3 title=\"Label: {label}\"\n"
    "dataset histogram caption='How many'\n"
    "dataset normalise\n"
    "dataset flatten\n"
    "dataset one_hot\n"
    "```\n"
    "\n"
    "```cornu\n"
    "model a \"Four units\" # comment\n"
    "  dense 4 relu\n"
    "  dropout 0.3\n"
    "  dense 4 softmax\n"
    "model b like=a\n"
    "summary a, b\n"
    "compile a, b optimizer=adam(learning_rate=0.0005) loss=categorical_crossentropy metrics=[accuracy, auc]\n"
    "plan a batch_size=8\n"
    "fit a, b epochs=2 batch_size=8 validation_split=0.25 callbacks=[early_stopping(monitor=val_loss, patience=3), stop_below(value=0.2)]\n"
    "fit a epochs=3 initial_epoch=1 class_weight={0: 2} validation_data=test shuffle=false\n"
    "plot history a, b limit=0.2\n"
    "plot difference a accuracy_limit=0.1\n"
    "plot convergence a, b\n"
    "evaluate a, b\n"
    "predict a count=3\n"
    "compare a, b title=\"Both\"\n"
    "costs a, b\n"
    "confusion a\n"
    "report a\n"
    "misclassified a rows=1 columns=2\n"
    "save b copies/b.h5\n"
    "```\n"
    "\n"
    "{{best(a, b).title}} {{a.test.accuracy:.1%}} {{a.confusion.most}} {{a.f1.class(3):.2f}} {{a.loss.epoch(2):.3e}}\n"
    "{{a.val_loss.best_epoch}} {{a.parameters:,}} {{a.difference.accuracy.max}} {{abs(a.loss.last - b.loss.min) > 0.1 ? \"far {b.epochs}\" : \"near\"}}\n",
    "```cornu\n"
    "dataset houses.csv target=energy columns=[area, wind] task=regression test_split=0.25 missing=mean\n"
    "dataset normalise by=minmax\n"
    "model linear\n"
    "  dense 1\n"
    "compile linear loss=mse metrics=mae\n"
    "fit linear epochs=2 \\\n"
    "  validation_split=0.5\n"
    "plot prediction linear\n"
    "repeat linear seeds=3\n"
    "```\n"
    "\n"
    "{{linear.repeat.mae.mean}} {{data.target}} {{data.features}} {{lab.seed}} `{{code}}` \\{{braces}}\n"
    "\n"
    "```\n"
    "{{fenced}}\n"
    "```\n",
    "```cornu\n"
    "dataset x=x.npy y=y.npz:labels\n"
    "dataset reshape 3 1\n"
    "```\n"
    "\n"
    "```cornu expect=error\n"
    "model five\n"
    "  flatten\n"
    "  dense 5 softmax\n"
    "compile five loss=sparse_categorical_crossentropy\n"
    "fit five\n"
    "summary six\n"
    "```\n"
    "\n"
    "```cornu hidden\n"
    "model w\n"
    "  input 3 1\n"
    "  flatten\n"
    "  dense 4 kernel_initializer=random_normal(0, 0.05)\n"
    "compile w optimizer=sgd(momentum=0.9, nesterov=true) loss=sparse_categorical_crossentropy\n"
    "fit w\n"
    "```\n"
    "\n"
    "{{five.error}} {{not w.stopped == \"\" and 1 < 2 or w.epochs >= 3 ? round(w.seconds * 10) / 10 : max(1, 2, -3)}}\n",
    "---\n"
    "language: fr\n"
    "summary: z\n"
    "---\n"
    "```cornu\n"
    "datset mnist\n"
    "dataset gird\n"
    "model 1a\n"
    "  dense 4 rellu\n"
    "compile m loss=\n"
    "fit m epochs=two\n"
    "plot historia m\n"
    "```\n"
    "{{m.x}} {{1 +}}\n",
    NULL};

/* ---- networks ------------------------------------------------------------------------------------------ */

static cn_model *network(const char *layers)
{
    cn_model *model = cn_model_from_notation("fuzz", layers);
    check(model ? CN_OK : cn_error_status());
    return model;
}

static void put_json(void)
{
    for (int i = 0; networks[i]; i++) {
        char name[24];
        cn_model *model = network(networks[i]);
        char *text = cn_model_to_json(model);
        snprintf(name, sizeof name, "network%d", i);
        check(text ? CN_OK : cn_error_status());
        put("json", name, text, strlen(text));
        cn_text_free(text);
        cn_model_free(model);
    }
}

static const struct compiled {
    const char *optimizer, *loss, *metrics;
} compiled[] = {
    {"adam(amsgrad=true)", "categorical_crossentropy(label_smoothing=0.1)", "accuracy, auc(curve=PR)"},
    {"sgd(PiecewiseConstantDecay([2, 4], [0.1, 0.05, 0.01]), momentum=0.5)", "huber(delta=0.5)",
     "huber, mae"},
    {"nadam(use_ema=true, clipnorm=1)", "mse", "precision(thresholds=[0.3, 0.6]), fbeta_score(beta=2.0)"},
};

static void put_compile(void)
{
    for (size_t i = 0; i < sizeof compiled / sizeof *compiled; i++) {
        char name[24], *text;
        json_t *config;
        cn_model *model = network("input 2; dense 2 softmax");
        check(cn_model_compile(model, .optimizer = compiled[i].optimizer, .loss = compiled[i].loss,
                               .metrics = compiled[i].metrics));
        check(cn__compile_json(model, &config));
        check(cn__json_dump(config, &text));
        snprintf(name, sizeof name, "compile%zu", i);
        put("compile", name, text, strlen(text));
        cn__free(text);
        json_decref(config);
        cn_model_free(model);
    }
}

/* `layers` of two inputs and one output, not compiled, or trained for two steps by `optimizer`. */
static cn_model *trained(const char *layers, const char *optimizer)
{
    const float numbers[] = {1, 2, 3, 4}, targets[] = {0, 1};
    const cn_array x = cn_array_view(CN_FLOAT32, numbers, 2, (const size_t[]){2, 2}),
                   y = cn_array_view(CN_FLOAT32, targets, 2, (const size_t[]){2, 1});
    cn_model *model = network(layers);
    check(cn_model_build(model, 1, (const size_t[]){2}));
    if (!optimizer) return model;
    check(cn_model_compile(model, .optimizer = optimizer, .loss = "mse"));
    cn_history *h = cn_model_fit(model, &x, &y, .epochs = 1, .batch_size = 1, .threads = 1);
    check(h ? CN_OK : cn_error_status());
    cn_history_free(h);
    return model;
}

/* Small ones: the fewer bytes, the more files a second. */
static void put_models(void)
{
    static const struct {
        const char *name, *layers, *optimizer;
    } models[] = {{"plain", "input 2; dense 1; batch_normalization", NULL},
                  {"trained", "input 2; dense 1", "nadam(use_ema=true)"}};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        static const char *const kinds[][2] = {{"keras", ".keras"}, {"keras", ".npz"}, {"h5", ".h5"}};
        cn_model *model = trained(models[i].layers, models[i].optimizer);
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            char name[24];
            snprintf(name, sizeof name, "%s%s", models[i].name, kinds[k][1]);
            check(cn_model_save(model, place(kinds[k][0], name), false));
        }
        cn_model_free(model);
    }
}

static void put_onnx(void)
{
    static const char *const layers[] = {
        "input 2; dense 1; batch_normalization", "input 2; dense 2 silu; dropout 0.5",
        "input 1 2; batch_normalization; layer_normalization; flatten; dense 1 relu",
        "input 6; reshape 2 3; dense 1"};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        char name[24];
        cn_model *model = network(layers[i]);
        cn_text_free(cn_model_summary(model)); /* which builds it */
        snprintf(name, sizeof name, "network%zu.onnx", i);
        check(cn_model_export_onnx(model, place("onnx", name)));
        cn_model_free(model);
    }
}

/* A Reshape whose first size is the largest number, not 0. */
static void put_far_reshape(void)
{
    const int64_t shape[] = {0, 2, 3}, far = INT64_MAX;
    char *bytes;
    size_t size, at = 0;
    check(cn__file_read(place("onnx", "network3.onnx"), &bytes, &size, 1 << 16));
    while (at + sizeof shape <= size && memcmp(bytes + at, shape, sizeof shape) != 0) at++;
    if (at + sizeof shape > size) exit(1);
    memcpy(bytes + at, &far, sizeof far);
    put("onnx", "far.onnx", bytes, size);
    cn__free(bytes);
}

/* For the network of fuzz_weights.c. */
static void put_weights(void)
{
    cn_model *model = trained("input 2; dense 2 relu; batch_normalization; dense 1", "adam");
    check(cn_model_save(model, place("weights", "trained.weights.h5"), true));
    check(cn_model_save(model, place("weights", "trained.h5"), true));
    cn_model_free(model);
}

/* ---- arrays -------------------------------------------------------------------------------------------- */

static void put_arrays(void)
{
    static const double bytes[12] = {1, 2, 3, 4};
    for (cn_dtype type = CN_FLOAT32; cn_dtype_size(type); type++) {
        char name[24];
        const cn_array array = cn_array_view(type, bytes, 2, (const size_t[]){2, 3});
        snprintf(name, sizeof name, "type%d.npy", (int)type);
        check(cn_npy_write(place("npy", name), &array));
    }
    static const char big[] = "{'descr': '>u8', 'fortran_order': True, 'shape': (1, 2), }\n"
                              "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2",
                      half[] = "{'descr': '<f2', 'fortran_order': False, 'shape': (), }\n\0\74";
    unsigned char file[128] = "\x93NUMPY\2";
    file[8] = sizeof big - 1 - 16;
    memcpy(file + 12, big, sizeof big - 1);
    put("npy", "big", file, 12 + sizeof big - 1);
    file[6] = 1;
    file[8] = sizeof half - 1 - 2, file[9] = 0;
    memcpy(file + 10, half, sizeof half - 1);
    put("npy", "half", file, 10 + sizeof half - 1);
}

static void put_idx(void)
{
    static const unsigned char images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4},
                               floats[] = {0, 0, 13, 1, 0, 0, 0, 1, 63, 128, 0, 0};
    put("array", "images.idx", images, sizeof images);
    put("array", "floats.idx", floats, sizeof floats);
    gzFile out = gzopen(place("array", "images.idx.gz"), "wb9");
    if (!out || gzwrite(out, images, sizeof images) != (int)sizeof images || gzclose(out) != Z_OK) exit(1);
    const cn_array array = cn_array_view(CN_FLOAT32, images, 1, (const size_t[]){4});
    check(cn_npy_write(place("array", "a.npy"), &array));
    check(cn_npz_write(place("array", "one.npz"), (const char *const[]){"x"}, &array, 1));
}

/* An archive of CIFAR-100 with one image in each of its files. */
static void put_cifar(void)
{
    static const char *const names[] = {"cifar-100-binary/train.bin", "cifar-100-binary/test.bin"};
    enum { RECORD = 2 + 3072, MEMBER = 512 + (RECORD + 511) / 512 * 512 };
    static char tar[1 + 2 * MEMBER + 1024] = {1}; /* the first byte chooses the set */
    for (int i = 0; i < 2; i++) {
        char *header = tar + 1 + i * MEMBER;
        snprintf(header, 100, "%s", names[i]);
        snprintf(header + 124, 12, "%011o", (unsigned)RECORD);
    }
    put("cifar", "one.tar", tar, sizeof tar);
}

/* A member that is compressed, as numpy.savez_compressed writes it. */
static void put_deflated(const char *path)
{
    cn__text npy = {0};
    static const float zeros[64];
    const cn_array array = cn_array_view(CN_FLOAT32, zeros, 1, (const size_t[]){64});
    check(cn__npy_format(&array, &npy));
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    zip_source_t *source = zip ? zip_source_buffer(zip, npy.data, npy.size, 0) : NULL;
    zip_int64_t index = source ? zip_file_add(zip, "x.npy", source, 0) : -1;
    if (index < 0 || zip_file_set_dostime(zip, (zip_uint64_t)index, 0, 33, 0) != 0 || zip_close(zip) != 0)
        exit(1);
    cn__text_free(&npy);
}

static void put_npz(void)
{
    static const double bytes[8] = {1, 2};
    const cn_array two[] = {cn_array_view(CN_FLOAT32, bytes, 2, (const size_t[]){1, 2}),
                            cn_array_view(CN_INT64, bytes, 1, (const size_t[]){3})};
    check(cn_npz_write(place("npz", "two.npz"), (const char *const[]){"x", "y"}, two, 2));
    put_deflated(place("npz", "deflated.npz"));
}

/* ---- pictures -------------------------------------------------------------------------------------------- */

static void add_chunk(cn__text *out, const char *type, const void *data, size_t size)
{
    uLong sum = crc32(crc32(0, (const Bytef *)type, 4), size ? data : (const Bytef *)"", (uInt)size);
    for (int i = 24; i >= 0; i -= 8) cn__text_add_bytes(out, &(unsigned char){(unsigned char)(size >> i)}, 1);
    cn__text_add_bytes(out, type, 4);
    cn__text_add_bytes(out, data, size);
    for (int i = 24; i >= 0; i -= 8) cn__text_add_bytes(out, &(unsigned char){(unsigned char)(sum >> i)}, 1);
}

/* `rows` as PNG has them, the filter's number before each; a chunk `extra` may stand before them. */
static void put_png(const char *name, const unsigned char head[5], const void *rows, size_t size,
                    const char *extra, const void *data, size_t data_size)
{
    unsigned char header[13] = {0, 0, 0, head[0], 0, 0, 0, head[1], head[2], head[3], 0, 0, head[4]},
                  packed[200];
    uLongf packed_size = sizeof packed;
    cn__text out = {0};
    check(compress2(packed, &packed_size, rows, size, 9) == Z_OK ? CN_OK : CN_ERROR_STATE);
    cn__text_add_bytes(&out, "\x89PNG\r\n\x1a\n", 8);
    add_chunk(&out, "IHDR", header, sizeof header);
    if (extra) add_chunk(&out, extra, data, data_size);
    add_chunk(&out, "IDAT", packed, packed_size);
    add_chunk(&out, "IEND", "", 0);
    put("png", name, out.data, out.size);
    cn__text_free(&out);
}

/* Width, height, bits, colour type, interlaced. */
static void put_pictures(void)
{
    enum { GREY, RGB = 2, PALETTE, GREY_ALPHA, RGBA = 6 };
    unsigned char bytes[26];
    for (unsigned char i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 11);
    bytes[0] = 1, bytes[10] = 4, bytes[13] = 3; /* filters, where rows have 9 or 12 bytes */
    put_png("bits", (const unsigned char[]){9, 2, 1, GREY, 0}, "\0\xaa\x80\0\x55\0", 6, NULL, NULL, 0);
    put_png("palette", (const unsigned char[]){4, 2, 2, PALETTE, 0}, "\0\x1b\0\xe4", 4, "PLTE", bytes + 1,
            12);
    put_png("colour", (const unsigned char[]){3, 2, 8, RGB, 0}, bytes, 20, NULL, NULL, 0);
    put_png("deep", (const unsigned char[]){2, 2, 16, RGB, 0}, bytes, 26, "gAMA", "\0\0\xb1\x8f", 4);
    put_png("alpha", (const unsigned char[]){2, 1, 8, GREY_ALPHA, 0}, "\0\x10\x80\x20\xff", 5, NULL, NULL, 0);
    put_png("laced", (const unsigned char[]){2, 2, 8, RGBA, 1}, "\0abcd\0efgh\0ijklmnop", 19, NULL, NULL, 0);
}

static const char *const tables[] = {
    "a,b\n1,x\n2.5,\n",
    "# about\n\"a \"\"b\"\"\";c\n1,5;\"x\ny\"\n;NA\n",
    "1 2.5 x\n3   -4e2 \"y z\"\n",
    "Title,,\n,,\nn,price,share\n1,\"$1,234\",5%\n2,?,-\n",
    "\xff\xfe"
    "a\tb",
    "@relation r\n@attribute a real\n@attribute b {x,'y'}\n@data\n1,x\n?,'y'\n",
    "{\"a\":1,\"b\":{\"c\":\"x\"}}\n{\"a\":[2]}\n",
    NULL};

/* A record of an event file: its length, a checksum of it, the event, a checksum of that. */
static void add_event(cn__text *out, const void *event, size_t size)
{
    const unsigned char length[8] = {(unsigned char)size};
    const void *const parts[] = {length, event};
    const size_t sizes[] = {sizeof length, size};
    for (int i = 0; i < 2; i++) {
        uint32_t crc = cn__crc32c(parts[i], sizes[i]);
        crc = (crc >> 15 | crc << 17) + 0xa282ead8u;
        const unsigned char sum[4] = {(unsigned char)crc, (unsigned char)(crc >> 8),
                                      (unsigned char)(crc >> 16), (unsigned char)(crc >> 24)};
        cn__text_add_bytes(out, parts[i], sizes[i]);
        cn__text_add_bytes(out, sum, sizeof sum);
    }
}

/* A number in the value itself, as PyTorch writes it, and as a tensor's bytes. */
static void put_events(void)
{
    static const char version[] = "\x1a\x0d"
                                  "brain.Event:2",
                      simple[] = "\x10\x01\x2a\x0d\x0a\x0b\x0a\x04loss\x15\0\0\x80\x3f",
                      tensor[] = "\x10\x02\x2a\x12\x0a\x10\x0a\x04loss\x42\x08\x08\x01\x22\x04\0\0\x80\x3f";
    cn__text out = {0};
    add_event(&out, version, sizeof version - 1);
    add_event(&out, simple, sizeof simple - 1);
    add_event(&out, tensor, sizeof tensor - 1);
    put("events", "scalars", out.data, out.size);
    cn__text_free(&out);
}

static const char *const spaces[] = {
    "units=[32..512 log] dropout=[0, .2, .5]",
    "optimizer=[adam, sgd(nesterov=true)] optimizer.momentum=[0.0..0.9 step 0.1 if optimizer=sgd|adam and units>=3]",
    "optimizer=[adam, sgd] rate=[0.0..1.9 step 0.1 if optimizer=sgd|3]",
    "a=[0..1e15 step 1e-300] b=[8..128 log step 2]", NULL};

static const char *const bibliographies[] = {
    "@string{j = \"A \" # {B}}\n@article{key, author = {M. {\\'\\i} van den Oord and Ba, J.}, title=\"{T}it\\\"{o} --- le\",\n"
    " journal = j # 2, year = 2014,}\n@comment{x}@book(b, title={\\c{c}\\ss~\\&})",
    "@misc{a, title = {x", "mail@here.org @misc{b, url = {http://x}, doi = \"10.1/x\", pages={1--2}}", NULL};

/* Five pixels by three, of `channels` colours, in one scan or in several. */
static void put_jpeg(const char *name, int channels, bool progressive)
{
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL, row[15];
    unsigned long size = 0;
    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, &bytes, &size);
    j.image_width = 5, j.image_height = 3;
    j.input_components = channels;
    j.in_color_space = channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(&j);
    if (progressive) jpeg_simple_progression(&j);
    jpeg_start_compress(&j, TRUE);
    for (int y = 0; y < 3; y++) {
        JSAMPROW rows = row;
        for (int i = 0; i < 15; i++) row[i] = (unsigned char)(40 * y + 13 * i);
        jpeg_write_scanlines(&j, &rows, 1);
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    put("jpeg", name, bytes, size);
    free(bytes);
}

/* A layers model of TensorFlow.js: the JSON, a '\0', and the bytes of the weights. */
static void put_tfjs_model(const char *name, const char *weights, size_t size)
{
    cn__text out = {0};
    cn__text_printf(
        &out,
        "{\"format\": \"layers-model\", \"modelTopology\": {\"keras_version\": \"2.15.0\", \"model_config\": {\"class_name\": "
        "\"Sequential\", \"config\": {\"name\": \"m\", \"layers\": [{\"class_name\": \"Dense\", \"config\": {\"name\": \"dense\", "
        "\"units\": 2, \"batch_input_shape\": [null, 1], \"dtype\": \"float32\"}}]}}, \"training_config\": {\"loss\": \"mse\", "
        "\"metrics\": [], \"optimizer_config\": {\"class_name\": \"SGD\", \"config\": {\"learning_rate\": 0.01}}}}, "
        "\"weightsManifest\": [{\"paths\": [\"w.bin\"], \"weights\": [%s]}]}",
        weights);
    cn__text_add_bytes(&out, "", 1);
    for (size_t i = 0; i < size; i++) cn__text_add_bytes(&out, "\x3f", 1);
    put("tfjs", name, out.data, out.size);
    cn__text_free(&out);
}

static void put_tfjs(void)
{
    put_tfjs_model(
        "plain",
        "{\"name\": \"dense/kernel\", \"shape\": [1, 2], \"dtype\": \"float32\"}, {\"name\": \"dense/bias\", "
        "\"shape\": [2], \"dtype\": \"float32\"}",
        16);
    put_tfjs_model(
        "quantized",
        "{\"name\": \"m/dense/kernel\", \"shape\": [1, 2], \"dtype\": \"float32\", \"quantization\": {\"dtype\": "
        "\"uint8\", \"scale\": 0.1, \"min\": -1}}, {\"name\": \"dense/bias\", \"shape\": [2], \"dtype\": \"float32\", "
        "\"quantization\": {\"dtype\": \"uint16\", \"scale\": 1, \"min\": 0}}",
        6);
}

/* Changes of a store of runs. */
static const char *const stores[] = {
    "UPDATE trials SET number=-number-1; UPDATE runs SET epochs=9223372036854775807;",
    "UPDATE metrics SET name=CAST(x'ff3c' AS TEXT) WHERE id=1; UPDATE trials SET state='', note=1.5;",
    "INSERT INTO objectives SELECT 1, number+2, name || number, 'max', 'best' FROM objectives;",
    "UPDATE params SET value=CASE number WHEN 0 THEN 9e999 WHEN 1 THEN 'a' ELSE x'00' END, name='units';",
    "UPDATE studies SET space='units=[', name=replace(hex(zeroblob(200)), '00', 'é');",
    "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql=replace(sql, ' NOT NULL', '');",
    "DROP TABLE rungs; CREATE VIEW rungs AS SELECT 1 AS trial, 2 AS rung, 3 AS epoch, 4 AS value;",
    NULL};

int main(int argc, char **argv)
{
    if (argc != 2) return fprintf(stderr, "usage: fuzz-corpus FOLDER\n"), 2;
    folder = argv[1];
    put_texts("value", values);
    put_texts("notation", networks);
    put_texts("lab", documents);
    put_texts("table", tables);
    put_texts("notebook", notebooks);
    put_texts("json", older_json);
    put("json", "unused_input", unused_input, sizeof unused_input - 1);
    put_texts("compile", older_compile);
    put_json();
    put_compile();
    put_models();
    put_onnx();
    put_far_reshape();
    put_weights();
    put_arrays();
    put_idx();
    put_cifar();
    put_npz();
    put_pictures();
    put_events();
    put_texts("space", spaces);
    put_texts("bibtex", bibliographies);
    put_texts("store", stores);
    put_tfjs();
    put_jpeg("colour", 3, false);
    put_jpeg("grey", 1, false);
    put_jpeg("progressive", 3, true);
    return 0;
}
