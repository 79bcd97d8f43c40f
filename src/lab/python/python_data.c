/* Data in variables x_train, y_train, x_test and y_test: arrays, or of arrays with names a dictionary each. */
#include "lab/python/python_data.h"

#include <string.h>

#include "lab/python/python_value.h"

void cn__python_none(cn__text *out, const cn__statement *s)
{
    cn__text_add(out, "# no Keras code for: ");
    cn__text_add_bytes(out, s->text, strcspn(s->text, "\n"));
    cn__text_add(out, "\n");
}

/* {"left": "pairs.npz:left", …} of the arrays that are inputs, or targets. */
static void add_named_files(cn__text *out, const cn__stage *data, bool targets, const char *test)
{
    bool any = false;
    cn__text_add(out, "{");
    for (size_t i = 0; i < data->named_count; i++) {
        const cn__named *n = &data->named[i];
        if (!(targets ? n->target : n->input)) continue;
        cn__text_add(out, any ? ", " : "");
        cn__python_string(out, n->name);
        cn__text_add(out, ": ");
        const char *member = strrchr(n->stage->source, ':');
        cn__text file = {0};
        if (test) cn__text_printf(&file, "%s%s", test, member ? member : "");
        cn__python_string(out, test ? file.data : n->stage->source);
        cn__text_free(&file);
        any = true;
    }
    cn__text_add(out, "}");
}

static const cn__value *test_files(const cn__arguments *a, bool targets)
{
    return targets ? a->test_y_given : a->test_x_given;
}

static void add_load_named(cn__text *out, const cn__lab_step *step)
{
    const cn__arguments *a = &step->statement.arguments;
    cn__text_add(out, "(x_train, y_train), (x_test, y_test) = load_named(");
    for (int targets = 0; targets < 2; targets++) {
        add_named_files(out, step->stage, targets, NULL);
        cn__text_add(out, ", ");
    }
    for (int targets = 0; targets < 2; targets++) {
        const cn__value *given = test_files(a, targets);
        if (given && given->kind == CN_VALUE_MAP) cn__python_value(out, given, CN_NAME_PLAIN);
        else if (a->test) add_named_files(out, step->stage, targets, a->test);
        else cn__text_add(out, "None");
        cn__text_add(out, ", ");
    }
    cn__text_printf(out, "test_split=%.12g)\n", a->test_split > 0 ? a->test_split : 0.2);
}

/* Arrays of which the document says what they are. */
static bool has_roles(const cn__stage *data)
{
    for (size_t i = 0; i < data->named_count; i++)
        if (data->named[i].input && data->named[i].target) return false;
    return data->named_count > 0;
}

/* What load_table, plain Python, does not do. */
static void note_unknown(cn__text *out, const cn__arguments *a)
{
    const struct {
        const char *name;
        bool given;
    } all[] = {{"missing", a->missing},
               {"ignore", a->ignore},
               {"category", a->category},
               {"number", a->number},
               {"missing_values", a->missing_values},
               {"missing_indicator", a->missing_indicator},
               {"date", a->date},
               {"text", a->text},
               {"ordinal", a->ordinal},
               {"log", a->log},
               {"bins", a->bins},
               {"target_scale", a->target_scale},
               {"stratify", a->stratify},
               {"group", a->group},
               {"time", a->time},
               {"test", a->test}};
    bool any = false;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!all[i].given) continue;
        cn__text_printf(out, "%s%s", any ? ", " : "# load_table does not know: ", all[i].name);
        any = true;
    }
    if (any) cn__text_add(out, "\n");
}

static void add_load(cn__text *out, const cn__lab_step *step)
{
    const cn__statement *s = &step->statement;
    const cn__arguments *a = &s->arguments;
    static const char target[] = "(x_train, y_train), (x_test, y_test)";
    if (step->stage && has_roles(step->stage)) {
        add_load_named(out, step);
    } else if (a->x) {
        cn__text_printf(out, "%s = load_arrays(", target);
        const char *const files[] = {a->x, a->y, a->test_x, a->test_y};
        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
            if (i) cn__text_add(out, ", ");
            if (files[i]) cn__python_string(out, files[i]);
            else cn__text_add(out, "None");
        }
        cn__text_printf(out, ", test_split=%.12g)\n", a->test_split > 0 ? a->test_split : 0.2);
    } else if (a->target) {
        cn__text_printf(out, "%s = load_table(", target);
        cn__python_string(out, a->file);
        cn__text_add(out, ", target=");
        cn__python_value(out, a->target, CN_NAME_PLAIN);
        if (a->columns_named) {
            cn__text_add(out, ", columns=");
            cn__python_value(out, a->columns_named, CN_NAME_PLAIN);
        }
        cn__text_printf(out, ", test_split=%.12g)\n", a->test_split > 0 ? a->test_split : 0.2);
        note_unknown(out, a);
    } else if (a->file && !strpbrk(a->file, "/.") && !a->color_mode && !a->image_size.count) {
        cn__text_printf(out, "%s = keras.datasets.%s.load_data()\n", target, a->file);
    } else {
        cn__python_none(out, s);
    }
}

