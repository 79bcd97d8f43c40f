/* Activations as ONNX operators: one table of small programs, run to write them and matched to read them.
 *
 * A step is `Operator inputs… attribute=value`; x is the activation's input, a, b, c … the results of the first, second,
 * third … step, p0 p1 p2 its numbers (kernels/kernels.h), _ an input left out, and a number a constant. The last step's result is
 * the activation. `numbers` says which values of p a row is for (* any). Formulas: keras.activations. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text/text.h"
#include "formats/onnx/onnx.h"
#include "nn/activation.h"

typedef struct pattern {
    cn__act kind;
    const char *numbers, *steps;
} pattern;

#define SIX_RANGE "alpha=0.1666666716 beta=0.5"

/* The first row that fits is taken: for writing by kind and numbers, for reading by the nodes. */
static const pattern patterns[] = {
    {CN_ACT_RELU6, "* * *", "Clip x 0 6"},
    {CN_ACT_RELU, "0 inf 0", "Relu x"},
    {CN_ACT_LEAKY_RELU, "* * *", "LeakyRelu x alpha=p0"},
    {CN_ACT_RELU, "* inf 0", "LeakyRelu x alpha=p0"},
    {CN_ACT_RELU, "0 * 0", "Clip x 0 p1"},
    {CN_ACT_RELU, "0 inf *", "ThresholdedRelu x alpha=p2"},
    {CN_ACT_RELU, "0 * *", "Greater x p2; Where a x 0; Clip b 0 p1"},
    {CN_ACT_RELU, "* inf *", "Greater x p2; Where a x 0; Sub p2 x; Relu c; Mul d p0; Sub b e"},
    {CN_ACT_RELU, "* * *", "Greater x p2; Where a x 0; Clip b 0 p1; Sub p2 x; Relu d; Mul e p0; Sub c f"},
    {CN_ACT_ELU, "* * *", "Elu x alpha=p0"},
    {CN_ACT_CELU, "* * *", "Celu x alpha=p0"},
    {CN_ACT_SELU, "* * *", "Selu x alpha=1.673263192 gamma=1.050701022"},
    {CN_ACT_GELU, "0 * *", "Gelu x approximate=none"},
    {CN_ACT_GELU, "1 * *", "Gelu x approximate=tanh"},
    {CN_ACT_SIGMOID, "* * *", "Sigmoid x"},
    {CN_ACT_TANH, "* * *", "Tanh x"},
    {CN_ACT_SOFTPLUS, "* * *", "Softplus x"},
    {CN_ACT_SOFTSIGN, "* * *", "Softsign x"},
    {CN_ACT_SILU, "* * *", "Sigmoid x; Mul x a"},
    {CN_ACT_MISH, "* * *", "Mish x"},
    {CN_ACT_EXPONENTIAL, "* * *", "Exp x"},
    {CN_ACT_HARD_SIGMOID, "* * *", "HardSigmoid x " SIX_RANGE},
    {CN_ACT_HARD_SILU, "* * *", "HardSwish x"},
    {CN_ACT_SOFTMAX, "* * *", "Softmax x axis=last"},
    {CN_ACT_LOG_SOFTMAX, "* * *", "LogSoftmax x axis=last"},
    /* As others write them. */
    {CN_ACT_SILU, "* * *", "Swish x alpha=1"},
    {CN_ACT_RELU6, "* * *", "Clip x min=0 max=6"},
    {CN_ACT_RELU, "0 * 0", "Clip x min=0 max=p1"},
    {CN_ACT_RELU, "0 inf 0", "Clip x 0 _"},
    {CN_ACT_RELU, "0 inf 0", "Max x 0"},
    {CN_ACT_LEAKY_RELU, "* * *", "PRelu x p0"},
    {CN_ACT_RELU6, "* * *", "Relu x; Clip a _ 6"},
    {CN_ACT_RELU6, "* * *", "Relu x; Min a 6"},
    {CN_ACT_SOFTPLUS, "* * *", "Softplus x; Greater x 20; Where b x a"},
    {CN_ACT_MISH, "* * *", "Softplus x; Tanh a; Mul x b"},
    {CN_ACT_HARD_SILU, "* * *", "HardSigmoid x " SIX_RANGE "; Mul x a"},
    {CN_ACT_HARD_SIGMOID, "* * *", "Add x 3; Clip a 0 6; Div b 6"},
    {CN_ACT_HARD_SILU, "* * *", "Add x 3; Clip a 0 6; Div b 6; Mul x c"},
    {CN_ACT_SOFTSIGN, "* * *", "Abs x; Add a 1; Div x b"},
    {CN_ACT_GELU, "0 * *", "Div x 1.414213562; Erf a; Add b 1; Mul x c; Mul d 0.5"},
    {CN_ACT_GELU, "0 * *", "Div x 1.414213562; Erf a; Add b 1; Mul x 0.5; Mul d c"},
    {CN_ACT_GELU, "0 * *", "Mul x 0.7071067812; Erf a; Add b 1; Mul x 0.5; Mul d c"},
    {CN_ACT_GELU, "0 * *", "Mul x 0.7071067812; Erf a; Add b 1; Mul c 0.5; Mul x d"},
    {CN_ACT_GELU, "0 * *", "Div x 1.414213562; Erf a; Add b 1; Mul c 0.5; Mul x d"},
    {CN_ACT_GELU, "1 * *",
     "Mul x x; Mul x a; Mul b 0.044715; Add x c; Mul d 0.7978845608; Tanh e; Add f 1; Mul x g; Mul h 0.5"},
    {CN_ACT_GELU, "1 * *",
     "Pow x 3; Mul a 0.044715; Add x b; Mul c 0.7978845608; Tanh d; Add e 1; Mul x 0.5; Mul g f"},
    {CN_ACT_GELU, "1 * *",
     "Pow x 3; Mul a 0.044715; Add x b; Mul c 0.7978845608; Tanh d; Add e 1; Mul x f; Mul g 0.5"},
    {CN_ACT_GELU, "1 * *",
     "Pow x 3; Mul a 0.044715; Add x b; Mul c 0.7978845608; Tanh d; Add e 1; Mul f 0.5; Mul x g"},
};
enum { PATTERNS = sizeof patterns / sizeof *patterns };

