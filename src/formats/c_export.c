/* A trained network as one C99 file and its header. The program is the plan of cn_model_predict for one sample: the
 * same operations in the same order of additions, so that it gives the same bits. */
#include "formats/c_export.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "cornu/formats.h"
#include "cornu/train.h"

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

/* ---- the self-test --------------------------------------------------------------------------------------------- */

enum { TEST_SAMPLES = 3, TEST_NUMBERS = 4096 }; /* at most that many numbers, but one sample */

/* Made up: eighths from 0 to 1, which take few digits. */
static void make_up(float *x, size_t count)
{
    uint32_t state = 1;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = (float)(state >> 29) / 8;
    }
}

static cn_status write_samples(cn__c_program *p, cn__text *text, const cn_array *x, const cn_array *y)
{
    const cn_array *arrays[] = {x, y};
    static const char *const names[] = {"inputs", "outputs"};
    static const char *const sizes[] = {"INPUT_SIZE", "OUTPUT_SIZE"};
    for (int a = 0; a < 2; a++) {
        size_t cols = cn_array_sample_size(arrays[a]);
        cn__text_printf(text, "    static const float %s[%zu][%s_%s] = {", names[a], arrays[a]->shape[0],
                        p->upper, sizes[a]);
        for (size_t i = 0; i < cn_array_size(arrays[a]); i++) {
            float v = ((const float *)arrays[a]->data)[i];
            if (!isfinite(v)) return cn__fail(CN_ERROR_NUMERIC, "the network's outputs are not finite");
            if (i % cols == 0) cn__text_add(text, i ? "},\n        {" : "\n        {");
            else cn__text_add(text, i % cols % 12 ? ", " : ",\n         ");
            cn__c_number(text, v);
        }
        cn__text_add(text, "}};\n");
    }
    return CN_OK;
}

static cn_status write_self_test(cn__c_program *p, cn__text *text)
{
    const cn_model *model = p->model;
    size_t size = cn__shape_size(&model->in), count = TEST_NUMBERS / size;
    count = count < 1 ? 1 : count < TEST_SAMPLES ? count : TEST_SAMPLES;
    size_t shape[CN_MAX_DIMS] = {count};
    for (int i = 0; i < model->in.rank; i++) shape[i + 1] = model->in.dim[i];
    cn_array x = {0}, y = {0};
    CN_TRY(cn_array_new(&x, CN_FLOAT32, model->in.rank + 1, shape));
    make_up(x.data, count * size);
    cn_status status = cn_model_predict((cn_model *)model, .x = &x, .out = &y, .threads = 1);
    if (status == CN_OK) {
        cn__text_printf(text,
                        "\n#ifdef %s_SELF_TEST\n"
                        "/* How many of the outputs for %zu samples are not those that Cornu computed. */\n"
                        "int %s_self_test(void)\n{\n",
                        p->upper, count, p->name);
        status = write_samples(p, text, &x, &y);
        cn__text_printf(text,
                        "    float y[%s_OUTPUT_SIZE];\n"
                        "    int wrong = 0;\n"
                        "    for (size_t n = 0; n < %zu; n++) {\n"
                        "        %s_predict(inputs[n], y);\n"
                        "        for (size_t i = 0; i < %s_OUTPUT_SIZE; i++) {\n"
                        "            const float off = y[i] - outputs[n][i], size = outputs[n][i] < 0.0f ? "
                        "-outputs[n][i] : outputs[n][i];\n"
                        "            if (!(off <= TOLERANCE * (1.0f + size) && -off <= TOLERANCE * (1.0f + "
                        "size))) wrong++;\n"
                        "        }\n"
                        "    }\n"
                        "    return wrong;\n}\n#endif\n",
                        p->upper, count, p->name, p->upper);
    }
    cn_array_free(&x);
    cn_array_free(&y);
    return status;
}

/* ---- the two files ----------------------------------------------------------------------------------------------- */

/* "28, 28" */
static void write_shape(cn__text *text, const cn__shape *shape)
{
    for (int i = 0; i < shape->rank; i++) cn__text_printf(text, "%s%zu", i ? ", " : "", shape->dim[i]);
    if (!shape->rank) cn__text_add(text, "1");
}

static void write_size(cn__text *h, const cn__c_program *p, const char *what, const cn__shape *shape)
{
    cn__text_printf(h, "#define %s_%s_SIZE %zu\n#define %s_%s_SHAPE {", p->upper, what, cn__shape_size(shape),
                    p->upper, what);
    write_shape(h, shape);
    cn__text_add(h, "}\n");
}

