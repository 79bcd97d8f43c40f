/* A lab document whose statements are understood together: which models there are, what each was compiled with, which
 * data a fit sees, which trainings it takes. Making it trains nothing; running it (lab/run/) fills the jobs. */
#ifndef CN_LAB_PROGRAM_H
#define CN_LAB_PROGRAM_H

#include "cornu/cornu.h"
#include "lab/data/dataset.h"
#include "lab/language/document.h"
#include "lab/options.h"
#include "lab/run/outcome.h"
#include "lab/language/statement.h"
#include "sweep/sweep.h"

typedef struct cn__job cn__job;
typedef struct cn__prepared cn__prepared; /* lab/program/prepared.h */

/* A model as the document describes it, and while the program is made, how the statements so far have left it. */
typedef struct cn__lab_model {
    const char *name, *title;
    size_t line, number; /* number: 1, 2, … in the document's order: its hue */
    const char *layers;
    uint64_t seed;      /* the lab's unless it has one of its own */
    bool wanted;        /* --only */
    bool expected;      /* broken where an error is expected, and so not reported */
    bool lost;          /* a fit of it failed and was reported; do not report the missing training again */
    bool broken;        /* its layers are wrong; outside of expect=error also what it was compiled with */
    const char *config; /* Keras's JSON: its part of a key */
    const cn__stage *measured; /* the data that config, parameters and flops are for; NULL: none */
    size_t parameters;
    double flops;
    /* while the program is made: what the next statement finds */
    const char *optimizer, *loss, *metrics, *weighted_metrics, *loss_weights,
        *convolution;     /* NULL: not compiled */
    cn__job *last;        /* the fit that the next one goes on from */
    cn__job *base;        /* the fit of another model whose weights its first one begins with; NULL: none */
    bool base_top;        /* those of its last layer too */
    cn__job *first, *all; /* its first fit; its last, and by `earlier` all */
    cn__job **repeats;    /* of its last fit, that one first; NULL: it is not repeated */
    size_t repeat_count;
    cn__job **folds; /* of its crossvalidate; NULL: there is none */
    size_t fold_count;
    bool recompiled; /* since its last fit */
    bool classified; /* a confusion matrix or a report is made of it */
} cn__lab_model;

/* What a sweep has found. */
typedef struct cn__found {
    cn__arena arena; /* of the configuration */
    cn__study study;
    cn__sweep_progress progress;
    size_t best; /* trial */
    cn__configuration configuration;
    size_t parameters;
    double flops;
} cn__found;

/* Which arrays of the data a network takes, in the order of its inputs and outputs. They belong to the data. */
typedef struct cn__binding {
    size_t inputs, outputs;
    const cn_array **x, **test_x;
    const cn_array **y, **test_y; /* NULL where an output has no target */
    const cn_array **validation_x,
        **validation_y;        /* of fit's validation_data; those of the test part unless it names a file */
    const cn__named **targets; /* (outputs); likewise */
    const char **names;        /* of the outputs */
    double *thresholds;        /* (outputs): cn__job.threshold of each */
} cn__binding;

/* One training: a fit of one model, or one of a repeat's. */
struct cn__job {
    size_t number, line, part; /* part: of the document */
    cn__lab_model *model;
    cn__job *after; /* an earlier fit of the same model, or one of another's, whose weights it goes on from */
    cn__job *earlier; /* the fit of the same model that stands before it */
    const cn__stage *data;
    const cn__stage *validation; /* of validation_data: its x and y; NULL: the test part, or none */
    cn__binding *binding;        /* of data whose arrays have names; NULL: the network takes x and y */
    cn__arguments fit;
    const char *optimizer, *loss, *metrics, *weighted_metrics, *loss_weights, *convolution, *callbacks,
        *class_weight;
    cn_array sample_weight; /* of the training samples; no data: none; in the program's arena */
    uint64_t seed;
    const cn__study_options *sweep; /* of a sweep: what it searches; NULL: it is a fit */
    cn__prepared *prepared;         /* its data with other preparations; NULL: it has none */
    cn__found *found;               /* once the sweep has run */
    bool writes_files;              /* its callbacks do: then it runs each time */
    const char *other_callbacks;    /* those that write none */
    bool fresh;                     /* compiled again since `after`: weights stay, a new optimiser begins */
    bool repeat;                    /* one of several seeds: no model is kept */
    bool may_fail;                  /* an error is expected in its block */
    bool wants_test, wants_prediction; /* some statement shows them */
    size_t
        tta; /* views of an image that its test and its predictions are the mean of; 0: no statement says so */
    double threshold;    /* of two classes, as its last report or confusion has it; NaN: one half */
    cn__curves expected; /* the names that its history will have */
    double cost;         /* about proportional to its time: what is long begins first */
    char key[65];        /* SHA-256 of all that decides its result */
    char print[33];      /* of the trained model's file, once there is one: cn__fingerprint */
    const char *file;    /* of the trained model, in the lab's folder: "models/m512.keras" */
    /* filled by lab/run/ */
    bool started, done, cached, skipped; /* skipped: something before it failed */
    cn_status status;
    cn__arena arena; /* of the outcome */
    cn__outcome outcome;
};

