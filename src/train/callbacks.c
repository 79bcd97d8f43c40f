/* Built-in callbacks by name, and calling all of them in order. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "train/train.h"

static const cn__callback_kind *const kinds[] = {
    &cn__callback_early_stopping, &cn__callback_stop_below,    &cn__callback_terminate_on_nan,
    &cn__callback_reduce_rate,    &cn__callback_schedule_rate, &cn__callback_csv,
    &cn__callback_checkpoint,     &cn__callback_backup,
};
static const char *const names[] = {
    "early_stopping",          "stop_below", "terminate_on_nan", "reduce_lr_on_plateau",
    "learning_rate_scheduler", "csv_logger", "model_checkpoint", "backup_and_restore"};
enum { KINDS = sizeof kinds / sizeof kinds[0] };
_Static_assert(sizeof names / sizeof names[0] == KINDS, "a name for each callback");

cn_status cn__monitor_direction(const char *mode, const char *monitor, cn__direction *out)
{
    static const char *const modes[] = {"auto", "min", "max"};
    static const char *const upward[] = {"acc", "auc", "precision", "recall", "f1", "similarity", "top_k"};
    if (strcasecmp(mode, "min") == 0 || strcasecmp(mode, "max") == 0) {
        *out = strcasecmp(mode, "max") == 0 ? CN_GREATER : CN_LESS;
        return CN_OK;
    }
    if (strcasecmp(mode, "auto") != 0) return cn__fail_word(CN_ERROR_ARGUMENT, "mode", mode, modes, 3);
    *out = CN_LESS;
    for (size_t i = 0; i < sizeof upward / sizeof upward[0]; i++)
        if (strstr(monitor, upward[i])) *out = CN_GREATER;
    return CN_OK;
}

/* A mistaken name is answered with all that there are. */
static cn_status fail_name(const char *name, const cn_callback_kind *const *others)
{
    enum { OTHERS = 8 };
    const char *all[KINDS + OTHERS];
    size_t count = 0;
    while (count < KINDS) all[count] = names[count], count++;
    for (; others && *others && count < KINDS + OTHERS; others++) all[count++] = (*others)->class_name;
    return cn__fail_word(CN_ERROR_ARGUMENT, "callback", name, all, count);
}

static const cn__callback_kind *find_kind(const char *name, const cn_callback_kind *const *others)
{
    for (int i = 0; i < KINDS; i++)
        if (cn__same_name(name, kinds[i]->class_name) || cn__same_name(name, names[i])) return kinds[i];
    for (; others && *others; others++)
        if (cn__same_name(name, (*others)->class_name)) return *others;
    return NULL;
}

/* One entry of a list: its kind, and the kind's configuration. */
typedef struct entry {
    const cn__callback_kind *kind;
    void *config;
    char what[80]; /* for messages */
} entry;

static cn_status read_entry(cn__arena *arena, const cn__value *value, const cn_callback_kind *const *others,
                            entry *out)
{
    const char *name = cn__value_name(value);
    if (!name)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "a callback begins with its name, as in early_stopping(patience=3); got %s",
                        cn__value_text(arena, value));
    out->kind = find_kind(name, others);
    if (!out->kind) return fail_name(name, others);
    out->config = cn__arena_alloc(arena, out->kind->config_size);
    if (!out->config) return CN_ERROR_MEMORY;
    snprintf(out->what, sizeof out->what, "callback %.60s", name);
    return cn__params_read(arena, out->what, out->kind->params, out->kind->param_count, value, out->config);
}

/* "a(…), b(…)", or the same in brackets. */
static cn_status read_list(cn__arena *arena, const char *callbacks, cn__value *list)
{
    *list = (cn__value){0};
    if (callbacks && callbacks[strspn(callbacks, " \t\n")])
        CN_TRY(cn__value_parse_list(arena, callbacks, list));
    if (list->count == 1 && list->items[0].kind == CN_VALUE_LIST) *list = list->items[0];
    return CN_OK;
}

static const char *path_of(const entry *e)
{
    for (size_t i = 0; e->kind->writes && i < e->kind->param_count; i++)
        if (strcmp(e->kind->params[i].name, e->kind->writes) == 0)
            return *(const char *const *)((const char *)e->config + e->kind->params[i].offset);
    return NULL;
}