static void write_header(const cn__c_program *p, cn__text *h)
{
    const char *n = p->name, *u = p->upper;
    cn__text_printf(h, "/* The network %s, written by cornu export. %zu parameters. It needs\n", n,
                    cn_model_parameters(p->model));
    cn__text_printf(h, " *   flash  %zu bytes of weights (and a few kilobytes of code)\n", p->weight_bytes);
    cn__text_printf(h,
                    " *   RAM    %zu bytes of scratch, beside the caller's input and output, and no heap.\n",
                    p->scratch * sizeof(float));
    cn__text_printf(h,
                    " * Compile %.*s.c with -D%s_SELF_TEST for %s_self_test(), and with -D%s_PLAIN on a "
                    "processor without\n * fused multiply-add. */\n",
                    (int)strlen(p->header) - 2, p->header, u, n, u);
    cn__text_printf(h, "#ifndef %s_H_\n#define %s_H_\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n", u,
                    u);
    write_size(h, p, "INPUT", &p->model->in);
    write_size(h, p, "OUTPUT", &p->model->out);
    cn__text_printf(h,
                    "#define %s_WEIGHT_BYTES %zu\n#define %s_SCRATCH_SIZE %zu /* floats, at least 1 */\n\n",
                    u, p->weight_bytes, u, p->scratch ? p->scratch : 1);
    cn__text_printf(
        h,
        "/* One sample: x[%s_INPUT_SIZE] to y[%s_OUTPUT_SIZE], in C order; they must not overlap. "
        "Works in memory of its\n * own: not from two threads at once. */\n"
        "void %s_predict(const float *x, float *y);\n"
        "/* The same in the caller's scratch[%s_SCRATCH_SIZE]. */\n"
        "void %s_predict_with(const float *x, float *y, float *scratch);\n\n",
        u, u, n, u, n);
    cn__text_printf(h,
                    "#ifdef %s_SELF_TEST\n/* 0 when all is well. */\nint %s_self_test(void);\n#endif\n\n"
                    "#ifdef __cplusplus\n}\n#endif\n#endif\n",
                    u, n);
}

static void write_prelude(const cn__c_program *p, cn__text *c)
{
    cn__text_printf(c, "/* The network %s, written by cornu export: see %s. */\n", p->name, p->header);
    cn__text_printf(c,
                    "#include \"%s\"\n\n#include <math.h>\n#include <stddef.h>\n#include <stdint.h>\n"
                    "#include <string.h>\n\n",
                    p->header);
    cn__text_printf(
        c,
        "/* Fused, a product is not rounded before the addition, and every output has the bits that "
        "Cornu's has. */\n"
        "#ifdef %s_PLAIN\n#define FMA(a, b, c) ((a) * (b) + (c))\n#define TOLERANCE 1e-4f\n"
        "#else\n#define FMA(a, b, c) fmaf(a, b, c)\n#define TOLERANCE 0.0f\n#endif\n\n",
        p->upper);
}

static cn_status write_source(cn__c_program *p, cn__text *c)
{
    for (size_t i = 0; i < p->count; i++) CN_TRY(cn__c_write_step(p, i));
    write_prelude(p, c);
    cn__c_sections(p, c);
    cn__text_add(c, "\n/* ---- weights ---- */\n\n");
    cn__text_add_bytes(c, p->weights.data ? p->weights.data : "", p->weights.size);
    cn__text_printf(
        c,
        "\nvoid %s_predict_with(const float *x, float *y, float *scratch)\n{\n    (void)scratch;\n"
        "%s}\n\nvoid %s_predict(const float *x, float *y)\n{\n"
        "    static float scratch[%s_SCRATCH_SIZE];\n    %s_predict_with(x, y, scratch);\n}\n",
        p->name, p->body.data ? p->body.data : "", p->name, p->upper, p->name);
    return write_self_test(p, c);
}

/* Both or none. */
static cn_status save(const cn__text *header, const char *header_path, const cn__text *source,
                      const char *path)
{
    if (header->failed || source->failed) return cn__fail_memory(source->size, "the C file");
    cn__outfile h, c;
    CN_TRY(cn__outfile_open(&h, header_path));
    if (cn__outfile_open(&c, path) != CN_OK) {
        cn__outfile_abort(&h);
        return cn_error_status();
    }
    fwrite(header->data, 1, header->size, h.stream);
    fwrite(source->data, 1, source->size, c.stream);
    if (cn__outfile_commit(&c) == CN_OK) return cn__outfile_commit(&h);
    cn__outfile_abort(&h);
    return cn_error_status();
}

static cn_status export_program(cn__c_program *p, const char *path, const char *name)
{
    CN_TRY(make_names(p, path, name));
    CN_TRY(cn__model_check(p->model));
    if (!p->model->built)
        return cn__fail(CN_ERROR_STATE, "model %s is not built: it has no weights to export", p->model->name);
    CN_TRY(make_steps(p));
    place_buffers(p);
    cn__text header = {0}, source = {0};
    cn_status status = write_source(p, &source);
    if (status == CN_OK) write_header(p, &header);
    char *header_path = cn__arena_strdup(&p->arena, path);
    if (!header_path) status = CN_ERROR_MEMORY;
    else header_path[strlen(header_path) - 1] = 'h';
    if (status == CN_OK) status = save(&header, header_path, &source, path);
    cn__text_free(&header);
    cn__text_free(&source);
    return status;
}

cn_status cn_model_export_c(const cn_model *model, const char *path, const cn_export_c_options *options)
{
    cn__c_program p = {.model = model};
    cn_status status = export_program(&p, path, options ? options->name : NULL);
    cn__text_free(&p.weights);
    cn__text_free(&p.body);
    cn__arena_free(&p.arena);
    return status;
}
