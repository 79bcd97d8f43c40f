/* What the command line says about a lab. */
#ifndef CN_LAB_OPTIONS_H
#define CN_LAB_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

struct cn__arguments;
struct cn__stage;
struct cn__program;

/* What a run came to, for those who report it. Free with cn__lab_facts_free. */
typedef struct cn__lab_facts {
    size_t models, trainings; /* of the document */
    size_t trained, cached;   /* by this run, and what was there before */
    double seconds;
    char *results; /* the text of results.json, of grade: the class as JSON; NULL: none was written */
} cn__lab_facts;

typedef struct cn__lab_options {
    const char *data, *data_dir; /* data: use this data set instead of the document's */
    const char *only;            /* "m512,final" */
    const char *out;             /* folder */
    const char *language;   /* "es", "en": the language of the report's words, instead of the document's */
    const char *formats;    /* "html,pdf,ipynb" */
    const char *code;       /* of the notebook's cells: "cornu" (NULL), "python" */
    const char *cache;      /* file; NULL: in the user's cache folder */
    const char *seed;       /* use this seed instead of the document's */
    const char *allow;      /* "DIR:DIR": more folders that the document may read from */
    uint64_t jobs, threads; /* 0: as many as there are processors */
    uint64_t epochs_limit, samples; /* 0: all */
    bool quiet, no_cache, no_times;
    bool offline; /* data sets are not fetched */
    bool
        confine; /* give up the process's rights to all other files; for a program that runs one lab and ends */
    uint64_t time_limit;  /* of a submission that is graded, in seconds; 0: none */
    double state_seconds; /* between the states of a long fit; 0: 60 */
    FILE *log;            /* NULL: stdout */
    const char
        *text; /* the document itself, where it lies in no file; its path is then a name for messages */
    cn__lab_facts *facts; /* filled by check and run, also when they fail; NULL: nobody asks */
    FILE *progress;       /* a line of JSON each time a fit begins, ends an epoch or is done; NULL: none */
    bool (*interrupted)(void); /* is the run to end, with a report of what is done? NULL: never */
    /* Called when everything is written, with the program; NULL: nobody. */
    void (*finished)(void *user, const struct cn__program *program);
    void *finished_user;
    /* What dataset statements load, for those who must open no file (the fuzzer); NULL: what they name. */
    cn_status (*load)(const struct cn__arguments *arguments, struct cn__stage *stage);
} cn__lab_options;

#endif
