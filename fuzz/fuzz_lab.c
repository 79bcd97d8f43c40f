/* A lab document, all that is read and checked of it before any training: front matter, blocks, statements, models and fits,
 * {{…}} in its prose; then the prose again with made-up results. Data sets are made up too, so that no file is opened. */
#include <string.h>

#include "base/arena.h"
#include "fuzz.h"
#include "lab/program/program.h"
#include "lab/show/prose.h"

/* A size that runs away is refused like one that the machine has no memory for. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allocator_may_return_null=1:max_allocation_size_mb=32"; }

enum { TRAIN = 80, TEST = 8, SIDE = 6, COLUMNS = 3, CLASSES = 4, EPOCHS = 2 };

static cn_status make_part(bool pictures, bool classes, size_t n, cn_array *x, cn_array *y)
{
    CN_TRY(cn_array_new(x, pictures ? CN_UINT8 : CN_FLOAT32, pictures ? 3 : 2,
                        (size_t[]){n, pictures ? SIDE : COLUMNS, SIDE}));
    CN_TRY(cn_array_new(y, classes ? CN_INT64 : CN_FLOAT32, 1, &n));
    for (size_t i = 0; i < cn_array_size(x); i++)
        if (pictures) ((unsigned char *)x->data)[i] = (unsigned char)(i * 37);
        else ((float *)x->data)[i] = (float)(i % 11) - 5;
    for (size_t i = 0; i < n; i++)
        if (classes) ((int64_t *)y->data)[i] = (int64_t)(i % CLASSES);
        else ((float *)y->data)[i] = (float)i / 3;
    return CN_OK;
}

/* Pictures by name, rows with a number to predict for a table (which it has not: fuzz_table reads tables), arrays of classes. */
static cn_status make_data(const cn__arguments *a, cn__stage *s)
{
    bool table = a->target != NULL, pictures = !table && !a->x;
    s->name = s->source = a->x ? a->x : a->file;
    CN_TRY(make_part(pictures, !table, TRAIN, &s->x, &s->y));
    return make_part(pictures, !table, TEST, &s->test_x, &s->test_y);
}

static cn__curves made_up(cn__arena *arena, const cn__curves *expected, size_t epochs)
{
    cn__curves c = {.count = expected->count, .epochs = epochs, .names = expected->names};
    c.values = cn__arena_array(arena, c.count + 1, sizeof *c.values);
    for (size_t i = 0; c.values && i < c.count; i++) {
        c.values[i] = cn__arena_array(arena, epochs, sizeof(double));
        PROMISE(c.values[i]);
        for (size_t e = 0; e < epochs; e++) c.values[i][e] = 0.25 + (double)i / (double)(e + 3);
    }
    return c;
}

/* As if it had been run. */
static void finish(cn__job *job)
{
    static const double seconds[EPOCHS] = {0.5, 1};
    cn_array *p = &job->outcome.prediction;
    job->done = job->started = true;
    job->outcome.history = made_up(&job->arena, &job->expected, EPOCHS);
    job->outcome.seconds = (double *)seconds;
    if (job->wants_test) job->outcome.test = made_up(&job->arena, &job->expected, 1);
    size_t shape[] = {TEST, job->data->classes ? job->data->classes : 1};
    if (job->wants_prediction) PROMISE(cn_array_new(p, CN_FLOAT32, 2, shape) == CN_OK);
}

static void read_prose(const cn__program *p)
{
    for (size_t i = 0; i < p->document.count; i++) {
        cn__text text = {0};
        if (!p->document.parts[i].code)
            cn__expand(p, i, p->document.parts[i].text, p->document.parts[i].line, NULL, &text);
        cn__text_free(&text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const cn__lab_options options = {.quiet = true, .load = make_data};
    cn__program p;
    bool missing;
    char *text = cn__malloc(size + 1);
    PROMISE(text);
    memcpy(text, data, size);
    text[size] = '\0';
    if (cn__program_open(&p, "fuzz.md", text, &options, &missing) == CN_OK) {
        for (size_t i = 0; i < p.job_count; i++) finish(p.jobs[i]);
        read_prose(&p);
    } else if (cn_error_status() != CN_ERROR_MEMORY) PROMISE(strncmp(cn_error(), "fuzz.md:", 8) == 0);
    cn__program_free(&p);
    cn__free(text);
    return 0;
}
