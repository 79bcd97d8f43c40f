/* model and compile: layers from their lines, and what a model is compiled with, tried at once. */
#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/text/text.h"
#include "lab/program/analyzer.h"
#include "model/model.h"

/* ---- models ---------------------------------------------------------------------------------------------------- */

/* The line "model NAME" in a text; 0: none. */
static size_t line_of_model(const char *text, size_t line, const char *name)
{
    static const char word[] = "model";
    size_t size = strlen(name);
    for (const char *p = text; *p; line++) {
        const char *q = p + strspn(p, " \t");
        if (strncmp(q, word, sizeof word - 1) == 0) {
            const char *found = q + sizeof word - 1 + strspn(q + sizeof word - 1, " \t");
            bool apart = found > q + sizeof word - 1;
            if (apart && strncmp(found, name, size) == 0 && strchr(" \t\r\n", found[size])) return line;
        }
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
    return 0;
}

const char *cn__program_unseen(const cn__program *p, const char *name, char *out, size_t size)
{
    size_t line = 0;
    for (size_t i = 0; i < p->document.count && !line; i++) {
        const cn__part_of_lab *part = &p->document.parts[i];
        line = part->code ? 0 : line_of_model(part->text, part->line, name);
    }
    *out = '\0';
    if (line) cn__format(out, size, "; line %zu makes it, but in no cornu block", line);
    return out;
}

cn_status cn__fail_model(const cn__program *p, const char *name)
{
    const char *names[256];
    char unseen[80];
    size_t n = p->model_count < 256 ? p->model_count : 256;
    if (*cn__program_unseen(p, name, unseen, sizeof unseen))
        return cn__fail(CN_ERROR_ARGUMENT, "unknown model '%s'%s", name, unseen);
    for (size_t i = 0; i < n; i++) names[i] = p->models[i]->name;
    if (!n) return cn__fail(CN_ERROR_ARGUMENT, "unknown model '%s'; no model stands above this line", name);
    return cn__fail_word(CN_ERROR_ARGUMENT, "model", name, names, n);
}

static cn_status check_lengths(const char *layers, size_t *line)
{
    *line = 0;
    for (const char *p = layers; *p; ++*line) {
        const size_t space = strspn(p, " \t"), size = strcspn(p, "\n");
        if (size - space > CN_MOST_STATEMENT)
            return cn__fail(CN_ERROR_ARGUMENT, "a layer of %zu bytes, expected at most %d", size - space,
                            CN_MOST_STATEMENT);
        p += size + (p[size] == '\n');
    }
    return CN_OK;
}

static bool begins_with_input(const char *layers)
{
    const char *p = layers + strspn(layers, " \t\r\n;");
    while (*p == '#') {
        p += strcspn(p, "\n");
        p += strspn(p, " \t\r\n;");
    }
    return strncasecmp(p, "input", 5) == 0;
}

/* Without an input of its own the data's shape becomes the input. *line: of the wrong one, from 0. */
static cn_status add_layers(cn_model *m, const cn__lab_model *model, const cn__stage *stage, size_t *line)
{
    int number = 0;
    if (stage && !begins_with_input(model->layers))
        CN_TRY(cn_model_add(m, cn_input_new(stage->x.ndim - 1, stage->x.shape + 1)));
    cn_status status = cn__model_add_lines(m, model->layers, &number);
    *line = number > 0 ? (size_t)number - 1 : 0;
    return status;
}

static cn_model *make_graph(const cn__lab_model *model, const cn__stage *stage, size_t *line)
{
    cn__shape input = {0};
    int number;
    for (int i = 1; stage && i < stage->x.ndim && input.rank < CN_MAX_RANK; i++)
        input.dim[input.rank++] = stage->x.shape[i];
    cn_model *m = cn__graph_from_notation(model->name, model->layers, stage ? &input : NULL, &number);
    *line = number > 0 ? (size_t)number - 1 : 0;
    return m;
}

/* A new model of these layers, without initial values for a trial. *line: of the layer that is wrong, counted from 0 in `layers`. */
static cn_model *make_model(const cn__lab_model *model, const cn__stage *stage, uint64_t seed,
                            bool skip_initialization, size_t *line)
{
    if (check_lengths(model->layers, line) != CN_OK) return NULL;
    const bool graph = cn__notation_is_graph(model->layers);
    cn_model *m = graph ? make_graph(model, stage, line) : cn_model_new(model->name);
    if (!m) return NULL;
    cn_model_set_seed(m, seed);
    m->skip_initialization = skip_initialization;
    if (graph || add_layers(m, model, stage, line) == CN_OK) return m;
    cn_model_free(m);
    return NULL;
}

static cn_model *plain_model(const cn__job *job, bool skip_initialization)
{
    size_t line;
    return make_model(job->model, job->data, job->seed, skip_initialization, &line);
}

static cn_model *compiled_model(const cn__job *job, bool skip_initialization)
{
    cn_model *m = plain_model(job, skip_initialization);
    const cn_preparation *p = job->data ? job->data->preparation : NULL;
    if (m &&
        cn_model_compile(m, .optimizer = job->optimizer, .loss = job->loss, .metrics = job->metrics,
                         .weighted_metrics = job->weighted_metrics, .loss_weights = job->loss_weights,
                         .convolution = job->convolution) == CN_OK &&
        (!p || cn_preparation_attach(p, m) == CN_OK))
        return m;
    cn_model_free(m);
    return NULL;
}

cn_model *cn__job_model(const cn__job *job)
{
    return job->found ? cn__configuration_model(&job->found->configuration, job->seed, false)
                      : compiled_model(job, false);
}

cn_model *cn__trial_model(const cn__job *job, bool compiled)
{
    return compiled ? compiled_model(job, true) : plain_model(job, true);
}

static bool same_shape(const cn__variable *a, const cn__variable *b)
{
    return a->ndim == b->ndim && memcmp(a->shape, b->shape, (size_t)a->ndim * sizeof *a->shape) == 0;
}

size_t cn__common_weights(const cn_model *to, const cn_model *from, bool top)
{
    size_t count = 0, most = from->variable_count;
    const cn__layer *last = most && !top ? from->variables[most - 1]->layer : NULL;
    while (most && from->variables[most - 1]->layer == last) most--;
    while (count < most && count < to->variable_count &&
           same_shape(to->variables[count], from->variables[count]))
        count++;
    return count;
}

static const char *const reserved[] = {"best", "worst", "data", "lab", "abs", "min",
                                       "max",  "round", "and",  "or",  "not", "test"};

static cn_status check_name(const char *name)
{
    bool good = isalpha((unsigned char)*name) || *name == '_';
    for (const char *p = name; *p; p++) good = good && (isalnum((unsigned char)*p) || *p == '_');
    if (!good)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "model '%s': a name is made of letters, digits and _ and begins with a letter", name);
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (strcmp(name, reserved[i]) == 0)
            return cn__fail(CN_ERROR_ARGUMENT,
                            "model '%s': the word means something else in {{…}}; take another name", name);
    return CN_OK;
}

