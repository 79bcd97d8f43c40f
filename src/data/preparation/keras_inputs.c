/* The raw columns as Keras's inputs, and what a preparation makes of each as Keras's layers. */
#include <math.h>

#include "base/text/text.h"
#include "data/preparation/keras_writer.h"

static const char *label(cn__keras_writer *w, const cn__input *in, const char *what)
{
    return cn__kw_made(w, cn__arena_format(&w->arena, "prepare_%zu_%s", (size_t)(in - w->p->inputs), what));
}

/* Keras allows no / in a name. */
static const char *input_name(cn__keras_writer *w, const char *column)
{
    char *name = cn__arena_strdup(&w->arena, *column ? column : "column");
    for (char *p = name; p && *p; p++)
        if (*p == '/') *p = '_';
    return name ? cn__kw_name(w, name) : cn__kw_made(w, NULL);
}

static cn__keras_tensor add_input(cn__keras_writer *w, const char *column, const char *dtype)
{
    const char *name = input_name(w, column);
    cn__kw_add(w, "keras.layers", "InputLayer", name,
               json_pack("{s:[n, i], s:s, s:b}", "batch_shape", 1, "dtype", dtype, "sparse", 0),
               json_array());
    cn__json_append(w->columns, json_string(name));
    cn__json_set(w->inputs, name, json_pack("[s, i, i]", name, 0, 0));
    return (cn__keras_tensor){name, dtype, 1};
}

static cn__keras_tensor rescale(cn__keras_writer *w, const char *wish, cn__keras_tensor from, double scale,
                                double offset)
{
    return cn__kw_layer(w, "Rescaling", wish, json_pack("{s:f, s:f}", "scale", scale, "offset", offset), from,
                        "float32", from.columns);
}

/* 0 for an unknown word, then 1, 2, …; with `empty` the one behind the last for a cell without a word. */
static cn__keras_tensor lookup(cn__keras_writer *w, const char *wish, const char *const *words, size_t count,
                               bool empty, cn__keras_tensor from)
{
    json_t *vocabulary = json_array();
    for (size_t i = 0; i < count; i++) cn__json_append(vocabulary, json_string(words[i]));
    if (empty) cn__json_append(vocabulary, json_string(""));
    json_t *o =
        json_pack("{s:o, s:i, s:s, s:n, s:s, s:b, s:n}", "vocabulary", vocabulary, "num_oov_indices", 1,
                  "oov_token", "[UNK]", "mask_token", "output_mode", "int", "invert", 0, "max_tokens");
    cn__json_set(o, "sparse", json_false());
    cn__json_set(o, "pad_to_max_tokens", json_false());
    cn__json_set(o, "idf_weights", json_null());
    cn__json_set(o, "encoding", json_string("utf-8"));
    return cn__kw_layer(w, "StringLookup", wish, o, from, "int64", 1);
}

/* Where ids are `id`, `value`. */
static cn__keras_tensor replace(cn__keras_writer *w, const cn__input *in, cn__keras_tensor ids, size_t id,
                                json_t *value, const char *dtype)
{
    cn__keras_tensor is = cn__kw_op(w, "Equal", label(w, in, "empty"), json_object(),
                                    json_pack("[o, I]", cn__kw_tensor(&ids), (json_int_t)id), "bool", 1);
    return cn__kw_op(w, "Where", label(w, in, "filled"), json_object(),
                     json_pack("[o, o, o]", cn__kw_tensor(&is), value, cn__kw_tensor(&ids)), dtype, 1);
}

/* Without the first column, that of unknown words, and so many of the last. */
static cn__keras_tensor crop(cn__keras_writer *w, const cn__input *in, cn__keras_tensor from, size_t last)
{
    const size_t left = from.columns - 1 - last;
    cn__keras_tensor t = cn__kw_layer(w, "Reshape", label(w, in, "column"),
                                      json_pack("{s:[I, i]}", "target_shape", (json_int_t)from.columns, 1),
                                      from, "float32", from.columns);
    t = cn__kw_layer(w, "Cropping1D", label(w, in, "cropped"),
                     json_pack("{s:[i, I]}", "cropping", 1, (json_int_t)last), t, "float32", left);
    return cn__kw_layer(w, "Reshape", label(w, in, "row"),
                        json_pack("{s:[I]}", "target_shape", (json_int_t)left), t, "float32", left);
}

