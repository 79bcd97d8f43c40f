/* The whole state of a running fit, kept in a folder and taken up again: a training that goes on from it ends in the bits of
 * one that never stopped. States are taken between two batches; the last two are kept, in turn, so that one is whole
 * whatever happens while the other is written. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cornu/version.h"
#include "base/files/checksum.h"
#include "base/files/file.h"
#include "base/system/system.h"
#include "model/state.h"
#include "nn/optimizers/optimizer_class.h"
#include "train/snapshot.h"
#include "train/callbacks/callback_class.h"

enum { TURNS = 2 };
static const char *const names[TURNS] = {"state-0.cornu", "state-1.cornu"};
static const size_t most_bytes = (size_t)1 << (sizeof(size_t) > 4 ? 38 : 30);

/* ---- files -------------------------------------------------------------------------------------------------- */

/* The folder of a callback lies where callbacks may write; that of fit's options is the program's own choice. */
static cn_status write_file(cn_training *t, const char *path, const cn__text *file)
{
    if (t->checkpoint.of_callback) return cn__output_write(t, path, file->data, file->size);
    CN_TRY(cn__make_dirs(t->checkpoint.dir));
    return cn__file_write(path, file->data, file->size);
}

static cn_status read_file(cn_training *t, const char *path, char **data, size_t *size)
{
    *data = NULL;
    if (t->checkpoint.of_callback)
        return cn__output_has(t, path) ? cn__output_read(t, path, data, size, most_bytes) : CN_OK;
    return cn__file_exists(path) ? cn__file_read(path, data, size, most_bytes) : CN_OK;
}

static void remove_file(cn_training *t, const char *path)
{
    if (t->checkpoint.of_callback) cn__output_remove(t, path);
    else (void)unlink(path);
}

/* ---- what must be the same ------------------------------------------------------------------------------- */

static uint64_t sum_text(const char *text, uint64_t start)
{
    return cn__checksum(text ? text : "", text ? strlen(text) : 0, start);
}

static uint64_t sum_array(const cn_array *a, uint64_t start)
{
    if (!a || !a->data) return start;
    return cn__checksum(a->data, cn_array_size(a) * cn_dtype_size(a->dtype),
                        cn__checksum(a->shape, (size_t)a->ndim * sizeof *a->shape, start + a->dtype));
}

static uint64_t sum_part(const cn__data *d, uint64_t sum)
{
    for (size_t i = 0; i < d->inputs; i++) sum = sum_array(d->x[i], sum);
    for (size_t i = 0; i < d->outputs; i++) {
        sum = sum_array(d->y[i], sum);
        if (d->weight[i]) sum = cn__checksum(d->weight[i], d->samples * sizeof *d->weight[i], sum);
    }
    return sum;
}

static uint64_t sum_data(const cn_training *t)
{
    return sum_part(&t->validation_data, sum_part(&t->training, 0));
}

static uint64_t sum_layers(const cn_model *m, uint64_t sum)
{
    for (size_t i = 0; i < m->layer_count; i++) {
        const cn__layer *l = m->layers[i]->layer;
        if (!l->kind->is_input) sum = sum_text(l->kind->class_name, sum);
        if (m->layers[i]->model) sum = sum_layers(m->layers[i]->model, sum);
    }
    return sum;
}

/* Kinds and shapes: what the same network has however it was written down. */
static uint64_t sum_model(const cn_model *m)
{
    uint64_t sum = sum_layers(m, 0);
    for (size_t i = 0; i < m->variable_count; i++)
        sum = cn__checksum(m->variables[i]->shape, (size_t)m->variables[i]->ndim * sizeof(size_t), sum);
    return sum;
}

static uint64_t sum_losses(const cn_model *m)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < cn_model_output_count(m); i++) {
        const cn__objective *o = &m->objectives[i];
        sum = cn__checksum(&o->weight, sizeof o->weight, sum_text(o->has_loss ? o->loss.name : "", sum));
    }
    return sum;
}

