/* A table's preparation as C: a struct of a row's raw columns, a function that makes the network's input of it, and one that
 * asks the network and brings its answer to the target's own units. */
#include "formats/c/preparation.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/text/escape.h"
#include "data/preparation/preparation.h"

typedef struct writer {
    const cn_preparation *p;
    const char *name, *upper;
    cn__text *h, *c;
    const char **fields; /* (inputs) their names in the struct */
    cn__arena arena;
} writer;

/* ---- names and numbers ------------------------------------------------------------------------------------------------ */

/* A C string of any bytes. */
static void add_string(cn__text *out, const char *text)
{
    cn__text_add(out, "\"");
    for (const char *p = text; *p; p++) {
        const unsigned char c = (unsigned char)*p;
        if (c >= 32 && c < 127 && c != '"' && c != '\\' && c != '?') cn__text_add_bytes(out, p, 1);
        else cn__text_printf(out, "\\%03o", c);
    }
    cn__text_add(out, "\"");
}

static bool is_keyword(const char *word)
{
    static const char *const words[] = {
        "auto",    "break",   "case",      "char",     "const",    "continue", "default",
        "do",      "double",  "else",      "enum",     "extern",   "float",    "for",
        "goto",    "if",      "inline",    "int",      "long",     "register", "restrict",
        "return",  "short",   "signed",    "sizeof",   "static",   "struct",   "switch",
        "typedef", "union",   "unsigned",  "void",     "volatile", "while",    "bool",
        "true",    "false",   "class",     "new",      "delete",   "this",     "template",
        "public",  "private", "namespace", "operator", "and",      "or",       "not"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], word) == 0) return true;
    return false;
}

/* "Sale price (EUR)" as Sale_price__EUR_, and with a number where another column is called so. */
static const char *field_name(writer *w, size_t input)
{
    const char *label = cn__input_label(&w->arena, &w->p->inputs[input]);
    char *name =
        label ? cn__arena_format(&w->arena, "%s%s", isdigit((unsigned char)*label) ? "_" : "", label) : NULL;
    if (!name) return NULL;
    for (char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) || (unsigned char)*p > 127) *p = '_';
    const char *out = !*name || is_keyword(name) ? cn__arena_format(&w->arena, "%s_", name) : name;
    for (int n = 2; out; n++) {
        size_t i = 0;
        while (i < input && strcmp(w->fields[i], out) != 0) i++;
        if (i == input) break;
        out = cn__arena_format(&w->arena, "%s_%d", name, n);
    }
    return out;
}

static bool is_word(const cn__input *in)
{
    return cn__input_column(in) == CN_COLUMN_CATEGORY && in->form != CN_FORM_DATE;
}

/* ---- the header --------------------------------------------------------------------------------------------------------- */

static void write_row(writer *w)
{
    cn__text_printf(
        w->h,
        "/* One row of the table as it stands in the file. A number that is missing is NAN, a word NULL. */\n"
        "typedef struct {\n");
    for (size_t i = 0; i < w->p->input_count; i++) {
        const cn__input *in = &w->p->inputs[i];
        cn__text_printf(w->h, "    %s%s;", is_word(in) ? "const char *" : "double ", w->fields[i]);
        if (strcmp(w->fields[i], in->name) != 0) {
            cn__text_add(w->h, " /* ");
            cn__c_comment_escape(w->h, in->name);
            cn__text_add(w->h, " */");
        }
        cn__text_add(w->h, "\n");
    }
    cn__text_printf(w->h, "} %s_row;\n\n", w->name);
}

static void write_declarations(writer *w)
{
    const cn__target *t = w->p->target_count ? &w->p->targets[0] : NULL;
    write_row(w);
    cn__text_printf(w->h,
                    "/* What the network takes of a row: x[%s_INPUT_SIZE]. */\n"
                    "void %s_prepare(const %s_row *row, float *x);\n"
                    "/* The network's answer to a row: y[%s_OUTPUT_SIZE], ",
                    w->upper, w->name, w->name, w->upper);
    if (t && t->classes)
        cn__text_printf(w->h, "%s. */\n",
                        t->count == 2 ? "probabilities; one alone is that of the second class"
                                      : "a probability for each class");
    else cn__text_add(w->h, "in the target's own units. */\n");
    cn__text_printf(w->h, "void %s_predict_row(const %s_row *row, float *y);\n", w->name, w->name);
    if (t && t->classes)
        cn__text_printf(w->h,
                        "/* What the classes are called. */\nextern const char *const %s_classes[%zu];\n",
                        w->name, t->count);
    cn__text_add(w->h, "\n");
}

