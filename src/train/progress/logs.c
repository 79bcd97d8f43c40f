/* Named numbers of an epoch. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "train/train.h"

cn_status cn__logs_init(cn_logs *logs, size_t capacity)
{
    *logs = (cn_logs){.capacity = capacity};
    logs->name = cn__calloc(capacity, sizeof *logs->name);
    logs->value = cn__calloc(capacity, sizeof *logs->value);
    if (logs->name && logs->value) return CN_OK;
    cn__logs_release(logs);
    return CN_ERROR_MEMORY;
}

void cn__logs_clear(cn_logs *logs) { logs->count = 0; }

void cn__logs_release(cn_logs *logs)
{
    cn__free(logs->name);
    cn__free(logs->value);
    *logs = (cn_logs){0};
}

void cn_logs_free(cn_logs *logs)
{
    if (!logs) return;
    cn__logs_release(logs);
    cn__free(logs);
}

static size_t find(const cn_logs *logs, const char *name)
{
    size_t i = 0;
    while (i < logs->count && strcmp(logs->name[i], name) != 0) i++;
    return i;
}

void cn__logs_set(cn_logs *logs, const char *prefix, const char *name, double value)
{
    char full[CN_LOG_NAME];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    size_t i = find(logs, full);
    if (i == logs->count) {
        if (logs->count == logs->capacity) return;
        memcpy(logs->name[logs->count++], full, sizeof full);
    }
    logs->value[i] = value;
}

size_t cn_logs_count(const cn_logs *logs) { return logs->count; }
const char *cn_logs_name(const cn_logs *logs, size_t i) { return logs->name[i]; }
double cn_logs_value(const cn_logs *logs, size_t i) { return logs->value[i]; }

double cn_logs_get(const cn_logs *logs, const char *name)
{
    size_t i = logs ? find(logs, name) : 0;
    return logs && i < logs->count ? logs->value[i] : NAN;
}

bool cn__logs_has(const cn_logs *logs, const char *name) { return find(logs, name) < logs->count; }

cn_status cn__fail_monitor(const cn_logs *logs, const char *monitor)
{
    const char *names[64];
    size_t n = logs->count < 64 ? logs->count : 64;
    for (size_t i = 0; i < n; i++) names[i] = logs->name[i];
    return cn__fail_word(CN_ERROR_ARGUMENT, "monitored value", monitor, names, n);
}
