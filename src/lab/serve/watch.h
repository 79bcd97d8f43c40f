/* A document that is run again each time it is saved, with its report in a browser or without one. */
#ifndef CN_LAB_WATCH_H
#define CN_LAB_WATCH_H

#include "data/server/server.h"
#include "lab/options.h"

typedef struct cn__lab_watch {
    const char *path;
    const cn__lab_options *lab;
    bool serve;         /* the report at http://127.0.0.1:PORT/TOKEN/ */
    uint64_t port;      /* 0: any that is free */
    bool (*stop)(void); /* asked a few times a second */
} cn__lab_watch;

/* Until `stop`. A run that fails says why, and the next save begins another. */
CN_CHECK cn_status cn__lab_watch_run(const cn__lab_watch *watch);

/* ---- for the files of this folder ---------------------------------------------------------------------------------- */

enum { CN_WORKER_LINE = 1024, CN_WORKER_MESSAGE = 4096 };

/* A run in a process of its own, which confines itself, and ends when the document is saved again. */
typedef struct cn__worker {
    int process;               /* 0: none runs */
    int lines, errors;         /* what it writes; -1: nothing */
    char line[CN_WORKER_LINE]; /* the last of its progress: JSON */
    char part[CN_WORKER_LINE]; /* of the next one */
    size_t part_size;
    char message[CN_WORKER_MESSAGE]; /* why the last run failed; "" */
    size_t message_size;
    uint64_t runs; /* that have ended */
    bool failed;   /* the last one */
} cn__worker;

CN_CHECK cn_status cn__worker_start(cn__worker *worker, const cn__lab_watch *watch);
/* Takes what it wrote; true: it has just ended. */
bool cn__worker_poll(cn__worker *worker, bool echo);
void cn__worker_stop(cn__worker *worker);

/* What the server shows. */
typedef struct cn__lab_server {
    const cn__lab_watch *watch;
    const cn__worker *worker;
} cn__lab_server;

cn__server_answer cn__lab_show;

#endif
