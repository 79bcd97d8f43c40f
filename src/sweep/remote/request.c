/* A flight as bytes. */
#include "sweep/remote/request.h"

#include <string.h>

static void visit_text(cn__snapshot *s, const char *text, char **out)
{
    uint64_t size = text ? strlen(text) + 1 : 0;
    CN_SNAPSHOT(s, size);
    if (s->status != CN_OK || !size) return;
    if (!s->reading) {
        cn__snapshot_bytes(s, (void *)(uintptr_t)text, size);
        return;
    }
    char *copy = size <= s->left ? cn__malloc(size) : NULL;
    if (!copy) s->status = CN_ERROR_MEMORY;
    cn__snapshot_bytes(s, copy, size);
    if (s->status == CN_OK) copy[size - 1] = '\0', *out = copy;
    else cn__free(copy);
}

static void visit_stopped(cn__snapshot *s, cn_history *h)
{
    static const cn_stop callback = {.kind = CN_STOP_CALLBACK};
    char *text = NULL;
    visit_text(s, cn_history_stopped(h), &text);
    if (text) cn__history_set_stopped(h, text, &callback);
    cn__free(text);
}

static void visit_run(cn__snapshot *s, cn__flight *f, cn__flight_run *r)
{
    uint64_t any = r->training || r->history;
    CN_SNAPSHOT(s, any);
    CN_SNAPSHOT(s, r->seconds);
    CN_SNAPSHOT(s, r->failed);
    if (s->status != CN_OK || !any) return;
    const cn_fit_options *o = &f->configuration.fit;
    if (s->reading && !r->history)
        s->status = cn__history_new(&r->history, o->epochs - o->initial_epoch, o->initial_epoch);
    cn_history *h = r->training ? r->training->history : r->history;
    if (s->reading && s->status == CN_OK) cn__history_forget(h);
    if (s->status == CN_OK) cn__history_snapshot(h, s);
    if (s->status == CN_OK) visit_stopped(s, h);
}

void cn__flight_snapshot(cn__snapshot *s, cn__flight *f)
{
    CN_SNAPSHOT(s, f->status);
    CN_SNAPSHOT(s, f->over);
    CN_SNAPSHOT(s, f->was_interrupted);
    CN_SNAPSHOT(s, f->parameters);
    CN_SNAPSHOT(s, f->flops);
    uint64_t epoch = f->epoch;
    CN_SNAPSHOT(s, epoch);
    f->epoch = (size_t)epoch;
    char *error = NULL;
    visit_text(s, f->error, &error);
    if (error) {
        cn__free(f->error);
        f->error = error;
    }
    for (size_t i = 0; i < f->study->options.seeds; i++) visit_run(s, f, &f->runs[i]);
}
