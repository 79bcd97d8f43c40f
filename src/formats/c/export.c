/* A trained network as one C99 file and its header. The program is the plan of cn_model_predict for one sample: the
 * same operations in the same order of additions, so that it gives the same bits; or that in 8 bits, c/int8.c. c/files.c puts the text together. */
#include "formats/c/int8.h"

#include <ctype.h>
#include <string.h>

#include "base/files/file.h"
#include "cornu/formats.h"

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

/* What may stand in #include "…". */
static bool is_header_name(const char *name)
{
    for (const char *c = name; *c; c++)
        if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ' || *c == 0x7F) return false;
    return true;
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
    if (!is_header_name(header))
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "%s: a header of that name cannot be included from C; expected a name without \", \\ and "
            "control characters",
            path);
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

/* What a sample's value is of, and when it is wanted: from the step that makes it to the last that reads it. */
typedef struct value {
    size_t root; /* the value whose place it has: its own, or where a step works in place that of its input */
    size_t first, last, size;
    cn__c_buffer place;
} value;

static bool is_left_out(const cn__op *op) { return op->kind->training_only || op->kind->loss_only; }

/* The operation whose value `op` has: itself, or what goes into one that is left out. */
static const cn__op *source_of(const cn__op *op)
{
    while (is_left_out(op)) op = op->in[0];
    return op;
}

static cn_status make_steps(cn__c_program *p, const cn__op_graph *g)
{
    p->steps = cn__arena_array(&p->arena, g->count + 1, sizeof *p->steps);
    if (!p->steps) return CN_ERROR_MEMORY;
    p->is_line = true;
    for (size_t i = 0; i < g->count; i++) {
        const cn__op *op = g->ops[i];
        if (is_left_out(op) || !op->inputs) continue;
        const cn__op *before = p->count ? p->steps[p->count - 1].op : g->inputs[0];
        p->is_line &= op->inputs == 1 && source_of(op->in[0]) == before;
        p->steps[p->count].from = cn__arena_array(&p->arena, op->inputs, sizeof(cn__c_buffer));
        p->steps[p->count].reads = cn__arena_array(&p->arena, op->inputs, sizeof(size_t));
        if (!p->steps[p->count].from || !p->steps[p->count].reads) return CN_ERROR_MEMORY;
        p->steps[p->count++].op = op;
    }
    if (p->count) return CN_OK;
    p->steps[0] = (cn__c_step){.op = g->inputs[0], .from = cn__arena_alloc(&p->arena, sizeof(cn__c_buffer))};
    p->count = 1;
    return p->steps[0].from ? CN_OK : CN_ERROR_MEMORY;
}

/* Which values are one with another, and how long each place is wanted. values[0] is the input, values[i + 1] what step i
 * gives; `of` finds them by operation. */
static void find_lives(const cn__c_program *p, size_t *of, value *values)
{
    values[0] = (value){.size = cn__shape_size(&p->model->in)};
    for (size_t i = 0; i < p->count; i++) {
        const cn__op *op = p->steps[i].op;
        values[i + 1] = (value){.root = i + 1, .first = i, .last = i, .size = op->size};
        for (size_t k = 0; k < op->inputs; k++) {
            p->steps[i].reads[k] = of[source_of(op->in[k])->index];
            values[p->steps[i].reads[k]].last = i;
        }
        of[op->index] = i + 1;
    }
    for (size_t i = 0; i < p->count; i++) {
        const cn__op *op = p->steps[i].op;
        if (!op->inputs || !cn__c_in_place(op)) continue;
        const size_t before = of[source_of(op->in[0])->index];
        if (!before || values[before].last != i) continue; /* the caller's input stays as it is */
        values[i + 1].root = values[before].root;
        values[values[before].root].last = values[i + 1].last;
    }
    for (size_t i = p->count; i > 0; i--) { /* a place is wanted as long as the last value in it */
        value *root = &values[values[i].root];
        if (values[i].last > root->last) root->last = values[i].last;
    }
}

/* The lowest place in the scratch that nothing touches which is wanted at the same time. */
static size_t first_fit(const value *values, size_t count, const value *v)
{
    size_t at = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 1; i < count; i++) {
            const value *o = &values[i];
            const bool placed = o->root == i && o->place.place == CN_C_SCRATCH && o != v;
            if (!placed || o->last < v->first || o->first > v->last) continue;
            if (o->place.offset >= at + v->size || o->place.offset + o->size <= at) continue;
            at = o->place.offset + o->size, moved = true;
        }
    }
    return at;
}

/* The output's place is the caller's; all others are in the scratch, by first fit. */
static cn_status place_buffers(cn__c_program *p, const cn__op_graph *g)
{
    size_t *of = cn__arena_array(&p->arena, g->count + 1, sizeof *of);
    value *values = cn__arena_array(&p->arena, p->count + 1, sizeof *values);
    if (!of || !values) return CN_ERROR_MEMORY;
    find_lives(p, of, values);
    const size_t output = values[of[source_of(g->outputs[0].op)->index]].root;
    for (size_t i = 1; i <= p->count; i++) {
        if (values[i].root != i) continue;
        if (i == output || p->count == 1) {
            values[i].place = (cn__c_buffer){.place = CN_C_OUTPUT};
            continue;
        }
        values[i].place.offset = first_fit(values, i, &values[i]);
        values[i].place.place = CN_C_SCRATCH;
        const size_t end = values[i].place.offset + values[i].size;
        if (end > p->scratch) p->scratch = end;
    }
    for (size_t i = 0; i < p->count; i++) {
        cn__c_step *s = &p->steps[i];
        for (size_t k = 0; k < s->op->inputs; k++) s->from[k] = values[values[s->reads[k]].root].place;
        s->to = values[values[i + 1].root].place;
    }
    return CN_OK;
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
    if (p->model->input_count > 1 || p->model->output_count > 1)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "model %s has %zu inputs and %zu outputs; C is written for one of each",
                        p->model->name, p->model->input_count, p->model->output_count);
    cn__op_graph graph;
    CN_TRY(cn__lower_model(p->model, &p->arena, &graph));
    CN_TRY(make_steps(p, &graph));
    return place_buffers(p, &graph);
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
    p->scratch += p->behind;
    CN_TRY(cn__c_write_files(p, o->int8 ? &q : NULL, path, o->samples));
    report.weight_bytes = p->weight_bytes;
    report.scratch_bytes = p->scratch * sizeof(float) + p->bytes;
    if (o->report) *o->report = report;
    return o->int8 && o->test && o->test_outputs ? cn__q_predict(&q, o->test, o->test_outputs) : CN_OK;
}

cn_status cn_model_export_c(const cn_model *model, const char *path, const cn_export_c_options *options)
{
    const cn_export_c_options none = {0};
    cn__c_program p = {.model = model, .preparation = options ? options->preparation : NULL};
    cn_status status = export_program(&p, path, options ? options : &none);
    cn__text_free(&p.weights);
    cn__text_free(&p.body);
    cn__arena_free(&p.arena);
    return status;
}