/* Its arguments that are numbers, but for the learning rate, which a state has. */
static uint64_t sum_optimizer(const cn__optimizer *o)
{
    const cn__kind *kind = &o->kind->kind;
    uint64_t sum = sum_text(o->name, o->schedule != NULL);
    for (size_t i = 0; i < kind->param_count; i++) {
        const cn__param *p = &kind->params[i];
        const char *at = (const char *)o->config + p->offset;
        const size_t size = p->type == CN_PARAM_BOOL                                       ? sizeof(bool)
                            : p->type == CN_PARAM_INT || p->type == CN_PARAM_MAYBE_INT     ? sizeof(int64_t)
                            : p->type == CN_PARAM_FLOAT || p->type == CN_PARAM_MAYBE_FLOAT ? sizeof(double)
                                                                                           : 0;
        sum = cn__checksum(at, size, sum);
    }
    return sum;
}

static void visit_identity(cn_training *t, cn__snapshot *s)
{
    const cn_fit_options *o = t->options;
    cn__snapshot_expect_same(s, "version of Cornu", sum_text(CN_VERSION, 0));
    cn__snapshot_expect_same(s, "network", sum_model(t->model));
    cn__snapshot_expect_same(s, "optimizer", sum_optimizer(&t->model->optimizer));
    cn__snapshot_expect_same(s, "loss", sum_losses(t->model));
    cn__snapshot_expect(s, "use of fast convolutions (0: no, 1: yes)", t->model->fast_convolution);
    cn__snapshot_expect(s, "seed", t->model->seed);
    cn__snapshot_expect(s, "number of samples", t->samples);
    cn__snapshot_expect(s, "number of validation samples", t->validation_samples);
    cn__snapshot_expect(s, "batch size", t->batch);
    cn__snapshot_expect(s, "initial epoch", o->initial_epoch);
    cn__snapshot_expect(s, "validation frequency", o->validation_freq);
    cn__snapshot_expect(s, "number of steps in an epoch", o->steps_per_epoch);
    cn__snapshot_expect(s, "number of validation steps", o->validation_steps);
    cn__snapshot_expect(s, "order of the samples (0: as they are, 1: mixed once, 2: anew each epoch)",
                        o->shuffle ? o->reshuffle ? 2 : 1 : 0);
    cn__snapshot_expect_same(s, "list of callbacks", sum_text(o->callbacks, 0));
    if (!t->checkpoint.data_sum) t->checkpoint.data_sum = sum_data(t);
    cn__snapshot_expect_same(s, "data", t->checkpoint.data_sum);
}

void cn__checkpoint_identity(cn_training *t, cn__snapshot *s)
{
    uint64_t weights = 0;
    for (size_t i = 0; i < t->model->variable_count; i++)
        weights = cn__checksum(t->model->variables[i]->value, t->model->variables[i]->padded * sizeof(real),
                               weights);
    visit_identity(t, s);
    cn__snapshot_expect(s, "division of the optimizer's state (0: none, 1: shard_optimizer)",
                        t->options->shard_optimizer);
    cn__snapshot_expect(s, "number of epochs", t->options->epochs);
    cn__snapshot_expect(s, "number of the optimizer's steps", (uint64_t)t->model->optimizer.iterations);
    cn__snapshot_expect_same(s, "weights", weights);
}

/* ---- what changes ------------------------------------------------------------------------------------------ */

static void visit_model(cn_model *m, cn__snapshot *s)
{
    cn__optimizer *o = &m->optimizer;
    cn__arena arena = {0};
    CN_SNAPSHOT(s, o->iterations);
    CN_SNAPSHOT(s, o->u_product);
    CN_SNAPSHOT(s, o->learning_rate);
    CN_SNAPSHOT(s, m->trained);
    CN_SNAPSHOT(s, m->swapped);
    for (size_t i = 0; i < m->variable_count; i++)
        cn__snapshot_bytes(s, m->variables[i]->value, m->variables[i]->padded * sizeof(real));
    cn__state *list = cn__state_list(m, &arena);
    if (!list) s->status = CN_ERROR_MEMORY;
    for (size_t i = 0; list && i < cn__state_count(m); i++)
        cn__snapshot_bytes(s, cn__state_values(&list[i]), list[i].kept * sizeof(real));
    cn__arena_free(&arena);
}

static void visit_numbers(void *user, double *numbers, size_t count)
{
    cn__snapshot_bytes(user, numbers, count * sizeof *numbers);
}