/* What an attribute is when a node does not have it. */
static const struct {
    const char *op, *name;
    double value;
} defaults[] = {
    {"LeakyRelu", "alpha", 0.01},
    {"Elu", "alpha", 1},
    {"Celu", "alpha", 1},
    {"ThresholdedRelu", "alpha", 1},
    {"HardSigmoid", "alpha", 0.2},
    {"HardSigmoid", "beta", 0.5},
    {"Swish", "alpha", 1},
    {"Selu", "alpha", 1.673263192176818848},
    {"Selu", "gamma", 1.050701022148132324},
    {"Clip", "min", -INFINITY},
    {"Clip", "max", INFINITY},
    {"ReduceMean", "keepdims", 1},
};

enum { STEPS = 10, INPUTS = 3, ATTRIBUTES = 2, WORD = 24 };
typedef struct step {
    char op[WORD], input[INPUTS][WORD];
    int inputs, attributes;
    struct {
        char name[WORD], value[WORD];
    } attribute[ATTRIBUTES];
} step;

static void read_word(step *s, const char *word, size_t size)
{
    const char *equal = memchr(word, '=', size);
    if (!s->op[0]) snprintf(s->op, WORD, "%.*s", (int)size, word);
    else if (!equal) snprintf(s->input[s->inputs++], WORD, "%.*s", (int)size, word);
    else {
        snprintf(s->attribute[s->attributes].name, WORD, "%.*s", (int)(equal - word), word);
        snprintf(s->attribute[s->attributes++].value, WORD, "%.*s", (int)(word + size - equal - 1),
                 equal + 1);
    }
}

