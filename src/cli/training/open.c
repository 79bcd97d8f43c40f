/* Before the first step: options against each other, network, data, and what the network is compiled with. */
#include <string.h>

#include "base/files/file.h"
#include "base/text/text.h"
#include "base/text/value.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/training/training.h"
#include "formats/files.h"
#include "model/model.h"

/* "0=2,1=.5" -> "{0: 2, 1: .5}"; what is in braces already stays. */
static cn_status read_class_weight(const char *given, cn__text *out)
{
    if (!given) return CN_OK;
    if (*given == '{') {
        cn__text_add(out, given);
    } else {
        cn__text_add(out, "{");
        for (const char *p = given; *p; p++) cn__text_add_bytes(out, *p == '=' ? ":" : p, 1);
        cn__text_add(out, "}");
    }
    if (out->failed) return cn__fail_memory(out->size, "class weights");
    cn__arena arena = {0};
    cn__value value;
    cn_status status = cn__value_parse(&arena, out->data, &value);
    cn__arena_free(&arena);
    return status == CN_OK ? CN_OK : cn__fail_in("--class-weight, as in 0=2,1=.5");
}

/* "no=1,yes=5" -> "{0: 1, 1: 5}": classes of a table by their names. */
static cn_status name_class_weight(cn__train *s)
{
    const cn_preparation *p = s->train.preparation;
    const char *q = s->options->class_weight, *names[64];
    size_t count = cn_preparation_classes(p), known = count < 64 ? count : 64;
    for (size_t i = 0; i < known; i++) names[i] = cn_preparation_class(p, i);
    if (q) cn__text_add(&s->class_weight, "{");
    while (q && *q) {
        char name[200];
        size_t n = strcspn(q, "=,"), class = 0;
        cn__format(name, sizeof name, "%.*s", (int)(n < 199 ? n : 199), q);
        while (class < count && strcmp(cn_preparation_class(p, class), name) != 0) class ++;
        if (class == count) {
            (void)!cn__fail_word(CN_ERROR_ARGUMENT, "class", name, names, known);
            return cn__fail_in("--class-weight");
        }
        if (q[n] != '=') return cn__fail(CN_ERROR_ARGUMENT, "--class-weight: expected %s=WEIGHT", name);
        size_t value = strcspn(q + n + 1, ",");
        cn__text_printf(&s->class_weight, "%s%zu: %.*s", s->class_weight.size > 1 ? ", " : "", class,
                        (int)value, q + n + 1);
        q += n + 1 + value + (q[n + 1 + value] == ',');
    }
    if (s->options->class_weight) cn__text_add(&s->class_weight, "}");
    return s->class_weight.failed ? cn__fail_memory(s->class_weight.size, "class weights") : CN_OK;
}

/* What --resume takes from its file cannot be given beside it. */
static cn_status check_resume(const cn__train_options *o)
{
    const struct {
        const char *name, *value;
    } others[] = {{"model", o->model},
                  {"layers", o->layers},
                  {"weights", o->weights},
                  {"optimizer", o->optimizer},
                  {"loss", o->loss}};
    for (size_t i = 0; o->resume && i < sizeof others / sizeof *others; i++)
        if (others[i].value)
            return cn__fail(CN_ERROR_ARGUMENT,
                            "--resume goes on with what its file says; --%s cannot be given beside it",
                            others[i].name);
    return CN_OK;
}

static cn_status check_options(const cn__train_options *o)
{
    CN_TRY(check_resume(o));
    CN_TRY(cn__source_check(&o->source, true));
    if (!o->validation.x != !o->validation.y)
        return cn__fail(CN_ERROR_ARGUMENT, "--validation-x and --validation-y go together");
    if (o->validation.sample_weight && !o->validation.x)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "--validation-sample-weight needs --validation-x and --validation-y");
    if ((o->validation.x != NULL) + (o->validation.data != NULL) + (o->validation_split > 0) > 1)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "expected one of --validation-split, --validation-data, and --validation-x with "
                        "--validation-y");
    if (o->test && !o->source.data)
        return cn__fail(CN_ERROR_ARGUMENT, "--test needs --data; cornu evaluate takes files");
    if (o->initial_epoch >= o->epochs)
        return cn__fail(CN_ERROR_ARGUMENT, "--initial-epoch %llu leaves no epoch of --epochs %llu",
                        (unsigned long long)o->initial_epoch, (unsigned long long)o->epochs);
    CN_TRY(cn__check_writable("history", o->history));
    CN_TRY(cn__check_writable("json", o->json));
    CN_TRY(cn__check_model_output("save", o->save, false));
    return cn__check_model_output("save-weights", o->save_weights, true);
}

