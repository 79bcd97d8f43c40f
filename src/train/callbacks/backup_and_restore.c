/* BackupAndRestore: a training that was stopped goes on when it is run again. Its states are those of checkpoint.c. */
#include <math.h>
#include <string.h>

#include "train/callbacks/callback_class.h"

typedef struct backup {
    const char *backup_dir;
    const cn__value *save_freq;
    bool delete_checkpoint;
} backup;

static const cn__param params[] = {
    {.name = "backup_dir", .type = CN_PARAM_WORD, .offset = offsetof(backup, backup_dir)},
    {.name = "save_freq", .type = CN_PARAM_VALUE, .offset = offsetof(backup, save_freq), .fallback = "epoch"},
    {.name = "delete_checkpoint",
     .type = CN_PARAM_BOOL,
     .offset = offsetof(backup, delete_checkpoint),
     .fallback = "true"},
};

/* "30s", "5min", "1h": seconds; 0 for anything else. */
static double seconds_of(const char *text)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"s", 1}, {"min", 60}, {"m", 60}, {"h", 3600}};
    char *end;
    double number = cn__strtod(text, &end);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (end > text && strcmp(end, units[i].unit) == 0 && number > 0 && number * units[i].seconds <= 1e9)
            return number * units[i].seconds;
    return 0;
}

cn_status cn__read_interval(const char *text, double *seconds)
{
    *seconds = seconds_of(text);
    if (*seconds > 0) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "'%s' is no time; expected one such as 30s, 5min or 1h", text);
}

static cn_status prepare(cn__callback *callback, cn_training *t)
{
    const backup *b = callback->config;
    const cn__value *f = b->save_freq;
    cn__checkpoint *c = &t->checkpoint;
    if (!b->backup_dir) return cn__fail(CN_ERROR_ARGUMENT, "backup_dir: expected a folder");
    if (t->options->checkpoint_dir || c->dir)
        return cn__fail(CN_ERROR_ARGUMENT, "the training's states are kept in %s already",
                        t->options->checkpoint_dir ? t->options->checkpoint_dir : c->dir);
    *c = (cn__checkpoint){.dir = b->backup_dir,
                          .resume = b->backup_dir,
                          .of_callback = true,
                          .remove = b->delete_checkpoint,
                          .always = true};
    if (f && f->kind == CN_VALUE_INT && f->integer > 0) c->batches = (size_t)f->integer;
    else if (f && f->kind == CN_VALUE_WORD && strcmp(f->word, "epoch") != 0)
        return cn__read_interval(f->word, &c->seconds) == CN_OK
                   ? CN_OK
                   : cn__fail(
                         CN_ERROR_ARGUMENT,
                         "save_freq: '%s', expected epoch, a number of batches over 0 or a time such as '30s'",
                         f->word);
    else if (!f || f->kind != CN_VALUE_WORD)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "save_freq: expected epoch, a number of batches over 0 or a time such as '30s'");
    return CN_OK;
}

extern const cn__callback_kind cn__callback_backup_and_restore;
const cn__callback_kind cn__callback_backup_and_restore = {.kind = {.name = "backup_and_restore",
                                                                    .class_name = "BackupAndRestore",
                                                                    CN_PARAMS(params),
                                                                    .config_size = sizeof(backup)},
                                                           .writes = "backup_dir",
                                                           .prepare = prepare};