static int read_steps(const char *text, step steps[STEPS])
{
    int count = 0;
    memset(steps, 0, STEPS * sizeof *steps);
    for (const char *p = text; *p; p += strspn(p, " ")) {
        size_t size = strcspn(p, " ;");
        if (size) read_word(&steps[count], p, size);
        p += size;
        if (*p == ';') count++, p++;
    }
    return count + 1;
}

/* Number i of "0 inf *"; NaN for any. */
static double fixed_number(const char *numbers, int i)
{
    for (; i > 0; i--) numbers = strchr(numbers, ' ') + 1;
    return *numbers == '*' ? (double)NAN : cn__strtod(numbers, NULL);
}

static bool is_value(const char *word) { return word[0] >= 'a' && word[0] <= 'x' && !word[1]; }
static bool is_parameter(const char *word) { return word[0] == 'p' && word[1]; }
static int parameter_index(const char *word) { return word[1] - '0'; }

/* ---- writing ------------------------------------------------------------------------------------------- */

static bool fits_numbers(const pattern *row, const cn__activation *a)
{
    for (int i = 0; i < 3; i++) {
        double fixed = fixed_number(row->numbers, i);
        if (!isnan(fixed) && (real)fixed != a->p[i]) return false;
    }
    return row->kind == a->kind;
}

static const char *write_input(cn__onnx_graph *g, const char *word, const char *x,
                               const char *const results[STEPS], const cn__activation *a)
{
    if (word[0] == '_') return "";
    if (is_parameter(word)) return cn__onnx_scalar(g, (float)a->p[parameter_index(word)]);
    if (is_value(word)) return word[0] == 'x' ? x : results[word[0] - 'a'];
    return cn__onnx_scalar(g, (float)cn__strtod(word, NULL));
}

static void write_attributes(cn__onnx_graph *g, Cn__Onnx__Node *node, const step *s, const cn__activation *a)
{
    for (int i = 0; i < s->attributes; i++) {
        const char *name = s->attribute[i].name, *value = s->attribute[i].value;
        if (strcmp(value, "last") == 0) cn__onnx_attribute_int(g, node, name, -1);
        else if (is_parameter(value))
            cn__onnx_attribute_float(g, node, name, (float)a->p[parameter_index(value)]);
        else if (value[0] >= 'a') cn__onnx_attribute_text(g, node, name, value);
        else cn__onnx_attribute_float(g, node, name, (float)cn__strtod(value, NULL));
    }
}