static void visit_metrics(cn__metric_set *m, cn__snapshot *s)
{
    CN_SNAPSHOT(s, m->loss);
    CN_SNAPSHOT(s, m->samples);
    for (size_t o = 0; o < m->output_count; o++) {
        cn__output_metrics *out = &m->outputs[o];
        CN_SNAPSHOT(s, out->loss);
        CN_SNAPSHOT(s, out->batches);
        for (size_t i = 0; i < out->count; i++) cn__metric_state(out->metrics[i], visit_numbers, s);
    }
}

static void visit_callbacks(cn_training *t, cn__snapshot *s)
{
    for (size_t i = 0; i < t->builtin_count; i++)
        if (t->builtin[i]->kind->state) t->builtin[i]->kind->state(t->builtin[i], s);
}

static void visit(cn_training *t, cn__snapshot *s, uint64_t *epoch, uint64_t *batch)
{
    visit_identity(t, s);
    CN_SNAPSHOT(s, *epoch);
    CN_SNAPSHOT(s, *batch);
    if (s->status == CN_OK && s->reading && *epoch >= t->options->epochs)
        s->status = cn__fail(CN_ERROR_ARGUMENT, "it is in epoch %llu, and epochs is %zu",
                             (unsigned long long)*epoch + 1, t->options->epochs);
    CN_SNAPSHOT(s, t->first_step);
    CN_SNAPSHOT(s, t->validation_first);
    if (s->reading && s->status == CN_OK) cn__history_forget(t->history);
    cn__history_snapshot(t->history, s);
    visit_metrics(&t->train, s);
    visit_callbacks(t, s);
    visit_model(t->model,
                s); /* last: before it nothing of the model is changed by a state that does not fit */
}

/* ---- writing ----------------------------------------------------------------------------------------------- */

static cn_status write_state(cn_training *t, size_t epoch, size_t batch)
{
    cn__checkpoint *c = &t->checkpoint;
    cn__snapshot s = {0};
    cn__text file = {0};
    uint64_t at[2] = {epoch, batch};
    visit(t, &s, &at[0], &at[1]);
    cn_status status = s.status;
    if (status == CN_OK) cn__snapshot_pack(&s, ++c->serial, &file);
    if (status == CN_OK && file.failed) status = cn__fail_memory(file.size, "the state of the training");
    cn__text_free(&s.out);
    char *path = cn__path_join(c->dir, names[c->serial % TURNS]);
    if (!path) status = CN_ERROR_MEMORY;
    if (status == CN_OK) status = write_file(t, path, &file);
    cn__free(path);
    cn__text_free(&file);
    c->last = cn__clock();
    c->batches_since = 0;
    return status == CN_OK ? CN_OK : cn__fail_in("checkpoint");
}

/* A disk that is full costs the states, not the training: the next one is tried again. */
static cn_status keep_state(cn_training *t, size_t epoch, size_t batch)
{
    cn_status status = write_state(t, epoch, batch);
    if (status != CN_ERROR_FILE || t->checkpoint.reported) return status == CN_ERROR_FILE ? CN_OK : status;
    t->checkpoint.reported = true;
    cn__progress_note(&t->progress, cn_error());
    return CN_OK;
}

static bool is_due(const cn__checkpoint *c, size_t batch)
{
    if (c->batches) return c->batches_since >= c->batches;
    return c->seconds > 0 ? cn__clock() - c->last >= c->seconds : batch == 0;
}

/* Rank 0 decides, and has the whole of a state that is divided. */
static cn_status agree_to_keep(cn_training *t, bool *keep)
{
    const cn_communicator *c = cn__fit_ranks(t);
    unsigned char wanted = *keep;
    if (!c || !t->keeps_states) return CN_OK;
    CN_TRY(c->broadcast(c->user, 0, &wanted, 1));
    *keep = wanted;
    return wanted ? cn__plan_gather_state(t->plan) : CN_OK;
}

cn_status cn__checkpoint_keep(cn_training *t, size_t epoch, size_t batch, bool now)
{
    cn__checkpoint *c = &t->checkpoint;
    if (!c->dir && !t->keeps_states) return CN_OK;
    bool first = epoch == t->start_epoch && batch == t->start_batch;
    bool wanted =
        now && t->why.kind == CN_STOP_CALLBACK && (c->always || cn__clock() - c->begun >= c->seconds);
    bool due = wanted || (!now && !first && is_due(c, batch));
    c->batches_since++;
    CN_TRY(agree_to_keep(t, &due));
    const cn_status status = due && c->dir ? keep_state(t, epoch, batch) : CN_OK;
    if (due) cn__plan_drop_state(t->plan);
    return status;
}

