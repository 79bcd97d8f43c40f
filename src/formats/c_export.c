/* A trained network as one C99 file and its header. The program is the plan of cn_model_predict for one sample: the
 * same operations in the same order of additions, so that it gives the same bits; or that in 8 bits, c_int8.c. c_files.c puts the text together. */
#include "formats/c_int8.h"

#include <ctype.h>
#include <string.h>

#include "base/file.h"
#include "cornu/formats.h"
#include "nn/variable.h"

/* ---- names -------------------------------------------------------------------------------------------------- */

static bool is_identifier(const char *name)
{
    if (!isalpha((unsigned char)name[0]) && name[0] != '_') return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_') return false;
    return true;
}

static const char *file_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "out/my-digits.c" -> header "my-digits.h", name "my_digits". */
static cn_status make_names(cn__c_program *p, const char *path, const char *name)
{
    char *file = cn__arena_strdup(&p->arena, file_of(path));
    char *header = cn__arena_strdup(&p->arena, file_of(path));
    if (!file || !header) return CN_ERROR_MEMORY;
    if (!cn__has_suffix(path, ".c") || strlen(file) < 3)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: expected a name that ends in .c", path);
    header[strlen(header) - 1] = 'h';
    p->header = header;
    file[strlen(file) - 2] = '\0';
    for (char *c = file; *c; c++)
        if (!isalnum((unsigned char)*c)) *c = '_';
    if (!name && isdigit((unsigned char)file[0])) file = cn__arena_format(&p->arena, "model_%s", file);
    if (name && !is_identifier(name))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "name = '%s': expected a C identifier: letters, digits and _, no digit first", name);
    p->name = name ? name : file;
    char *upper = p->name ? cn__arena_strdup(&p->arena, p->name) : NULL;
    if (!upper) return CN_ERROR_MEMORY;
    for (char *c = upper; *c; c++) *c = (char)toupper((unsigned char)*c);
    p->upper = upper;
    return CN_OK;
}

/* ---- steps and buffers ---------------------------------------------------------------------------------------- */

static cn_status make_steps(cn__c_program *p)
{
    const cn_model *model = p->model;
    cn__op ops[CN_MAX_LAYER_OPS];
    p->steps = cn__arena_array(&p->arena, model->layer_count * CN_MAX_LAYER_OPS + 1, sizeof *p->steps);
    if (!p->steps) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < model->layer_count; i++) {
        cn__layer *layer = model->layers[i]->layer;
        int made = layer->kind->lower(layer, ops);
        for (int j = 0; j < made; j++)
            if (ops[j].kind != CN_OP_DROPOUT && ops[j].kind != CN_OP_ALIAS) p->steps[p->count++].op = ops[j];
    }
    if (p->count) return CN_OK;
    size_t size = cn__shape_size(&model->in);
    p->steps[p->count++].op = (cn__op){.kind = CN_OP_ALIAS, .in = size, .out = size};
    return CN_OK;
}

static bool in_place(const cn__op *op) { return op->kind != CN_OP_DENSE; }

/* What follows the last step that needs a second buffer works in the output; what comes before lies at the two ends of
 * the scratch in turn. */
static void place_buffers(cn__c_program *p)
{
    size_t last = p->count, before = 0;
    while (last > 1 && in_place(&p->steps[last - 1].op)) last--;
    for (size_t i = 0, size = 0; i + 1 < last; i++) {
        if (i && in_place(&p->steps[i].op)) continue;
        before = size, size = p->steps[i].op.out;
        if (before + size > p->scratch) p->scratch = before + size;
    }
    cn__c_buffer at = {.place = CN_C_INPUT};
    bool high = true;
    for (size_t i = 0; i < p->count; i++) {
        cn__c_step *s = &p->steps[i];
        s->from = at;
        if (i + 1 >= last) {
            at = (cn__c_buffer){.place = CN_C_OUTPUT};
        } else if (!i || !in_place(&s->op)) {
            high = !high;
            at = (cn__c_buffer){.place = CN_C_SCRATCH, .offset = high ? p->scratch - s->op.out : 0};
        }
        s->to = at;
    }
}

/* ---- export ---------------------------------------------------------------------------------------------------- */

/* Samples for the network: float32 and of its size. */
static cn_status check_samples(const cn_model *model, const char *what, const cn_array *x)
{
    char shape[120], wanted[120];
    if (!x) return CN_OK;
    if (x->dtype != CN_FLOAT32)
        return cn__fail(CN_ERROR_DATA, "%s are %s, expected float32", what, cn_dtype_name(x->dtype));
    if (!x->ndim || !x->shape[0] || cn_array_sample_size(x) != cn__shape_size(&model->in))
        return cn__fail(CN_ERROR_SHAPE, "%s have shape %s, expected samples of %s", what,
                        cn_array_shape_text(x, shape, sizeof shape),
                        cn__shape_text(&model->in, wanted, sizeof wanted));
    return CN_OK;
}

static size_t float_bytes(const cn__c_program *p)
{
    size_t bytes = 0;
    for (size_t i = 0; i < p->model->variable_count; i++)
        bytes += cn__variable_size(p->model->variables[i]) * sizeof(float);
    return bytes;
}

static cn_status prepare(cn__c_program *p, const char *path, const cn_export_c_options *o)
{
    CN_TRY(make_names(p, path, o->name));
    CN_TRY(cn__model_check(p->model));
    if (!p->model->built)
        return cn__fail(CN_ERROR_STATE, "model %s is not built: it has no weights to export", p->model->name);
    CN_TRY(check_samples(p->model, "the samples", o->samples));
    CN_TRY(check_samples(p->model, "the test samples", o->test));
    if (o->int8 && !o->samples)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "int8 needs samples that the network will meet, to choose its scales by");
    CN_TRY(cn__c_check_weights(p->model));
    CN_TRY(make_steps(p));
    place_buffers(p);
    return CN_OK;
}

static cn_status export_program(cn__c_program *p, const char *path, const cn_export_c_options *o)
{
    cn__q_program q;
    CN_TRY(prepare(p, path, o));
    cn_export_c_report report = {.float_weight_bytes = float_bytes(p),
                                 .float_scratch_bytes = p->scratch * sizeof(float)};
    if (o->int8) {
        CN_TRY(cn__q_make(&q, p, o->samples));
        p->scratch = q.numbers, p->bytes = q.bytes;
        CN_TRY(cn__q_write(&q));
    } else {
        for (size_t i = 0; i < p->count; i++) CN_TRY(cn__c_write_step(p, i));
    }
    CN_TRY(cn__c_write_files(p, o->int8 ? &q : NULL, path, o->samples));
    report.weight_bytes = p->weight_bytes;
    report.scratch_bytes = p->scratch * sizeof(float) + p->bytes;
    if (o->report) *o->report = report;
    return o->int8 && o->test && o->test_outputs ? cn__q_predict(&q, o->test, o->test_outputs) : CN_OK;
}

cn_status cn_model_export_c(const cn_model *model, const char *path, const cn_export_c_options *options)
{
    const cn_export_c_options none = {0};
    cn__c_program p = {.model = model};
    cn_status status = export_program(&p, path, options ? options : &none);
    cn__text_free(&p.weights);
    cn__text_free(&p.body);
    cn__arena_free(&p.arena);
    return status;
}
