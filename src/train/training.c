/* A running fit as others see it: what callbacks ask of it and tell it, and which rank this is. */
#include <math.h>
#include <stdio.h>

#include "train/train.h"

const cn_communicator *cn__fit_ranks(const cn_training *t)
{
    const cn_communicator *c = t->options->communicator;
    return c && c->size > 1 ? c : NULL;
}

bool cn__fit_writes(const cn_training *t)
{
    const cn_communicator *c = cn__fit_ranks(t);
    return !c || c->rank == 0;
}

cn_model *cn_training_model(cn_training *t) { return t->model; }
const cn_history *cn_training_history(const cn_training *t) { return t->history; }

const cn_logs *cn_training_logs(cn_training *t)
{
    cn__logs_clear(&t->logs);
    cn__metric_set_log(&t->train, "", &t->logs);
    return &t->logs;
}

double cn_training_learning_rate(const cn_training *t) { return cn__optimizer_rate(&t->model->optimizer); }

cn_status cn_training_set_learning_rate(cn_training *t, double rate)
{
    return cn__optimizer_set_rate(&t->model->optimizer, rate);
}

void cn__training_end(cn_training *t, const char *reason)
{
    t->stop = true;
    if (t->why.kind) return;
    t->why.kind = CN_STOP_CALLBACK;
    snprintf(t->reason, sizeof t->reason, "%s", reason && *reason ? reason : "stopped by a callback");
}

/* Of several ranks the first decides: cn__ranks_agree. */
void cn_training_stop(cn_training *t, const char *reason)
{
    if (cn__fit_writes(t)) cn__training_end(t, reason);
}

static void stop_text(const cn_stop *s, char *out, size_t size)
{
    if (s->kind == CN_STOP_EARLY)
        snprintf(out, size, "early_stopping: %s has not improved on %.6g (epoch %zu) for %zu epoch%s",
                 s->monitor, s->value, s->at, s->epochs, s->epochs == 1 ? "" : "s");
    else if (s->kind == CN_STOP_BELOW)
        snprintf(out, size, "stop_below: %s = %.6g fell below %g in epoch %zu", s->monitor, s->value,
                 s->limit, s->at);
    else
        snprintf(out, size, "terminate_on_nan: the loss was %s at batch %zu of epoch %zu",
                 isnan(s->value) ? "NaN" : "infinite", s->at, s->epochs);
}

void cn__training_stop(cn_training *t, const cn_stop *why)
{
    if (!cn__fit_writes(t)) return;
    t->stop = true;
    if (t->why.kind) return;
    t->why = *why;
    stop_text(why, t->reason, sizeof t->reason);
}
