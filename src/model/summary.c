/* Keras's summary table, at the width it has on a terminal of 80 columns; and what a model costs. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/model.h"
#include "model/plan.h"
#include "nn/layers.h"
#include "nn/variable.h"

enum { COLUMNS = 3 };
static const size_t widths[COLUMNS] = {31, 22, 13}; /* of the texts, between one space on each side */
static const bool right[COLUMNS] = {false, false, true};

typedef struct rule {
    const char *left, *line, *cross, *right;
} rule;
static const rule top = {"┏", "━", "┳", "┓\n"}, head_end = {"┡", "━", "╇", "┩\n"},
                  between = {"├", "─", "┼", "┤\n"}, bottom = {"└", "─", "┴", "┘\n"};

static void add_rule(cn__text *out, const rule *r)
{
    cn__text_add(out, r->left);
    for (int c = 0; c < COLUMNS; c++) {
        for (size_t i = 0; i < widths[c] + 2; i++) cn__text_add(out, r->line);
        cn__text_add(out, c + 1 < COLUMNS ? r->cross : r->right);
    }
}

/* Bytes of the text's first `columns` characters, or of all that it has. */
static size_t bytes_within(const char *text, size_t columns)
{
    size_t bytes = 0;
    for (size_t left = strlen(text); columns-- && left > bytes;) {
        size_t one = cn__utf8_length(text + bytes, left - bytes);
        bytes += one ? one : 1;
    }
    return bytes;
}

/* Takes from *text the bytes that fit on a line of `width` columns: whole words; of a word that is too long only the
 * beginning is shown, and *cut is set: a sign of that stands in the last column. */
static size_t next_line(const char **text, size_t width, bool *cut)
{
    const char *t = *text;
    size_t fits = bytes_within(t, width), word = strcspn(t, " ");
    *cut = word > fits;
    if (*cut) {
        *text = t + word + (t[word] == ' ');
        return bytes_within(t, width - 1);
    }
    while (t[fits] && t[fits] != ' ') fits--;
    *text = t + fits + (t[fits] == ' ');
    return fits;
}

static size_t columns_of(const char *text, size_t bytes)
{
    return cn__text_width(text) - cn__text_width(text + bytes);
}

static void add_row(cn__text *out, const char *const cells[COLUMNS], const char *edge)
{
    const char *rest[COLUMNS] = {cells[0], cells[1], cells[2]};
    do {
        for (int c = 0; c < COLUMNS; c++) {
            bool cut;
            const char *text = rest[c];
            size_t size = next_line(&rest[c], widths[c], &cut);
            int pad = (int)(widths[c] - columns_of(text, size)) - cut;
            cn__text_printf(out, "%s %*s%.*s%s%*s ", edge, right[c] ? pad : 0, "", (int)size, text,
                            cut ? "…" : "", right[c] ? 0 : pad, "");
        }
        cn__text_printf(out, "%s\n", edge);
    } while (*rest[0] || *rest[1] || *rest[2]);
}

static void add_layer(cn__text *out, const cn__layer *layer, bool shaped)
{
    char name[256], shape[120] = "?", params[48] = "0";
    size_t count = 0;
    for (int i = 0; i < layer->variables; i++) count += cn__variable_size(&layer->variable[i]);
    snprintf(name, sizeof name, "%s (%s)", layer->name, layer->kind->class_name);
    if (shaped) {
        cn__shape_text(&layer->out, shape, sizeof shape);
        cn__with_commas((long long)count, params, sizeof params);
    } else if (!layer->kind->any_shape) {
        snprintf(params, sizeof params, "0 (unbuilt)");
    }
    add_row(out, (const char *const[]){name, shape, params}, "│");
}

static void add_total(cn__text *out, const char *what, size_t count, double bytes)
{
    char number[48], size[32];
    cn__text_printf(out, " %s: %s (%s)\n", what, cn__with_commas((long long)count, number, sizeof number),
                    cn__byte_text(bytes, size, sizeof size));
}

static size_t parameters(const cn_model *model, bool trainable)
{
    size_t total = 0;
    for (size_t i = 0; i < model->layer_count; i++) {
        const cn__layer *layer = model->layers[i]->layer;
        for (int j = 0; j < layer->variables; j++)
            if (cn__variable_trainable(&layer->variable[j]) == trainable)
                total += cn__variable_size(&layer->variable[j]);
    }
    return total;
}

