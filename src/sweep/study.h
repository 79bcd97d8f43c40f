/* A study: what is searched, how trials are chosen and ended, and what came out. A trial is a function of the study and of
 * its number: what it looks at are results of trials whose numbers are so much smaller that they are always there, whoever
 * ran them and in whatever order. So the same seed gives the same study, to the bit, for any number of workers. */
#ifndef CN_SWEEP_STUDY_H
#define CN_SWEEP_STUDY_H

#include "base/registry.h"
#include "sweep/template.h"

typedef struct cn__study cn__study;
struct cn__shared_data; /* train/shared_data.h */

/* ---- what is wanted ---------------------------------------------------------------------------------------------- */

typedef enum cn__goal_source {
    CN_GOAL_HISTORY,
    CN_GOAL_PARAMETERS,
    CN_GOAL_FLOPS,
    CN_GOAL_SECONDS
} cn__goal_source;

typedef struct cn__goal {
    const char *name; /* "val_accuracy", "parameters" */
    cn__goal_source source;
    bool maximise;
    bool best; /* of an epoch's value: the best epoch's; else the last one's */
} cn__goal;

enum { CN_MAX_GOALS = 4, CN_MAX_RUNGS = 64, CN_MAX_SEEDS = 1000 };

/* Reads "val_accuracy", "max(val_f1)", "[val_loss, min(parameters)]". */
CN_CHECK cn_status cn__goals_read(cn__arena *arena, const cn__value *value, bool best, cn__goal *out,
                                  size_t *count);
/* Is a a better value than b? NaN is worse than any. */
bool cn__goal_better(const cn__goal *goal, double a, double b);

/* ---- trials -------------------------------------------------------------------------------------------------------- */

typedef enum cn__trial_state {
    CN_TRIAL_WAITING, /* not begun, or running */
    CN_TRIAL_COMPLETE,
    CN_TRIAL_PRUNED,
    CN_TRIAL_FAILED /* with an error, or its loss was not finite */
} cn__trial_state;
extern const char *const cn__trial_states[]; /* "complete", … */

typedef struct cn__trial {
    cn__trial_state state;
    unsigned epochs, reported; /* epochs that were run; rungs that its value is known at */
    double *point;             /* (dimensions) */
    double *where;             /* (dimensions) the same in the unit interval */
    double *values;            /* (goals): means over the seeds; NaN: none */
    double *rungs;             /* (CN_MAX_RUNGS): the first goal's value at each */
} cn__trial;

/* ---- how trials are chosen: samplers/ -------------------------------------------------------------------------------- */

typedef struct cn__sampler_kind {
    cn__kind kind;
    bool looks; /* at results of other trials */
    /* Checks the space, and makes what `suggest` needs in study->sampler_state. NULL: nothing. */
    cn_status (*prepare)(cn__study *study);
    void (*release)(cn__study *study); /* undoes it; NULL: all of it is in the study's arena */
    /* How many points there are; NULL: any number. */
    size_t (*count)(const cn__study *study);
    /* Chooses the trial's point from the results of the first `seen` trials. Called from several threads. */
    cn_status (*suggest)(const cn__study *study, size_t number, size_t seen, double *point);
} cn__sampler_kind;

extern const cn__registry cn__samplers;

/* A number from 0 and under 1 for a trial's dimension; `use` 0, 1, … are independent. */
double cn__study_uniform(const cn__study *study, size_t number, size_t dimension, unsigned use);
/* A point of independent random values. */
void cn__study_random_point(const cn__study *study, size_t number, double *point);

/* ---- when trials are ended: pruners/ ---------------------------------------------------------------------------------- */

/* The epochs after which it is decided whether a trial goes on, and against whom. */
typedef struct cn__course {
    size_t rungs[CN_MAX_RUNGS], count;
    double keep;   /* the fraction that goes on */
    bool complete; /* against trials alone that ran to their end; with fewer than `least` of them all go on */
    size_t least;
    bool together; /* decided when all of these trials are there; else against those whose results are seen */
    size_t first, trials; /* of those that are decided together */
} cn__course;

