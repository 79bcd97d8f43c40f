/* The text of an exported network's two files: header, run-time sections, weights, functions, self-test. */
#include <math.h>
#include <string.h>

#include "base/text/escape.h"
#include "base/files/file.h"
#include "cornu/train.h"
#include "formats/c/int8.h"
#include "formats/c/preparation.h"

/* Adds a text in which $ stands for the network's name and $$ for its upper case. */
static void add(const cn__c_program *p, cn__text *out, const char *text)
{
    for (const char *dollar; (dollar = strchr(text, '$')); text = dollar) {
        cn__text_add_bytes(out, text, (size_t)(dollar - text));
        const bool upper = dollar[1] == '$';
        cn__text_add(out, upper ? p->upper : p->name);
        dollar += upper ? 2 : 1;
    }
    cn__text_add(out, text);
}

/* ---- the header -------------------------------------------------------------------------------------------- */

static void write_size(cn__text *h, const cn__c_program *p, const char *what, const cn__shape *shape)
{
    cn__text_printf(h, "#define %s_%s_SIZE %zu\n#define %s_%s_SHAPE {", p->upper, what, cn__shape_size(shape),
                    p->upper, what);
    for (int i = 0; i < shape->rank; i++) cn__text_printf(h, "%s%zu", i ? ", " : "", shape->dim[i]);
    cn__text_add(h, shape->rank ? "}\n" : "1}\n");
}

static void write_about(const cn__c_program *p, const cn__q_program *q, cn__text *h)
{
    cn__text_printf(h,
                    "/* The network %s in %s, written by cornu export. %zu parameters. It needs\n"
                    " *   flash  %zu bytes for weights, and a few kilobytes for code;\n"
                    " *   RAM    %zu bytes of scratch, the caller's input and output, and no heap.\n",
                    p->name, q ? "int8" : "float32", cn_model_parameters(p->model), p->weight_bytes,
                    p->scratch * sizeof(float) + p->bytes);
    add(p, h,
        " * Compiled with -D$$_SELF_TEST it has $_self_test(); with -D$$_PLAIN it does without fmaf, for processors\n"
        " * that have no fused multiply-add, at the price of other last bits. */\n"
        "#ifndef $$_H_\n#define $$_H_\n\n");
}

static void write_scratch(const cn__c_program *p, cn__text *h)
{
    cn__text_printf(h, "#define %s_WEIGHT_BYTES %zu\n#define %s_SCRATCH_BYTES %zu\n\n", p->upper,
                    p->weight_bytes, p->upper, p->scratch * sizeof(float) + p->bytes);
    cn__text_add(h, "typedef struct {\n");
    if (p->scratch || !p->bytes) cn__text_printf(h, "    float numbers[%zu];\n", p->scratch ? p->scratch : 1);
    if (p->bytes) cn__text_printf(h, "    int8_t bytes[%zu];\n", p->bytes);
    add(p, h, "} $_scratch;\n\n");
}

static void write_int8_api(const cn__c_program *p, const cn__q_program *q, cn__text *h)
{
    const cn__q_value *input = &q->values[0];
    cn__text_printf(
        h,
        "#define %s_INPUT_OFFSET %zu\n/* An input's value is (q - ZERO) * UNIT. */\n#define %s_INPUT_ZERO "
        "(%d)\n#define %s_INPUT_UNIT ",
        p->upper, input->offset, p->upper, (int)input->range.zero, p->upper);
    cn__c_number(h, input->range.unit);
    add(p, h,
        "\n/* The input in 8 bits, and the network from there on; q may be scratch->bytes + $$_INPUT_OFFSET. */\n"
        "void $_quantise(const float *x, int8_t *q);\n"
        "void $_predict_int8(const int8_t *q, float *y, $_scratch *scratch);\n\n");
}