/* ---- the source ------------------------------------------------------------------------------------------------------------ */

static void write_words(writer *w, const char *name, const char *const *words, size_t count)
{
    cn__text_printf(w->c, "%s[%zu] = {", name, count ? count : 1);
    for (size_t i = 0; i < count; i++) {
        cn__text_add(w->c, i % 8 ? ", " : i ? ",\n    " : "");
        add_string(w->c, words[i]);
    }
    cn__text_add(w->c, count ? "};\n" : "0};\n");
}

static void write_bounds(writer *w, const cn__input *in, size_t input)
{
    cn__text_printf(w->c, "static const float bounds%zu[%zu] = {", input, in->count - 1);
    for (size_t i = 0; i + 1 < in->count; i++)
        cn__text_printf(w->c, "%s(float)%.9g", i % 8 ? ", " : i ? ",\n    " : "", in->cuts[i]);
    cn__text_add(w->c, "};\n");
}

/* Only what is called. */
static void write_helpers(writer *w)
{
    bool words = false, texts = false;
    for (size_t i = 0; i < w->p->input_count; i++) {
        words = words || is_word(&w->p->inputs[i]);
        texts = texts || w->p->inputs[i].form == CN_FORM_TEXT;
    }
    if (words)
        cn__text_add(w->c,
                     "/* Which of the words it is; `count`: none. */\n"
                     "static size_t find_word(const char *word, const char *const *words, size_t count)\n{\n"
                     "    size_t i = 0;\n"
                     "    while (i < count && strcmp(words[i], word) != 0) i++;\n    return i;\n}\n\n");
    if (texts)
        cn__text_add(
            w->c,
            "/* 1 for each word of a text: lower case, without punctuation. Longer words than 200 letters are none. */\n"
            "static void mark_words(const char *text, const char *const *words, size_t count, float *x)\n{\n"
            "    char word[201];\n    size_t n = 0;\n"
            "    for (;; text++) {\n        const char c = *text;\n"
            "        if (c && strchr(\"!\\\"#$%&()*+,-./:;<=>?@[\\\\]^_`{|}~'\", c)) continue;\n"
            "        if (c && c != ' ' && (c < '\\t' || c > '\\r')) {\n"
            "            if (n < 200) word[n] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;\n"
            "            n += n <= 200;\n            continue;\n        }\n"
            "        word[n <= 200 ? n : 200] = '\\0';\n"
            "        if (n && n <= 200) {\n            const size_t i = find_word(word, words, count);\n"
            "            if (i < count) x[i] = 1.0f;\n        }\n"
            "        n = 0;\n        if (!c) return;\n    }\n}\n\n");
}

static void write_number(writer *w, const cn__input *in, const char *field, size_t i)
{
    if (in->form == CN_FORM_ORDINAL)
        cn__text_printf(w->c,
                        "    v = NAN;\n    if (row->%s) {\n"
                        "        const size_t place = find_word(row->%s, words%zu, %zu);\n"
                        "        v = place < %zu ? (double)place : -1.0;\n    }\n",
                        field, field, i, in->count, in->count);
    else cn__text_printf(w->c, "    v = row->%s;\n", field);
    if (!isnan(in->missing)) cn__text_printf(w->c, "    if (v != v) v = %.17g;\n", in->missing);
    if (in->log) cn__text_add(w->c, "    v = log1p(v);\n");
    if (in->shift != 0 || in->scale != 1)
        cn__text_printf(w->c, "    v = (v - (%.17g)) / %.17g;\n", in->shift, in->scale);
    cn__text_printf(w->c, "    x[%zu] = (float)v;\n", in->at);
}

/* Keras's comparison, in float. */
static void write_bins(writer *w, const cn__input *in, const char *field, size_t i)
{
    cn__text_printf(w->c, "    v = row->%s;\n", field);
    if (!isnan(in->missing)) cn__text_printf(w->c, "    if (v != v) v = %.17g;\n", in->missing);
    cn__text_printf(w->c,
                    "    for (i = 0; i < %zu && (float)v >= bounds%zu[i];) i++;\n"
                    "    x[%zu + i] = 1.0f;\n",
                    in->count - 1, i, in->at);
}