static void add_normalise(cn__text *out, const cn__statement *s)
{
    cn__text_add(out, "x_train, x_test = normalise(x_train, x_test");
    if (s->arguments.by) {
        cn__text_add(out, ", by=");
        cn__python_value(out, s->arguments.by, CN_NAME_PLAIN);
    }
    cn__text_add(out, ")\n");
}

static void add_reshape(cn__text *out, const cn__statement *s)
{
    for (int test = 0; test < 2; test++) {
        const char *name = test ? "x_test" : "x_train";
        cn__text_printf(out, "%s = %s.reshape(-1", name, name);
        for (size_t i = 0; i < s->arguments.shape.count; i++)
            cn__text_printf(out, ", %lld", (long long)s->arguments.shape.items[i]);
        cn__text_add(out, ")\n");
    }
}

/* One array of a part: x_train["left"]. */
static void add_array(cn__text *out, const char *part, const char *name)
{
    cn__text_printf(out, "%s[", part);
    cn__python_string(out, name);
    cn__text_add(out, "]");
}

static void add_array_change(cn__text *out, const cn__statement *s, const char *part, const char *name)
{
    add_array(out, part, name);
    cn__text_add(out, " = ");
    if (s->kind->verb == CN_VERB_DATASET_ONE_HOT) cn__text_add(out, "keras.utils.to_categorical(");
    add_array(out, part, name);
    if (s->kind->verb == CN_VERB_DATASET_ONE_HOT) cn__text_add(out, ")\n");
    if (s->kind->verb == CN_VERB_DATASET_FLATTEN) {
        cn__text_add(out, ".reshape(len(");
        add_array(out, part, name);
        cn__text_add(out, "), -1)\n");
    }
    if (s->kind->verb != CN_VERB_DATASET_RESHAPE) return;
    cn__text_add(out, ".reshape(-1");
    for (size_t i = 0; i < s->arguments.shape.count; i++)
        cn__text_printf(out, ", %lld", (long long)s->arguments.shape.items[i]);
    cn__text_add(out, ")\n");
}

static void add_array_normalise(cn__text *out, const cn__statement *s, const char *name)
{
    add_array(out, "x_train", name);
    cn__text_add(out, ", ");
    add_array(out, "x_test", name);
    cn__text_add(out, " = normalise(");
    add_array(out, "x_train", name);
    cn__text_add(out, ", ");
    add_array(out, "x_test", name);
    if (s->arguments.by) {
        cn__text_add(out, ", by=");
        cn__python_value(out, s->arguments.by, CN_NAME_PLAIN);
    }
    cn__text_add(out, ")\n");
}

/* What a statement makes of each array that it speaks of. */
static void add_named_data(cn__text *out, const cn__lab_step *step)
{
    const cn__statement *s = &step->statement;
    const bool one_hot = s->kind->verb == CN_VERB_DATASET_ONE_HOT;
    if (s->kind->verb < CN_VERB_DATASET_NORMALISE || !step->stage->before || !has_roles(step->stage)) {
        cn__python_none(out, s);
        return;
    }
    for (size_t i = 0; i < step->stage->named_count; i++) {
        const cn__named *n = &step->stage->before->named[i];
        if (!cn__named_is_chosen(n, s)) continue;
        if (s->kind->verb == CN_VERB_DATASET_NORMALISE) {
            add_array_normalise(out, s, n->name);
            continue;
        }
        add_array_change(out, s, one_hot ? "y_train" : "x_train", n->name);
        add_array_change(out, s, one_hot ? "y_test" : "x_test", n->name);
    }
}

void cn__python_data(cn__text *out, const cn__lab_step *step)
{
    const cn__statement *s = &step->statement;
    if (step->stage && step->stage->named_count && s->kind->verb != CN_VERB_DATASET_LOAD) {
        add_named_data(out, step);
        return;
    }
    const cn__arguments *a = &s->arguments;
    switch (s->kind->verb) {
    case CN_VERB_DATASET_LOAD: add_load(out, step); break;
    case CN_VERB_DATASET_INFO: cn__text_add(out, "info(x_train, y_train, x_test, y_test)\n"); break;
    case CN_VERB_DATASET_SHOW:
        cn__text_printf(out, "show(x_train, y_train, %lld, matrix=%s)\n", (long long)a->index,
                        a->matrix ? "True" : "False");
        break;
    case CN_VERB_DATASET_GRID:
        cn__text_printf(out, "grid(x_train, y_train, rows=%lld, columns=%lld, first=%lld)\n",
                        (long long)a->rows, (long long)a->columns, (long long)a->first);
        break;
    case CN_VERB_DATASET_HISTOGRAM: cn__text_add(out, "histogram(y_train, y_test)\n"); break;
    case CN_VERB_DATASET_NORMALISE: add_normalise(out, s); break;
    case CN_VERB_DATASET_FLATTEN:
        cn__text_add(
            out, "x_train = x_train.reshape(len(x_train), -1)\nx_test = x_test.reshape(len(x_test), -1)\n");
        break;
    case CN_VERB_DATASET_RESHAPE: add_reshape(out, s); break;
    default:
        cn__text_add(
            out,
            "y_train = keras.utils.to_categorical(y_train)\ny_test = keras.utils.to_categorical(y_test)\n");
    }
}