cn_status cn__onnx_write_activation(cn__onnx_graph *g, const cn__activation *a)
{
    step steps[STEPS];
    const char *results[STEPS] = {0}, *x = g->value;
    const pattern *row = patterns;
    while (row < patterns + PATTERNS && !fits_numbers(row, a)) row++;
    if (row == patterns + PATTERNS)
        return cn__fail(CN_ERROR_ARGUMENT, "activation %s cannot be written as ONNX",
                        cn__activation_name(a->kind));
    int count = read_steps(row->steps, steps);
    for (int i = 0; i < count && !g->failed; i++) {
        const char *inputs[INPUTS + 1] = {0};
        for (int j = 0; j < steps[i].inputs; j++)
            inputs[j] = write_input(g, steps[i].input[j], x, results, a);
        write_attributes(g, cn__onnx_node(g, steps[i].op, inputs), &steps[i], a);
        results[i] = g->value;
    }
    return CN_OK;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

typedef struct match {
    const cn__onnx_source *source;
    const char *x;
    int rank;
    double p[3];                /* NaN: not known yet */
    const Cn__Onnx__Node *only; /* NULL: any */
    const Cn__Onnx__Node *nodes[STEPS];
} match;

/* Written in the table with ten digits. */
static bool nearly(double a, double b) { return a == b || fabs(a - b) <= 1e-6 * fabs(b); }

static bool matches_number(match *m, const char *word, double value)
{
    if (!is_parameter(word)) return nearly(value, cn__strtod(word, NULL));
    double *p = &m->p[parameter_index(word)];
    if (isnan(*p)) *p = value;
    return *p == value;
}

static bool matches_input(match *m, const char *word, const Cn__Onnx__Node *node, size_t i)
{
    const char *name = i < node->n_inputs ? node->inputs[i] : "";
    if (word[0] == '_') return !*name;
    if (is_value(word)) return strcmp(name, word[0] == 'x' ? m->x : m->nodes[word[0] - 'a']->outputs[0]) == 0;
    const cn__onnx_value *value = cn__onnx_find(m->source, name);
    return value && value->tensor && cn__onnx_size(value->tensor) == 1 &&
           matches_number(m, word, cn__onnx_element(value->tensor, 0));
}

static double default_of(const char *op, const char *name)
{
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        if (strcmp(op, defaults[i].op) == 0 && strcmp(name, defaults[i].name) == 0) return defaults[i].value;
    return NAN;
}

/* Before operator set 13 the default was 1; of a list it is all axes. */
static bool is_last_axis(const match *m, const char *name, const Cn__Onnx__Attribute *a)
{
    if (strcmp(name, "axes") == 0) return a && a->n_ints == 1 && (a->ints[0] == -1 || a->ints[0] == m->rank);
    int64_t axis = a ? a->i : m->source->opset < 13 ? 1 : -1;
    return axis == -1 || axis == m->rank;
}

static bool matches_text(const Cn__Onnx__Attribute *a, const char *text)
{
    if (!a) return strcmp(text, "none") == 0;
    return a->s.len == strlen(text) && memcmp(a->s.data, text, a->s.len) == 0;
}

static bool matches_attributes(match *m, const step *s, const Cn__Onnx__Node *node)
{
    size_t found = 0;
    for (int i = 0; i < s->attributes; i++) {
        const char *name = s->attribute[i].name, *value = s->attribute[i].value;
        const Cn__Onnx__Attribute *a = cn__onnx_attribute(node, name);
        bool same = strcmp(value, "last") == 0 ? is_last_axis(m, name, a)
                    : value[0] >= 'a' && !is_parameter(value)
                        ? matches_text(a, value)
                        : matches_number(m, value, cn__onnx_number(node, name, default_of(node->op, name)));
        if (!same) return false;
        found += a != NULL;
    }
    return found == node->n_attributes; /* no others */
}

static bool matches_inputs(match *m, const step *s, const Cn__Onnx__Node *node, bool swapped)
{
    for (int i = 0; i < s->inputs; i++)
        if (!matches_input(m, s->input[i], node, (size_t)(swapped ? 1 - i : i))) return false;
    for (size_t i = (size_t)s->inputs; i < node->n_inputs; i++)
        if (*node->inputs[i]) return false;
    return true;
}

static bool matches_node(match *m, const step *s, const Cn__Onnx__Node *node)
{
    if (strcmp(node->op, s->op) != 0 || *node->domain || node->n_outputs != 1) return false;
    bool commutes = strcmp(s->op, "Add") == 0 || strcmp(s->op, "Mul") == 0 || strcmp(s->op, "Min") == 0;
    for (int swapped = 0; swapped <= (commutes && s->inputs == 2); swapped++) {
        match trial = *m;
        if (!matches_inputs(&trial, s, node, swapped) || !matches_attributes(&trial, s, node)) continue;
        *m = trial;
        return true;
    }
    return false;
}

/* The node of step i: it takes a value that is known already. */
static bool find_node(match *m, const step *s, int i)
{
    for (int j = 0; j < s->inputs; j++) {
        if (!is_value(s->input[j])) continue;
        int from = s->input[j][0] - 'a';
        const cn__onnx_value *value =
            cn__onnx_find(m->source, s->input[j][0] == 'x' ? m->x : m->nodes[from]->outputs[0]);
        for (size_t c = 0; value && c < value->consumer_count; c++)
            if ((!m->only || m->only == value->consumers[c]) && matches_node(m, s, value->consumers[c])) {
                m->nodes[i] = value->consumers[c];
                return true;
            }
        return false;
    }
    return false;
}

/* Is every consumer of the value one of the matched nodes? */
static bool stays_inside(const match *m, const char *name, int count)
{
    const cn__onnx_value *value = cn__onnx_find(m->source, name);
    for (size_t c = 0; value && c < value->consumer_count; c++) {
        int i = 0;
        while (i < count && m->nodes[i] != value->consumers[c]) i++;
        if (i == count) return false;
    }
    return value && !cn__onnx_is_output(m->source, name);
}

static bool matches_all(match *m, const step *steps, int count)
{
    for (int i = 0; i < count; i++)
        if (!find_node(m, &steps[i], i)) return false;
    if (!m->only && !stays_inside(m, m->x, count)) return false;
    for (int i = 0; i + 1 < count; i++)
        if (!stays_inside(m, m->nodes[i]->outputs[0], count)) return false;
    return true;
}

bool cn__onnx_match_steps(const cn__onnx_source *source, const char *value, int rank, const char *text,
                          double numbers[3], const char **end, const Cn__Onnx__Node **first)
{
    step steps[STEPS];
    match m = {.source = source, .x = value, .rank = rank};
    int count = read_steps(text, steps);
    if (count == 1) m.only = source->node;
    memcpy(m.p, numbers, sizeof m.p);
    if (!matches_all(&m, steps, count)) return false;
    memcpy(numbers, m.p, sizeof m.p);
    *end = m.nodes[count - 1]->outputs[0];
    *first = m.nodes[0];
    return true;
}

bool cn__onnx_match_activation(const cn__onnx_source *source, const char *value, int rank,
                               cn__activation *out, const char **end, const Cn__Onnx__Node **first)
{
    for (const pattern *row = patterns; row < patterns + PATTERNS; row++) {
        double p[3];
        for (int i = 0; i < 3; i++) p[i] = fixed_number(row->numbers, i);
        if (!cn__onnx_match_steps(source, value, rank, row->steps, p, end, first)) continue;
        out->kind = row->kind;
        for (int i = 0; i < 3; i++) out->p[i] = isnan(p[i]) ? 0 : (real)p[i];
        return true;
    }
    return false;
}

/* The arguments that an activation's numbers are, by kind. */
static const struct {
    cn__act kind;
    const char *arguments[3];
} arguments[] = {
    {CN_ACT_RELU, {"negative_slope", "max_value", "threshold"}},
    {CN_ACT_LEAKY_RELU, {"negative_slope"}},
    {CN_ACT_ELU, {"alpha"}},
    {CN_ACT_CELU, {"alpha"}},
};

const char *cn__onnx_activation_text(cn__arena *arena, const cn__activation *a)
{
    cn__text text = {0};
    const char *before = "(";
    cn__text_add(&text, cn__activation_name(a->kind));
    for (size_t k = 0; k < sizeof arguments / sizeof *arguments; k++)
        for (int i = 0; i < 3 && arguments[k].kind == a->kind && arguments[k].arguments[i]; i++) {
            if (a->kind == CN_ACT_RELU && (i == 1 ? isinf(a->p[i]) : a->p[i] == 0)) continue;
            cn__text_printf(&text, "%s%s=%.9g", before, arguments[k].arguments[i], (double)a->p[i]);
            before = ", ";
        }
    if (a->kind == CN_ACT_GELU && a->p[0] != 0) cn__text_add(&text, "(approximate=true)");
    else if (*before == ',') cn__text_add(&text, ")");
    char *out = text.failed ? NULL : cn__arena_strdup(arena, text.data);
    cn__text_free(&text);
    return out;
}