static cn__keras_tensor one_hot(cn__keras_writer *w, const cn__input *in, cn__keras_tensor column)
{
    bool fills = in->frequent < in->count; /* an empty cell is that word */
    const size_t tokens = in->count + 1 + fills;
    cn__keras_tensor ids = lookup(w, label(w, in, "lookup"), in->words, in->count, fills, column);
    if (fills) ids = replace(w, in, ids, in->count + 1, json_integer((json_int_t)in->frequent + 1), "int64");
    cn__keras_tensor hot =
        cn__kw_layer(w, "CategoryEncoding", label(w, in, "words"),
                     json_pack("{s:I, s:s}", "num_tokens", (json_int_t)tokens, "output_mode", "one_hot"), ids,
                     "float32", tokens);
    return crop(w, in, hot, fills);
}

static cn__keras_tensor bag_of_words(cn__keras_writer *w, const cn__input *in, cn__keras_tensor column)
{
    json_t *vocabulary = json_array();
    for (size_t i = 0; i < in->count; i++) cn__json_append(vocabulary, json_string(in->words[i]));
    json_t *o = json_pack("{s:o, s:s, s:s, s:s, s:s}", "vocabulary", vocabulary, "standardize",
                          "lower_and_strip_punctuation", "split", "whitespace", "output_mode", "multi_hot",
                          "encoding", "utf-8");
    static const char *const none[] = {"max_tokens", "ngrams", "output_sequence_length", "idf_weights"},
                             *const off[] = {"pad_to_max_tokens", "sparse", "ragged"};
    for (int i = 0; i < 4; i++) cn__json_set(o, none[i], json_null());
    for (int i = 0; i < 3; i++) cn__json_set(o, off[i], json_false());
    cn__keras_tensor bag =
        cn__kw_layer(w, "TextVectorization", label(w, in, "text"), o, column, "float32", in->count + 1);
    return crop(w, in, bag, 0);
}

/* A column's number, filled and with its log, not scaled yet. */
static cn__keras_tensor number(cn__keras_writer *w, const cn__input *in, cn__keras_tensor t)
{
    bool fills = !isnan(in->missing);
    if (in->form == CN_FORM_ORDINAL) {
        t = lookup(w, label(w, in, "lookup"), in->words, in->count, fills, t);
        if (fills) t = replace(w, in, t, in->count + 1, json_real(in->missing + 1), "float32");
        return rescale(w, label(w, in, "order"), t, 1, -1);
    }
    if (fills) {
        cn__keras_tensor lacks = cn__kw_op(w, "Isnan", label(w, in, "lacks"), json_object(),
                                           json_pack("[o]", cn__kw_tensor(&t)), "bool", 1);
        t = cn__kw_op(w, "Where", label(w, in, "filled"), json_object(),
                      json_pack("[o, f, o]", cn__kw_tensor(&lacks), in->missing, cn__kw_tensor(&t)),
                      "float32", 1);
    }
    if (in->log)
        t = cn__kw_op(w, "Log1p", label(w, in, "log"), json_object(), json_pack("[o]", cn__kw_tensor(&t)),
                      "float32", 1);
    return t;
}

/* 1 where the number's bin is. Of the type int64, which its ids would have by themselves, Keras would cut off the numbers' fractions
 * before it compares them. */
static cn__keras_tensor bins(cn__keras_writer *w, const cn__input *in, cn__keras_tensor column)
{
    json_t *o =
        json_pack("{s:o, s:n, s:f, s:s, s:b, s:s}", "bin_boundaries", cn__kw_numbers(in->cuts, in->count - 1),
                  "num_bins", "epsilon", 0.01, "output_mode", "int", "sparse", 0, "dtype", "float32");
    cn__keras_tensor ids =
        cn__kw_layer(w, "Discretization", label(w, in, "bins"), o, number(w, in, column), "float32", 1);
    return cn__kw_layer(
        w, "CategoryEncoding", label(w, in, "bin"),
        json_pack("{s:I, s:s}", "num_tokens", (json_int_t)in->count, "output_mode", "one_hot"), ids,
        "float32", in->count);
}