bool cn__is_listed(const char *list, const char *name)
{
    const size_t size = strlen(name);
    for (const char *p = list; p && *p;) {
        p += strspn(p, ", ");
        const size_t n = strcspn(p, ", ");
        if (n == size && memcmp(p, name, n) == 0) return true;
        p += n;
    }
    return !list;
}

/* Builds it for the data at this place: number of parameters, and what of it goes into a key. On failure *line is that of
 * the wrong layer. */
static cn_status measure(cn__analyzer *k, cn__lab_model *m, size_t *line)
{
    cn_model *built = make_model(m, k->stage, m->seed, true, line);
    if (!built) return cn_error_status();
    char *summary = cn_model_summary(built); /* builds it */
    cn_text_free(summary);
    m->parameters = cn_model_parameters(built);
    m->flops = cn_model_flops(built);
    m->measured = k->stage;
    char *config = cn_model_to_json(built);
    m->config = config ? cn__arena_strdup(&k->program->arena, config) : NULL;
    cn_text_free(config);
    cn_model_free(built);
    return m->config && !isnan(m->flops) ? CN_OK : cn_error_status();
}

cn_status cn__fit_to_data(cn__analyzer *k, cn__lab_model *m)
{
    size_t line;
    return m->first || m->measured == k->stage ? CN_OK : measure(k, m, &line);
}

static cn_status set_layers(cn__analyzer *k, cn__lab_model *m, const cn__statement *s,
                            const cn__lab_model *like)
{
    size_t line;
    if (like && like->broken && !s->layers) return cn__fail_broken(like);
    m->layers = s->layers ? s->layers : like ? like->layers : "";
    if (!m->layers[0])
        return cn__fail(CN_ERROR_ARGUMENT, "model %s has no layers; they stand indented below it, one a line",
                        m->name);
    cn_status status = measure(k, m, &line);
    if (status != CN_OK && status != CN_ERROR_MEMORY && s->layers && !k->expect_error)
        cn__mistakes_take(k->mistakes, s->layers_line + line);
    return status;
}

cn_status cn__fail_broken(const cn__lab_model *m)
{
    return cn__fail(CN_ERROR_STATE, "model '%s' could not be made; line %zu says why", m->name, m->line);
}