static void write_input(writer *w, size_t i)
{
    const cn__input *in = &w->p->inputs[i];
    const char *field = w->fields[i];
    if (cn__input_is_number(in)) write_number(w, in, field, i);
    if (in->form == CN_FORM_BINS) write_bins(w, in, field, i);
    if (in->form == CN_FORM_TEXT)
        cn__text_printf(w->c, "    if (row->%s) mark_words(row->%s, words%zu, %zu, x + %zu);\n", field, field,
                        i, in->count, in->at);
    if (in->form == CN_FORM_ONE_HOT)
        cn__text_printf(w->c,
                        "    i = row->%s ? find_word(row->%s, words%zu, %zu) : %zu;\n"
                        "    if (i < %zu) x[%zu + i] = 1.0f;\n",
                        field, field, i, in->count, in->frequent < in->count ? in->frequent : in->count,
                        in->count, in->at);
    if (in->indicator)
        cn__text_printf(w->c,
                        is_word(in) ? "    x[%zu] = row->%s ? 0.0f : 1.0f;\n"
                                    : "    x[%zu] = row->%s == row->%s ? 0.0f : 1.0f;\n",
                        in->at + cn__input_width(in) - 1, field, field);
}

static void write_prepare(writer *w)
{
    bool numbers = false, words = false;
    for (size_t i = 0; i < w->p->input_count; i++) {
        const cn__form form = w->p->inputs[i].form;
        numbers = numbers || cn__input_has_number(&w->p->inputs[i]);
        words = words || form == CN_FORM_ONE_HOT || form == CN_FORM_BINS;
    }
    cn__text_printf(w->c,
                    "void %s_prepare(const %s_row *row, float *x)\n{\n%s%s"
                    "    memset(x, 0, %s_INPUT_SIZE * sizeof *x);\n",
                    w->name, w->name, numbers ? "    double v;\n" : "", words ? "    size_t i;\n" : "",
                    w->upper);
    for (size_t i = 0; i < w->p->input_count; i++) write_input(w, i);
    cn__text_add(w->c, "}\n");
}

static void write_predict(writer *w, size_t outputs)
{
    cn__text_printf(w->c,
                    "\nvoid %s_predict_row(const %s_row *row, float *y)\n{\n"
                    "    float x[%s_INPUT_SIZE];\n    %s_prepare(row, x);\n    %s_predict(x, y);\n",
                    w->name, w->name, w->upper, w->name, w->name);
    for (size_t i = 0; i < w->p->target_count && i < outputs; i++) {
        const cn__target *t = &w->p->targets[i];
        if (t->classes) break;
        if (t->shift != 0 || t->scale != 1)
            cn__text_printf(w->c, "    y[%zu] = (float)((double)y[%zu] * %.17g + (%.17g));\n", i, i, t->scale,
                            t->shift);
        if (t->log) cn__text_printf(w->c, "    y[%zu] = (float)expm1((double)y[%zu]);\n", i, i);
    }
    cn__text_add(w->c, "}\n");
}

static cn_status write_all(writer *w, size_t outputs)
{
    const size_t n = w->p->input_count;
    w->fields = cn__arena_array(&w->arena, n + 1, sizeof *w->fields);
    if (!w->fields) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (!(w->fields[i] = field_name(w, i))) return CN_ERROR_MEMORY;
    write_declarations(w);
    cn__text_add(w->c, "\n/* ---- rows of the table ---- */\n\n");
    write_helpers(w);
    for (size_t i = 0; i < n; i++) {
        const cn__input *in = &w->p->inputs[i];
        if (in->form == CN_FORM_BINS) write_bounds(w, in, i);
        if (!is_word(in)) continue;
        write_words(w, cn__arena_format(&w->arena, "static const char *const words%zu", i), in->words,
                    in->count);
    }
    const cn__target *t = w->p->target_count ? &w->p->targets[0] : NULL;
    if (t && t->classes)
        write_words(w, cn__arena_format(&w->arena, "const char *const %s_classes", w->name), t->classes,
                    t->count);
    cn__text_add(w->c, "\n");
    write_prepare(w);
    write_predict(w, outputs);
    return CN_OK;
}

cn_status cn__c_write_preparation(const cn_preparation *p, const char *name, const char *upper, size_t inputs,
                                  size_t outputs, cn__text *h, cn__text *c)
{
    if (!p->input_count) return CN_OK; /* of pictures */
    if (p->features != inputs)
        return cn__fail(CN_ERROR_SHAPE,
                        "the preparation makes %zu numbers of a row, and the network takes %zu", p->features,
                        inputs);
    writer w = {.p = p, .name = name, .upper = upper, .h = h, .c = c};
    cn_status status = write_all(&w, outputs);
    cn__arena_free(&w.arena);
    return status;
}