cn_status cn__callbacks_outputs(cn__arena *arena, const char *callbacks,
                                const cn_callback_kind *const *others, cn__outputs *out)
{
    cn__value list;
    cn__text rest = {0};
    cn_status status = CN_OK;
    *out = (cn__outputs){0};
    CN_TRY(read_list(arena, callbacks, &list));
    out->paths = cn__arena_array(arena, list.count + 1, sizeof *out->paths);
    if (!out->paths) return CN_ERROR_MEMORY;
    for (size_t i = 0; status == CN_OK && i < list.count; i++) {
        entry e;
        status = read_entry(arena, &list.items[i], others, &e);
        if (status != CN_OK) break;
        const char *path = path_of(&e);
        if (e.kind->writes) out->paths[out->count++] = path ? path : "";
        else cn__text_printf(&rest, "%s%s", rest.size ? ", " : "", cn__value_text(arena, &list.items[i]));
    }
    if (status == CN_OK) out->others = cn__arena_strdup(arena, rest.data ? rest.data : "");
    if (status == CN_OK && (rest.failed || !out->others)) status = cn__fail_memory(rest.size, "callbacks");
    cn__text_free(&rest);
    return status;
}

static cn_status make_builtin(cn_training *t, const cn__value *value)
{
    entry e;
    CN_TRY(read_entry(&t->arena, value, t->options->callback_kinds, &e));
    cn__callback *c = cn__arena_alloc(&t->arena, sizeof *c);
    if (!c) return CN_ERROR_MEMORY;
    *c = (cn__callback){.kind = e.kind, .arena = &t->arena, .config = e.config};
    c->base.user = c;
    t->builtin[t->builtin_count++] = c; /* from here on it is released */
    const char *path = path_of(&e);
    cn_status status = path ? cn__output_check(t, path) : CN_OK;
    if (status == CN_OK) status = e.kind->prepare(c, t);
    return status == CN_OK ? CN_OK : cn__fail_in("%s", e.what);
}

cn_status cn__callbacks_make(cn_training *t)
{
    const cn_fit_options *o = t->options;
    cn__value list;
    size_t own = 0;
    CN_TRY(read_list(&t->arena, o->callbacks, &list));
    while (o->custom_callbacks && o->custom_callbacks[own]) own++;
    t->builtin = cn__arena_array(&t->arena, list.count + 1, sizeof *t->builtin);
    t->callbacks = cn__arena_array(&t->arena, list.count + own + 1, sizeof *t->callbacks);
    if (!t->builtin || !t->callbacks) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < list.count; i++) CN_TRY(make_builtin(t, &list.items[i]));
    for (size_t i = 0; i < list.count; i++) t->callbacks[t->callback_count++] = &t->builtin[i]->base;
    for (size_t i = 0; i < own; i++) t->callbacks[t->callback_count++] = o->custom_callbacks[i];
    for (size_t i = 0; i < t->callback_count; i++)
        t->batch_logs = t->batch_logs || t->callbacks[i]->on_batch_end;
    return CN_OK;
}

void cn__callbacks_release(cn_training *t)
{
    for (size_t i = 0; i < t->builtin_count; i++)
        if (t->builtin[i]->release) t->builtin[i]->release(t->builtin[i]);
    t->builtin_count = 0;
    cn__outdir_close(&t->out);
    cn__free(t->checkpoint.bytes);
    t->checkpoint.bytes = NULL;
}

static cn_status call(const cn_callback *c, cn_training *t, cn__moment moment, size_t index,
                      const cn_logs *logs)
{
    switch (moment) {
    case CN_TRAIN_BEGIN: return c->on_train_begin ? c->on_train_begin(c->user, t) : CN_OK;
    case CN_EPOCH_BEGIN: return c->on_epoch_begin ? c->on_epoch_begin(c->user, t, index) : CN_OK;
    case CN_BATCH_BEGIN: return c->on_batch_begin ? c->on_batch_begin(c->user, t, index) : CN_OK;
    case CN_BATCH_END: return c->on_batch_end ? c->on_batch_end(c->user, t, index, logs) : CN_OK;
    case CN_EPOCH_END: return c->on_epoch_end ? c->on_epoch_end(c->user, t, index, logs) : CN_OK;
    default: return c->on_train_end ? c->on_train_end(c->user, t) : CN_OK;
    }
}

cn_status cn__callbacks_call(cn_training *t, cn__moment moment, size_t index, const cn_logs *logs)
{
    for (size_t i = 0; i < t->callback_count; i++) {
        cn_status status = call(t->callbacks[i], t, moment, index, logs);
        if (status == CN_OK) continue;
        /* a program's own function need not leave a message */
        return cn_error_status() == status
                   ? status
                   : cn__fail(status, "callback %zu ended the training with status %d (%s)", i + 1,
                              (int)status, cn_status_name(status));
    }
    return CN_OK;
}