static cn_status open_resumed(cn__train *s)
{
    char *path = s->resumes ? cn__train_model_of(s->options->resume) : cn__strdup(s->options->resume);
    if (!path) return CN_ERROR_MEMORY;
    cn_status status = cn__open_compiled("resume", path, &s->model);
    cn__free(path);
    return status;
}

/* A resumed model is compiled already, and only its metrics may change. */
static cn_status compile_as(const cn__train *s, const char *loss, const cn__compile_words *w)
{
    const cn__train_options *o = s->options;
    if (!o->resume)
        return cn_model_compile(s->model, .optimizer = o->optimizer ? o->optimizer : "adam",
                                .loss = w->losses.data ? w->losses.data : loss, .metrics = w->metrics.data,
                                .weighted_metrics = w->weighted_metrics.data,
                                .loss_weights = w->loss_weights.data, .convolution = o->convolution);
    CN_TRY(cn__model_set_convolution(s->model, o->convolution));
    if (!o->metrics && !o->weighted_metrics) return CN_OK;
    return cn__model_set_metrics(s->model, w->metrics.data, w->weighted_metrics.data);
}

cn_status cn__train_compile(const cn__train *s, const char *loss)
{
    cn__compile_words w = {.losses = {0}};
    cn_status status = cn__compile_words_read(s->model, &s->options->all, &w);
    if (status == CN_OK) status = compile_as(s, loss, &w);
    cn__compile_words_free(&w);
    return status;
}

/* What can be known before any data is read. */
cn_status cn__train_open_network(cn__train *s)
{
    const cn__train_options *o = s->options;
    if (o->resume) CN_TRY(open_resumed(s));
    else CN_TRY(cn__open_model(o->model, o->layers, &s->model));
    cn_model_set_seed(s->model, o->seed);
    s->has_ends = cn__has_ends(s->model, &o->source);
    if (s->has_ends && !o->resume && !o->loss && cn_model_output_count(s->model) > 1)
        return cn__fail(CN_ERROR_ARGUMENT, "the network has %zu outputs: expected --loss %s=NAME for each",
                        cn_model_output_count(s->model), cn_model_output_name(s->model, 0));
    if (!cn__source_is_table(&o->source)) {
        cn__text_free(&s->class_weight);
        CN_TRY(read_class_weight(o->class_weight, &s->class_weight));
    }
    if (o->save) {
        char *json = cn_model_to_json(s->model);
        if (!json) return cn__fail_in("--save");
        cn_text_free(json);
    }
    return cn__train_compile(s, o->loss ? o->loss : "mse");
}

static cn_status shape_data(cn__train *s, cn__samples *samples)
{
    CN_TRY(cn__samples_shape(samples, s->model));
    if (!s->loss) CN_TRY(cn_default_loss(s->model, &samples->y, &s->loss));
    return cn_code_labels(s->model, s->loss, &samples->y);
}

static cn_status read_ends(cn__train *s)
{
    const cn__train_options *o = s->options;
    CN_TRY(cn__ends_read(s->model, &o->source, "", &s->ends));
    return o->validation.x ? cn__ends_read(s->model, &o->validation, "validation-", &s->validation_ends)
                           : CN_OK;
}

/* Labels are numbers of classes: both must number them alike. */
static cn_status check_classes(const cn_dataset *train, const cn_dataset *validation)
{
    for (size_t c = 0; train->class_names && c < validation->classes; c++)
        if (c >= train->classes || strcmp(train->class_names[c], validation->class_names[c]) != 0)
            return cn__fail(CN_ERROR_DATA,
                            "class %zu is '%s', and '%s' in the training data; expected the same classes", c,
                            validation->class_names[c], c < train->classes ? train->class_names[c] : "none");
    return CN_OK;
}

