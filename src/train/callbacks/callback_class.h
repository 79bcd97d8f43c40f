/* What a built-in callback is made of: a file of this folder. train/callbacks.c has their list. */
#ifndef CN_TRAIN_CALLBACKS_CALLBACK_CLASS_H
#define CN_TRAIN_CALLBACKS_CALLBACK_CLASS_H

#include "base/registry.h"
#include "train/train.h"

/* A built-in callback: the public one, and what it needs beside. `user` of the public part is the whole. */
struct cn__callback {
    cn_callback base;
    const struct cn__callback_kind *kind;
    cn__arena *arena;                               /* the fit's */
    void *config;                                   /* its arguments, then its state */
    void (*release)(struct cn__callback *callback); /* frees what the arena does not hold; or NULL */
};

typedef struct cn__callback_kind {
    cn__kind kind;
    bool logs_rate;     /* adds learning_rate to the logs */
    const char *writes; /* the parameter that names the file or folder that it writes; NULL: it writes none */
    /* Checks the arguments and sets the functions of callback->base. */
    cn_status (*prepare)(cn__callback *callback, cn_training *training);
    /* Visits what it remembers from epoch to epoch; NULL: nothing. */
    void (*state)(cn__callback *callback, struct cn__snapshot *snapshot);
} cn__callback_kind;

/* ---- monitored values ------------------------------------------------------------------------------------- */

typedef enum cn__direction { CN_LESS = -1, CN_GREATER = 1 } cn__direction;
extern const char *const cn__monitor_modes[]; /* auto, min, max */

/* Fails for a value that the epochs' logs will not have. */
CN_CHECK cn_status cn__monitor_check(const cn_training *training, const char *monitor);
/* Which way it improves: by `mode`, and for auto as its metric says. */
cn__direction cn__monitor_direction(const cn_training *training, const char *mode, const char *monitor);
/* What no value is worse than. */
double cn__monitor_start(cn__direction direction);
/* Its value; false in an epoch that has none (validation_freq). */
CN_CHECK bool cn__monitored(const cn_logs *logs, const char *monitor, double *value);

/* What a callback that was given verbose=1 reports, a line of its own, where fit writes its progress. */
void cn__callback_say(const cn_training *training, const char *format, ...) CN_PRINTF(2, 3);

/* Fails where the learning rate follows a schedule. */
CN_CHECK cn_status cn__fixed_rate(const cn_training *training);

/* ---- parameters that several take ---------------------------------------------------------------------------- */

#define CN_MONITOR(config, text)                                                                             \
    {                                                                                                        \
        .name = "monitor", .type = CN_PARAM_WORD, .offset = offsetof(config, monitor), .fallback = text      \
    }
#define CN_MODE(config)                                                                                      \
    {                                                                                                        \
        .name = "mode", .type = CN_PARAM_WORD, .offset = offsetof(config, mode), .fallback = "auto",         \
        .words = cn__monitor_modes                                                                           \
    }
#define CN_VERBOSE(config)                                                                                   \
    {                                                                                                        \
        .name = "verbose", .type = CN_PARAM_INT, .offset = offsetof(config, verbose), .fallback = "0"        \
    }
#define CN_WHOLE(config, field, text)                                                                        \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_INT, .offset = offsetof(config, field), .fallback = text, .low = 0, \
        .high = 1e15, .expected = "a whole number from 0"                                                    \
    }

#endif