static void write_header(const cn__c_program *p, const cn__q_program *q, const cn__text *row, cn__text *h)
{
    write_about(p, q, h);
    if (q) cn__text_add(h, "#include <stdint.h>\n\n");
    cn__text_add(h, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    write_size(h, p, "INPUT", &p->model->in);
    write_size(h, p, "OUTPUT", &p->model->out);
    write_scratch(p, h);
    add(p, h,
        "/* One sample: x[$$_INPUT_SIZE] to y[$$_OUTPUT_SIZE], in C order; they must not overlap. Works in memory of\n"
        " * its own: not from two threads at once. */\n"
        "void $_predict(const float *x, float *y);\n"
        "/* The same in the caller's memory. */\n"
        "void $_predict_with(const float *x, float *y, $_scratch *scratch);\n\n");
    if (q) write_int8_api(p, q, h);
    if (row->data) cn__text_add_bytes(h, row->data, row->size);
    add(p, h,
        "#ifdef $$_SELF_TEST\n/* How many outputs are wrong, of a few samples: 0 when all is well. */\n"
        "int $_self_test(void);\n#endif\n\n#ifdef __cplusplus\n}\n#endif\n#endif\n");
}

/* ---- the source -------------------------------------------------------------------------------------------- */

static void write_functions(const cn__c_program *p, const cn__q_program *q, cn__text *c)
{
    const char *body = p->body.data ? p->body.data : "";
    const char *unpack = p->scratch ? "    float *numbers = scratch->numbers;\n" : "";
    if (q) {
        add(p, c, "\nvoid $_quantise(const float *x, int8_t *q)\n{\n    quantise(x, q, $$_INPUT_SIZE, ");
        cn__c_number(c, 1 / q->values[0].range.unit);
        cn__text_printf(c, ", %d);\n}\n", (int)q->values[0].range.zero);
        add(p, c, "\nvoid $_predict_int8(const int8_t *x, float *y, $_scratch *scratch)\n{\n");
        cn__text_printf(c, "%s%s", unpack,
                        strstr(body, "bytes") ? "    int8_t *bytes = scratch->bytes;\n" : "");
    } else {
        add(p, c, "\nvoid $_predict_with(const float *x, float *y, $_scratch *scratch)\n{\n");
        cn__text_add(c, unpack);
    }
    cn__text_printf(c, "    (void)scratch;\n%s}\n", body);
    if (q)
        add(p, c,
            "\nvoid $_predict_with(const float *x, float *y, $_scratch *scratch)\n{\n"
            "    int8_t *q = scratch->bytes + $$_INPUT_OFFSET;\n    $_quantise(x, q);\n    $_predict_int8(q, y, "
            "scratch);\n}\n");
    add(p, c,
        "\nvoid $_predict(const float *x, float *y)\n{\n    static $_scratch scratch;\n"
        "    $_predict_with(x, y, &scratch);\n}\n");
}

/* ---- the self-test ------------------------------------------------------------------------------------------ */

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

static cn_status test_samples(const cn_model *model, const cn_array *samples, cn_array *x)
{
    size_t size = cn__shape_size(&model->in), count = TEST_NUMBERS / size;
    count = count < 1 ? 1 : count < TEST_SAMPLES ? count : TEST_SAMPLES;
    if (samples && samples->shape[0] < count) count = samples->shape[0];
    size_t shape[CN_MAX_DIMS] = {count};
    for (int i = 0; i < model->in.rank; i++) shape[i + 1] = model->in.dim[i];
    CN_TRY(cn_array_new(x, CN_FLOAT32, model->in.rank + 1, shape));
    if (samples) memcpy(x->data, samples->data, count * size * sizeof(float));
    else make_up(x->data, count * size);
    return CN_OK;
}

static cn_status write_rows(const cn__c_program *p, cn__text *text, const char *name, const cn_array *a)
{
    const size_t cols = cn_array_sample_size(a);
    cn__text_printf(text, "    static const float %ss[%zu][%s_%s_SIZE] = {", name, a->shape[0], p->upper,
                    name[0] == 'i' ? "INPUT" : "OUTPUT");
    for (size_t i = 0; i < cn_array_size(a); i++) {
        float v = ((const float *)a->data)[i];
        if (!isfinite(v))
            return cn__fail(CN_ERROR_NUMERIC, "the network's %s is %g for a sample of its self-test", name,
                            (double)v);
        if (i % cols == 0) cn__text_add(text, i ? "},\n        {" : "\n        {");
        else cn__text_add(text, i % cols % 12 ? ", " : ",\n         ");
        cn__c_number(text, v);
    }
    cn__text_add(text, "}};\n");
    return CN_OK;
}

static cn_status write_self_test(const cn__c_program *p, const cn__q_program *q, cn__text *text,
                                 const cn_array *samples)
{
    cn_array x = {0}, y = {0};
    cn_status status = test_samples(p->model, samples, &x);
    if (status == CN_OK && q) status = cn__q_predict(q, &x, &y);
    else if (status == CN_OK)
        status = cn_model_predict((cn_model *)(uintptr_t)p->model, .x = &x, .out = &y, .threads = 1);
    add(p, text, "\n#ifdef $$_SELF_TEST\nint $_self_test(void)\n{\n");
    if (status == CN_OK) status = write_rows(p, text, "input", &x);
    if (status == CN_OK) status = write_rows(p, text, "output", &y);
    add(p, text, "    float y[$$_OUTPUT_SIZE];\n    int wrong = 0;\n");
    cn__text_printf(text, "    for (size_t n = 0; n < %zu; n++) {\n", x.shape[0]);
    add(p, text,
        "        $_predict(inputs[n], y);\n"
        "        for (size_t i = 0; i < $$_OUTPUT_SIZE; i++) {\n"
        "            const float expected = outputs[n][i], off = y[i] - expected;\n"
        "            const float most = TOLERANCE * (1.0f + (expected < 0.0f ? -expected : expected));\n"
        "            if (!(off <= most && -off <= most)) wrong++;\n"
        "        }\n    }\n    return wrong;\n}\n#endif\n");
    cn_array_free(&x);
    cn_array_free(&y);
    return status;
}

/* ---- files --------------------------------------------------------------------------------------------------- */

static cn_status write_source(const cn__c_program *p, const cn__q_program *q, const cn__text *rows,
                              cn__text *c, const cn_array *samples)
{
    cn__text_printf(c, "/* The network %s, written by cornu export: see ", p->name);
    cn__c_comment_escape(c, p->header);
    cn__text_printf(c, ". */\n#include \"%s\"\n\n", p->header);
    cn__text_add(
        c, "#include <math.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <string.h>\n\n"
           "/* Fused, a product is not rounded before the addition, and outputs have the bits that Cornu's "
           "have. */\n");
    add(p, c,
        "#ifdef $$_PLAIN\n#define FMA(a, b, c) ((a) * (b) + (c))\n#define TOLERANCE 1e-4f\n"
        "#else\n#define FMA(a, b, c) fmaf(a, b, c)\n#define TOLERANCE 0.0f\n#endif\n\n");
    cn__c_sections(p, c);
    cn__text_add(c, "\n/* ---- weights ---- */\n\n");
    cn__text_add_bytes(c, p->weights.data ? p->weights.data : "", p->weights.size);
    write_functions(p, q, c);
    if (rows->data) cn__text_add_bytes(c, rows->data, rows->size);
    return write_self_test(p, q, c, samples);
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

cn_status cn__c_write_files(cn__c_program *p, const cn__q_program *q, const char *path,
                            const cn_array *samples)
{
    cn__text header = {0}, source = {0}, row = {0}, rows = {0};
    char *header_path = cn__arena_strdup(&p->arena, path);
    if (!header_path) return CN_ERROR_MEMORY;
    header_path[strlen(header_path) - 1] = 'h';
    cn_status status = !p->preparation ? CN_OK
                                       : cn__c_write_preparation(p->preparation, p->name, p->upper,
                                                                 cn__shape_size(&p->model->in),
                                                                 cn__shape_size(&p->model->out), &row, &rows);
    source.failed = p->weights.failed || p->body.failed || row.failed || rows.failed;
    write_header(p, q, &row, &header);
    if (status == CN_OK) status = write_source(p, q, &rows, &source, samples);
    cn__text_free(&row);
    cn__text_free(&rows);
    if (status == CN_OK) status = save(&header, header_path, &source, path);
    cn__text_free(&header);
    cn__text_free(&source);
    return status;
}