cn_status cn__checkpoint_end(cn_training *t)
{
    cn__checkpoint *c = &t->checkpoint;
    if (!c->dir || !c->remove || (t->stop && t->why.kind == CN_STOP_CALLBACK)) return CN_OK;
    for (int i = 0; i < TURNS; i++) {
        char *path = cn__path_join(c->dir, names[i]);
        if (path) remove_file(t, path);
        cn__free(path);
    }
    if (!c->of_callback) (void)rmdir(c->dir);
    return CN_OK;
}

/* ---- going on ---------------------------------------------------------------------------------------------- */

/* The latest of the states that are whole; *bytes NULL: there is none. */
static cn_status read_latest(cn_training *t, const char *dir, char **bytes, size_t *size)
{
    uint64_t best = 0, serial;
    *bytes = NULL;
    for (int i = 0; i < TURNS; i++) {
        char *data, *path = cn__path_join(dir, names[i]);
        size_t n;
        if (!path) return CN_ERROR_MEMORY;
        cn_status status = read_file(t, path, &data, &n);
        cn__free(path);
        CN_TRY(status);
        if (!data) continue;
        (void)cn__snapshot_unpack(data, n, &serial);
        if (serial > best) {
            cn__free(*bytes);
            *bytes = data, *size = n, best = serial;
        } else {
            cn__free(data);
        }
    }
    return CN_OK;
}

static cn_status check_metrics(const cn_training *t)
{
    for (size_t i = 0; i < t->train.values; i++)
        if (t->train.value[i].function)
            return cn__fail(CN_ERROR_ARGUMENT,
                            "states cannot keep the sums of metric %s, which is a function of the caller's",
                            t->train.value[i].name);
    return CN_OK;
}

cn_status cn__checkpoint_prepare(cn_training *t)
{
    cn__checkpoint *c = &t->checkpoint;
    const cn_fit_options *o = t->options;
    if (o->checkpoint_dir) {
        c->dir = o->checkpoint_dir;
        c->seconds = o->checkpoint_seconds > 0 ? o->checkpoint_seconds : 30;
        c->remove = o->checkpoint_remove;
        c->always = !o->checkpoint_remove;
    }
    if (o->resume_dir) c->resume = o->resume_dir;
    if (!c->dir && !c->resume) return CN_OK;
    CN_TRY(check_metrics(t));
    if (o->generator || o->validation_generator)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "states are kept of trainings on arrays, and batches come from a generator");
    c->last = c->begun = cn__clock();
    if (!cn__fit_writes(t)) { /* rank 0 keeps the states, and gives what it finds */
        c->dir = NULL;
        return CN_OK;
    }
    if (c->dir && c->of_callback) {
        char *inside = cn__path_join(c->dir, names[0]);
        if (!inside) return CN_ERROR_MEMORY;
        cn__output_clean(t, inside);
        cn__free(inside);
    } else if (c->dir) {
        cn__remove_stale(c->dir);
    }
    return c->resume ? read_latest(t, c->resume, &c->bytes, &c->size) : CN_OK;
}

cn_status cn__checkpoint_resume(cn_training *t)
{
    cn__checkpoint *c = &t->checkpoint;
    uint64_t epoch = 0, batch = 0;
    if (!c->bytes) return CN_OK;
    cn__snapshot s = cn__snapshot_unpack(c->bytes, c->size, &c->serial);
    visit(t, &s, &epoch, &batch);
    if (s.status == CN_OK && s.left)
        s.status = cn__fail(CN_ERROR_FORMAT, "the state has more in it than this training has");
    if (s.status != CN_OK) return cn__fail_in("the state in %s does not fit this training", c->resume);
    t->start_epoch = (size_t)epoch, t->start_batch = (size_t)batch;
    char text[200];
    snprintf(text, sizeof text, "going on in epoch %zu at batch %zu, from the state in %.100s",
             t->start_epoch + 1, t->start_batch + 1, c->resume);
    cn__progress_note(&t->progress, text);
    cn__free(c->bytes);
    c->bytes = NULL;
    return CN_OK;
}