/* A table by what was learned of the first one; of anything else the test part, or all where it has none. */
static cn_status read_other_data(cn__train *s)
{
    const cn__train_options *o = s->options;
    const bool table = cn__source_is_table(&o->source);
    cn__source v = o->source;
    v.data = o->validation.data, v.x = v.y = v.sample_weight = NULL;
    v.test_split = 0, v.columns = (cn__columns_words){0};
    v.preparation = table ? s->train.preparation : NULL;
    if (!cn__dir_exists(v.data)) v.image_size = v.color_mode = NULL;
    if (table && !cn__file_exists(v.data)) return cn__fail(CN_ERROR_FILE, "there is no such file");
    if (table != cn__source_is_table(&v))
        return cn__fail(CN_ERROR_ARGUMENT, "it is %s table, and the training data is %s", table ? "no" : "a",
                        table ? "one" : "none");
    CN_TRY(cn__samples_read(&v, table ? CN_PART_TRAINING : CN_PART_TEST, &s->validation));
    if (!table && s->validation.x.shape[0] == 0) {
        cn__samples_free(&s->validation);
        CN_TRY(cn__samples_read(&v, CN_PART_TRAINING, &s->validation));
    }
    if (table && !s->validation.y.data)
        return cn__fail(CN_ERROR_DATA, "it has no column '%s', which is to be predicted",
                        cn_preparation_target(s->train.preparation, 0));
    return table ? CN_OK : check_classes(&s->train.dataset, &s->validation.dataset);
}

static cn_status read_validation(cn__train *s)
{
    const cn__train_options *o = s->options;
    if (o->validation.data) {
        cn_status status = read_other_data(s);
        if (status == CN_OK) status = shape_data(s, &s->validation);
        return status == CN_OK ? CN_OK : cn__fail_in("--validation-data %s", o->validation.data);
    }
    if (!o->validation.x) return CN_OK;
    CN_TRY(cn__samples_read(&o->validation, CN_PART_TRAINING, &s->validation));
    return shape_data(s, &s->validation) == CN_OK ? CN_OK : cn__fail_in("validation data");
}

/* A model that goes on knows its columns; those that are named are learned anew. */
static cn_status load_preparation(cn__train *s)
{
    const cn__train_options *o = s->options;
    if (!o->resume || s->resumes || o->source.columns.target || !cn__source_is_table(&o->source))
        return CN_OK;
    return cn_preparation_load(o->resume, &s->carried);
}

static cn_status read_data(cn__train *s)
{
    const cn__train_options *o = s->options;
    cn__source source = o->source;
    if (s->has_ends && o->validation.data)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "--validation-data is for one input and one output; expected --validation-x and "
                        "--validation-y");
    if (s->has_ends) return read_ends(s);
    s->loss = o->resume ? s->model->objectives[0].loss.name : o->loss;
    CN_TRY(load_preparation(s));
    source.preparation = s->carried;
    CN_TRY(cn__samples_read(&source, CN_PART_TRAINING, &s->train));
    if (s->carried && !s->train.y.data)
        return cn__fail(CN_ERROR_DATA, "--data %s has no column '%s', which is to be predicted",
                        o->source.data, cn_preparation_target(s->carried, 0));
    if (cn__source_is_table(&o->source)) CN_TRY(name_class_weight(s));
    CN_TRY(shape_data(s, &s->train));
    CN_TRY(read_validation(s));
    if (o->test) {
        CN_TRY(cn__samples_read(&source, CN_PART_TEST, &s->test));
        if (shape_data(s, &s->test) != CN_OK) return cn__fail_in("test data");
    }
    return CN_OK;
}

cn_status cn__train_open(cn__train *s)
{
    const cn__train_options *o = s->options;
    CN_TRY(check_options(o));
    CN_TRY(cn__train_check_states(s));
    CN_TRY(cn__train_open_network(s));
    CN_TRY(read_data(s));
    if (o->weights) CN_TRY(cn_model_load_weights(s->model, o->weights));
    return s->has_ends ? CN_OK : cn__train_compile(s, s->loss);
}