cn_status cn__add_broken_model(cn__analyzer *k, const cn__statement *s)
{
    cn__program *p = k->program;
    cn__lab_model *m = cn__arena_alloc(&p->arena, sizeof *m);
    if (!m) return CN_ERROR_MEMORY;
    *m = (cn__lab_model){.name = s->names[0], .title = s->arguments.title, .line = s->line, .broken = true};
    m->seed = s->arguments.seed == INT64_MIN ? p->seed : (uint64_t)s->arguments.seed;
    if (!m->title) m->title = m->name;
    m->wanted = cn__is_listed(p->options->only, m->name);
    m->layers = m->config = "";
    CN_TRY(cn__add_pointer(&p->arena, &p->models, &p->model_count, m));
    m->number = p->model_count;
    return CN_OK;
}

cn_status cn__build_for(cn_model *m, const cn__stage *data)
{
    if (m->input_count) return cn__model_build(m, &m->inputs[0]->shape);
    return cn_model_build(m, data->x.ndim - 1, data->x.shape + 1);
}

/* weights=OTHER: OTHER must have been trained above, and its first layers must be this one's. */
static cn_status set_base(cn__analyzer *k, cn__lab_model *m, const char *name, bool top)
{
    const cn__lab_model *other = cn__program_model(k->program, name);
    if (!other) return cn__fail_model(k->program, name);
    if (!other->last)
        return cn__fail(CN_ERROR_STATE, "model %s: weights=%s, and %s is not trained above it", m->name, name,
                        name);
    cn_model *own = cn__trial_model(&(cn__job){.model = m, .data = k->stage}, false), *base = NULL;
    if (own && cn__build_for(own, k->stage) == CN_OK) base = cn__trial_model(other->last, true);
    const bool made = base != NULL;
    const size_t common = made ? cn__common_weights(own, base, top) : 0;
    cn_model_free(own);
    cn_model_free(base);
    if (!made) return cn_error_status();
    m->base = other->last;
    m->base_top = top;
    if (common) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE,
                    "model %s: weights=%s, and the first layers of both have weights of other shapes",
                    m->name, name);
}

cn_status cn__make_model(cn__analyzer *k, cn__lab_step *step)
{
    cn__program *p = k->program;
    const cn__statement *s = &step->statement;
    const cn__lab_model *before = cn__program_model(p, s->names[0]),
                        *like = s->arguments.like ? cn__program_model(p, s->arguments.like) : NULL;
    CN_TRY(check_name(s->names[0]));
    if (before)
        return cn__fail(CN_ERROR_ARGUMENT, "model '%s' is already defined in line %zu", before->name,
                        before->line);
    cn_status found = s->arguments.like && !like ? cn__fail_model(p, s->arguments.like) : CN_OK;
    CN_TRY(cn__add_broken_model(k, s));
    cn__lab_model *m = p->models[p->model_count - 1];
    step->models[0] = m;
    CN_TRY(found);
    CN_TRY(set_layers(k, m, s, like));
    if (s->arguments.weights) CN_TRY(set_base(k, m, s->arguments.weights, s->arguments.include_top));
    m->broken = false;
    return CN_OK;
}

/* ---- compile ----------------------------------------------------------------------------------------------------- */

cn_status cn__make_compile(cn__analyzer *k, cn__lab_step *step)
{
    cn__arena *arena = &k->program->arena;
    const cn__arguments *a = &step->statement.arguments;
    const char *optimizer = cn__value_or(arena, a->optimizer, "rmsprop"),
               *loss = cn__value_or(arena, a->loss, NULL), *metrics = cn__list_text(arena, a->metrics),
               *weighted = cn__list_text(arena, a->weighted_metrics),
               *loss_weights = cn__value_or(arena, a->loss_weights, NULL);
    for (size_t i = 0; i < step->statement.name_count; i++) {
        cn__lab_model *m = step->models[i];
        cn__job probe = {.model = m,
                         .data = k->stage,
                         .optimizer = optimizer,
                         .loss = loss,
                         .metrics = metrics,
                         .weighted_metrics = weighted,
                         .loss_weights = loss_weights,
                         .convolution = a->convolution};
        cn_model *made = cn__trial_model(&probe, true);
        if (!made) return cn_error_status();
        cn_model_free(made);
        m->optimizer = optimizer, m->loss = loss, m->metrics = metrics, m->weighted_metrics = weighted;
        m->loss_weights = loss_weights, m->convolution = a->convolution;
        m->recompiled = m->last != NULL;
    }
    return CN_OK;
}
