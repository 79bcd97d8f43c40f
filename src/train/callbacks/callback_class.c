/* What the files of callbacks have in common: monitored values, and lines of progress. */
#include "train/callbacks/callback_class.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const cn__monitor_modes[] = {"auto", "min", "max", NULL};

static const char *without_val(const char *monitor)
{
    return strncmp(monitor, "val_", 4) == 0 ? monitor + 4 : monitor;
}

static bool will_be_logged(const cn_training *t, const char *monitor)
{
    if (strcmp(monitor, "learning_rate") == 0)
        for (size_t i = 0; i < t->builtin_count; i++)
            if (t->builtin[i]->kind->logs_rate) return true;
    const char *name = without_val(monitor);
    return cn__metric_set_find(&t->train, monitor) ||
           (name != monitor && cn__validates(t) && cn__metric_set_find(&t->train, name));
}

cn_status cn__monitor_check(const cn_training *t, const char *monitor)
{
    cn_logs logs;
    if (will_be_logged(t, monitor)) return CN_OK;
    CN_TRY(cn__logs_init(&logs, 2 * t->train.values));
    for (size_t i = 0; i < t->train.values; i++) cn__logs_set(&logs, "", t->train.value[i].name, 0);
    for (size_t i = 0; cn__validates(t) && i < t->train.values; i++)
        cn__logs_set(&logs, "val_", t->train.value[i].name, 0);
    cn_status status = cn__fail_monitor(&logs, monitor);
    cn__logs_release(&logs);
    return status;
}

cn__direction cn__monitor_direction(const cn_training *t, const char *mode, const char *monitor)
{
    if (mode == cn__monitor_modes[1]) return CN_LESS;
    if (mode == cn__monitor_modes[2]) return CN_GREATER;
    const cn__metric_value *measured = cn__metric_set_find(&t->train, without_val(monitor));
    cn__better better =
        measured && measured->metric ? cn__metric_better(measured->metric) : CN_BETTER_UNKNOWN;
    if (better == CN_BETTER_UNKNOWN) better = cn__better_by_name(monitor);
    return better == CN_BETTER_MORE ? CN_GREATER : CN_LESS;
}

double cn__monitor_start(cn__direction direction) { return direction == CN_GREATER ? -INFINITY : INFINITY; }

bool cn__monitored(const cn_logs *logs, const char *monitor, double *value)
{
    if (!cn__logs_has(logs, monitor)) return false;
    *value = cn_logs_get(logs, monitor);
    return true;
}

void cn__callback_say(const cn_training *t, const char *format, ...)
{
    char line[400];
    va_list arguments;
    if (!t->progress.log) return;
    va_start(arguments, format);
    cn__vformat(line, sizeof line, format, arguments);
    va_end(arguments);
    fprintf(t->progress.log, "%s%s\n", t->progress.verbose == 1 ? "\n" : "", line);
    fflush(t->progress.log);
}

cn_status cn__fixed_rate(const cn_training *t)
{
    if (t->model->optimizer.schedule)
        return cn__fail(
            CN_ERROR_STATE,
            "the optimizer's learning rate follows a schedule; expected a number that can be changed");
    return CN_OK;
}