static cn__keras_tensor indicator(cn__keras_writer *w, const cn__input *in, cn__keras_tensor column)
{
    cn__keras_tensor t = cn__input_column(in) == CN_COLUMN_CATEGORY && in->form != CN_FORM_DATE
                             ? lookup(w, label(w, in, "missing_lookup"), NULL, 0, true, column)
                             : cn__kw_op(w, "Isnan", label(w, in, "isnan"), json_object(),
                                         json_pack("[o]", cn__kw_tensor(&column)), "bool", 1);
    return rescale(w, label(w, in, "missing"), t, 1, 0);
}

/* ---- features --------------------------------------------------------------------------------------------------------------- */

/* All tensors of a list as one. */
static cn__keras_tensor concatenate(cn__keras_writer *w, const char *wish, const cn__keras_tensor *all,
                                    size_t count)
{
    if (count == 1) return all[0];
    json_t *list = json_array();
    cn__keras_tensor out = {cn__kw_name(w, wish), "float32", 0};
    for (size_t i = 0; i < count; i++) {
        cn__json_append(list, cn__kw_tensor(&all[i]));
        out.columns += all[i].columns;
    }
    cn__kw_add(w, "keras.layers", "Concatenate", out.layer, json_pack("{s:i}", "axis", -1),
               cn__kw_node(json_pack("[o]", list)));
    return out;
}

/* Numbers that stand side by side are scaled together. */
static cn__keras_tensor scale(cn__keras_writer *w, const cn__input *const *in, cn__keras_tensor *all,
                              size_t count)
{
    bool plain = true;
    double *mean = cn__arena_array(&w->arena, 2 * count, sizeof *mean), *variance = mean + count;
    cn__keras_tensor t = concatenate(w, label(w, in[0], "numbers"), all, count);
    for (size_t i = 0; mean && i < count; i++) {
        mean[i] = in[i]->shift, variance[i] = in[i]->scale * in[i]->scale;
        plain = plain && in[i]->shift == 0 && in[i]->scale == 1;
    }
    if (!mean || plain) return t;
    if (!w->rescales)
        return cn__kw_layer(w, "Normalization", label(w, in[0], "scaled"),
                            json_pack("{s:[i], s:o, s:o}", "axis", -1, "mean", cn__kw_numbers(mean, count),
                                      "variance", cn__kw_numbers(variance, count)),
                            t, "float32", count);
    for (size_t i = 0; i < count; i++) variance[i] = 1 / in[i]->scale, mean[i] = -in[i]->shift / in[i]->scale;
    return cn__kw_layer(w, "Rescaling", label(w, in[0], "scaled"),
                        json_pack("{s:o, s:o}", "scale", cn__kw_numbers(variance, count), "offset",
                                  cn__kw_numbers(mean, count)),
                        t, "float32", count);
}

static cn__keras_tensor raw_column(cn__keras_writer *w, const cn__input *in)
{
    bool number = cn__input_column(in) == CN_COLUMN_NUMBER || in->form == CN_FORM_DATE;
    return add_input(w, cn__kw_made(w, cn__input_label(&w->arena, in)), number ? "float32" : "string");
}

/* The features of the preparation, as one tensor. */
cn_status cn__kw_prepare(cn__keras_writer *w, cn__keras_tensor *out)
{
    const cn_preparation *p = w->p;
    cn__keras_tensor *parts = cn__arena_array(&w->arena, 2 * p->input_count + 1, sizeof *parts),
                     *run = cn__arena_array(&w->arena, p->input_count + 1, sizeof *run);
    const cn__input **of = cn__arena_array(&w->arena, p->input_count + 1, sizeof *of);
    size_t count = 0, running = 0;
    if (!parts || !run || !of) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < p->input_count; i++) {
        const cn__input *in = &p->inputs[i];
        cn__keras_tensor column = raw_column(w, in);
        bool is_number = cn__input_is_number(in);
        if (is_number) of[running] = in, run[running++] = number(w, in, column);
        bool last = i + 1 == p->input_count || !cn__input_is_number(&p->inputs[i + 1]);
        if (is_number && (last || in->indicator)) parts[count++] = scale(w, of, run, running), running = 0;
        if (in->form == CN_FORM_ONE_HOT) parts[count++] = one_hot(w, in, column);
        if (in->form == CN_FORM_BINS) parts[count++] = bins(w, in, column);
        if (in->form == CN_FORM_TEXT) parts[count++] = bag_of_words(w, in, column);
        if (in->indicator) parts[count++] = indicator(w, in, column);
    }
    *out = concatenate(w, "prepared", parts, count);
    return CN_OK;
}