typedef struct cn__pruner_kind {
    cn__kind kind;
    bool looks, together;
    cn_status (*check)(const cn__study *study);                             /* or NULL */
    void (*course)(const cn__study *study, size_t number, cn__course *out); /* NULL: trials are never ended */
} cn__pruner_kind;

extern const cn__registry cn__pruners;

/* first, first · eta, … under `last`; fails where there would be none or too many. */
CN_CHECK cn_status cn__rungs_check(const char *what, double eta, size_t first, size_t last);
void cn__rungs(double eta, size_t first, size_t last, cn__course *out);

/* ---- the study ------------------------------------------------------------------------------------------------------------ */

typedef struct cn__study_options {
    const char *name;         /* of the study: the model's */
    const char *space;        /* "units=[32..512 log] …" */
    const char *data_key;     /* what tells its data from others', for the study's key */
    const cn__value *sampler; /* NULL: random */
    const cn__value *pruner;  /* NULL: none */
    const cn__value *objective;
    bool best;            /* the best epoch counts, not the last */
    uint64_t seed;        /* of the search, and of the first network of each trial */
    size_t trials;        /* 0: as many as a grid has, else 100 */
    size_t seeds;         /* networks a trial; 0: 1 */
    size_t ahead;         /* how many trials may run before a sampler or pruner looks back; 0: 16 */
    size_t keep;          /* how many of the best trials have their models kept */
    size_t shard, shards; /* of the trials every shards'th, from shard on, counted from 1; 0: all */
} cn__study_options;

struct cn__study {
    cn__arena arena;
    cn__study_options options;
    cn__configuration base;
    struct cn__shared_data *shared; /* of all its networks; NULL: its trials are not networks */
    cn__space space;
    cn__template template_;
    cn__goal goals[CN_MAX_GOALS];
    size_t goal_count;
    const cn__sampler_kind *sampler;
    void *sampler_config, *sampler_state;
    const cn__pruner_kind *pruner;
    void *pruner_config;
    const char *sampler_text, *pruner_text, *objective_text, *space_text;
    size_t trial_count;
    cn__trial *trials;
    double *memory;
    char key[65]; /* SHA-256 of all that decides its results */
};

/* Checks everything that can be known before training: places, values at both ends, what the objective is called. The base,
 * its texts and data must outlive the study. */
CN_CHECK cn_status cn__study_open(const cn__configuration *base, const cn__study_options *options,
                                  cn__study *out);
/* One whose trials are not networks: the caller says what each is worth, after up to `epochs` epochs. */
CN_CHECK cn_status cn__study_open_function(const cn__study_options *options, size_t epochs, cn__study *out);
void cn__study_close(cn__study *study);

/* ---- check.c: trying what a study may ask for before anything is trained ---- */

/* Makes the network at both ends of each dimension and at each choice of a list, and asks fit whether it would train it;
 * finds the names that a history will have, among which the objectives must be. */
CN_CHECK cn_status cn__study_check(const cn__study *study);

/* ---- its trials ---- */

/* How many of the first trials' results trial `number` looks at: they must be there before it begins. */
size_t cn__study_seen(const cn__study *study, size_t number);
void cn__study_course(const cn__study *study, size_t number, cn__course *out);
/* Is all there that decides whether the trial goes on behind rung `rung`? */
bool cn__study_can_decide(const cn__study *study, const cn__course *course, size_t rung);
bool cn__study_goes_on(const cn__study *study, const cn__course *course, size_t number, size_t rung);

/* Is trial a better than b by the first goal? Complete ones are better than pruned ones; the smaller number wins a tie. */
bool cn__study_better(const cn__study *study, size_t a, size_t b);
/* The best trial; SIZE_MAX: none has a value. */
size_t cn__study_best(const cn__study *study);
/* The best complete trials, at most `most` of them, the best first; how many there are. */
size_t cn__study_best_trials(const cn__study *study, size_t most, size_t *out);
/* Does a dominate b: nowhere worse, somewhere better? */
bool cn__study_dominates(const cn__study *study, const cn__trial *a, const cn__trial *b);

#endif