/* Slots and averages of the trained variables, the learning rate, and the count of steps (8 bytes). */
static void add_optimizer(cn__text *out, const cn_model *model)
{
    const cn__optimizer *o = &model->optimizer;
    size_t slots = (size_t)cn__optimizer_slots(o) + (o->use_ema ? 1 : 0);
    size_t count = slots * cn_model_trainable_parameters(model) + (o->schedule ? 0 : 1);
    if (cn__optimizer_has_product(o)) count++;
    add_total(out, "Optimizer params", count + 1, 4.0 * (double)count + 8);
}

static char *finish(cn__text *out)
{
    if (!out->failed) return out->data; /* from cn__malloc, as cn_text_free expects */
    cn__fail_memory(out->size, "a text");
    cn__text_free(out);
    return NULL;
}

void cn_text_free(char *text) { cn__free(text); }

/* `shaped`: the layers know their shapes. */
static char *summary(const cn_model *model, bool shaped)
{
    cn__text out = {0};
    cn__text_printf(&out, "Model: \"%s\"\n", model->name);
    add_rule(&out, &top);
    add_row(&out, (const char *const[]){"Layer (type)", "Output Shape", "Param #"}, "┃");
    add_rule(&out, &head_end);
    bool first = true;
    for (size_t i = 0; i < model->layer_count; i++) {
        if (model->layers[i]->layer->kind == &cn__layer_input) continue;
        if (!first) add_rule(&out, &between);
        add_layer(&out, model->layers[i]->layer, shaped);
        first = false;
    }
    add_rule(&out, &bottom);
    size_t trainable = parameters(model, true), fixed = parameters(model, false), all = trainable + fixed;
    cn__text optimizer = {0};
    if (model->trained) {
        size_t slots = (size_t)cn__optimizer_slots(&model->optimizer) + (model->optimizer.use_ema ? 1 : 0);
        all += slots * trainable + (model->optimizer.schedule ? 0 : 1) +
               cn__optimizer_has_product(&model->optimizer) + 1;
        add_optimizer(&optimizer, model);
    }
    add_total(&out, "Total params", all, 4.0 * (double)all + (model->trained ? 4 : 0));
    add_total(&out, "Trainable params", trainable, 4.0 * (double)trainable);
    add_total(&out, "Non-trainable params", fixed, 4.0 * (double)fixed);
    if (optimizer.data) cn__text_add(&out, optimizer.data);
    cn__text_free(&optimizer);
    return finish(&out);
}

char *cn_model_summary(cn_model *model)
{
    if (cn__model_check(model) != CN_OK || cn__model_build_if_known(model) != CN_OK) return NULL;
    return summary(model, model->built);
}

char *cn__model_summary_of(cn_model *model, const cn__shape *shape)
{
    const cn__shape *in;
    if (cn__model_input(model, shape, &in) != CN_OK) return NULL;
    if (model->built || !in) return summary(model, model->built);
    cn__arena arena = {0};
    char *text = cn__model_outline(model, &arena, in) == CN_OK ? summary(model, true) : NULL;
    cn__model_forget_outline(model);
    cn__arena_free(&arena);
    if (!text) cn__fail_in("model %s", model->name);
    return text;
}

double cn_model_flops(const cn_model *model)
{
    double flops = 0;
    cn__op ops[CN_MAX_LAYER_OPS];
    for (size_t i = 0; i < model->layer_count && model->built; i++) {
        cn__layer *layer = model->layers[i]->layer;
        int n = layer->kind->lower(layer, ops);
        for (int j = 0; j < n; j++)
            if (ops[j].kind == CN_OP_DENSE)
                flops += (double)ops[j].rows * (double)ops[j].out_cols *
                         (2.0 * (double)ops[j].in_cols + (ops[j].bias ? 1 : 0));
    }
    return flops;
}

char *cn_model_plan_text(cn_model *model, size_t batch_size)
{
    if (!model->built || !model->compiled) {
        cn__fail(CN_ERROR_STATE, "model %s: the plan is made when the model is built and compiled",
                 model->name);
        return NULL;
    }
    cn__pool *pool = cn__pool_new(1);
    cn__plan *plan = NULL;
    if (!pool) return NULL;
    cn__plan_options options = {.batch = batch_size, .training = true, .targets = true, .pool = pool};
    cn__text out = {0};
    if (cn__plan_new(model, &options, &plan) == CN_OK) cn__plan_describe(plan, &out);
    bool made = plan != NULL;
    cn__plan_free(plan);
    cn__pool_free(pool);
    return made ? finish(&out) : NULL;
}