/* Did it come to its end? Not one that failed, nor one that --only left out. */
static inline bool cn__job_has_run(const cn__job *job)
{
    return job && job->done && !job->skipped && job->status == CN_OK;
}

/* A statement in its place: what it refers to when it runs. */
typedef struct cn__lab_step {
    cn__statement statement;
    bool wanted;         /* by --only */
    const char *mistake; /* static, in a block where an error is expected: what it shows */
    const cn__stage *stage;
    cn__lab_model **models; /* statement.name_count */
    cn__job **jobs;         /* the fit of each model that it speaks of; of a fit its own */
    size_t job_count;
} cn__lab_step;

typedef struct cn__lab_part {
    const cn__part_of_lab *source;
    const cn__stage *stage; /* of the data, behind it; NULL: none */
    cn__lab_step *steps;    /* of a block */
    size_t count;
} cn__lab_part;

typedef struct cn__program {
    const cn__lab_options *options;
    cn__lab_document document;
    struct cn__citations *citations; /* NULL: the document names no bibliography */
    cn__arena arena;
    int language; /* 0 Spanish, 1 English: cn__language */
    uint64_t seed;
    const char *title;   /* with its {{…}} replaced, once the run is over; NULL: the document has none */
    cn__lab_part *parts; /* document.count */
    cn__lab_model **models;
    size_t model_count;
    const char **unknown; /* unknown names of models; each is reported once */
    size_t unknown_count;
    cn__job **jobs;
    size_t job_count;
    cn__stages stages;
    cn__prepared *prepared; /* of all sweeps */
} cn__program;

/* Results of another number are not taken from the cache: to be raised when a training's bits or what is kept of it
 * change within a version of the program. */
#define CN_LAB_RESULTS 2

/* Reads (or takes `text`, unless NULL), checks, loads the data. All mistakes are reported at once in the message of cn_error(). *missing: the data set is
 * nowhere to be found. Free with cn__program_free, also after a failure. */
CN_CHECK cn_status cn__program_open(cn__program *program, const char *path, const char *text,
                                    const cn__lab_options *options, bool *missing);
void cn__program_free(cn__program *program);

/* Was this unknown name of a model reported before? */
bool cn__program_reported_unknown(const cn__program *program, const char *name);
/* "; line 7 makes it, but …": where prose has a line that would make a model of this name; "": nowhere. */
const char *cn__program_unseen(const cn__program *program, const char *name, char *out, size_t size);
/* Is the name in a list "a, b"? Of no list (NULL) each is. */
bool cn__is_listed(const char *list, const char *name);
/* NULL when there is none. */
cn__lab_model *cn__program_model(const cn__program *program, const char *name);

/* A model as it is before its first fit, compiled as the job says; the caller frees it. NULL on failure. */
cn_model *cn__job_model(const cn__job *job);
/* The same, to try what can be said of it before any training: its weights are zeros. `compiled` or not. */
cn_model *cn__trial_model(const cn__job *job, bool compiled);
/* The layer that a statement which shows the inside of a model speaks of: by its name, or the first or last that can be shown so.
 * The name is the model's. */
CN_CHECK cn_status cn__find_shown_layer(const cn_model *model, const cn__statement *statement,
                                        const char **name);
/* The kernels of such a layer: (height, width, channels, filters), to be freed. */
CN_CHECK cn_status cn__shown_kernel(const cn_model *model, const char *layer, cn_array *out);
/* How many of the first weights of both have the same shapes: what `to` can take over. `top`: from the last layer of `from` too. */
size_t cn__common_weights(const cn_model *to, const cn_model *from, bool top);
/* binding.c: how many inputs `importance` mixes of an array: a vector's columns, or pictures and the like as a whole. */
size_t cn__importance_inputs(const cn_array *x);
/* binding.c: is this output, of data with names, among what the statement shows? */
bool cn__output_is_shown(const cn__job *job, size_t output, const cn__statement *statement);
/* The job as if its network had this output alone: its target, its prediction, its name in the titles; NULL when out of memory. */
cn__job *cn__output_job(cn__arena *arena, const cn__job *job, size_t output);
/* What a sweep's networks begin with: the model as it stands, what it was compiled with, and the fit. */
cn__configuration cn__job_configuration(const cn__job *job);
/* Of the model as it was trained last: what a sweep has found, or what the document says. */
static inline size_t cn__lab_parameters(const cn__lab_model *m)
{
    return m->last && m->last->found ? m->last->found->parameters : m->parameters;
}
static inline double cn__lab_flops(const cn__lab_model *m)
{
    return m->last && m->last->found ? m->last->found->flops : m->flops;
}
/* A model's first fit; NULL: it is never trained. */
static inline const cn__job *cn__job_first(const cn__lab_model *model) { return model->first; }
/* fit's arguments: the caller adds threads and callbacks of its own. */
cn_fit_options cn__job_options(const cn__job *job, cn_model *model);

#endif
