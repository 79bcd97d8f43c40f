/* A line on the terminal that shows the fits that are running: "12/17 · relu 4/5 · final 9/15". */
#ifndef CN_LAB_LIVE_H
#define CN_LAB_LIVE_H

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>

enum { CN_LIVE_ROWS = 8 };

typedef struct cn__live {
    FILE *terminal; /* NULL: nothing is shown */
    FILE *
        lines; /* the same as JSON, a line each: {"done":2,"total":17,"running":[["relu",4,5]]}; NULL: none */
    size_t done, wanted, width;
    struct cn__live_row {
        const char *name;
        size_t epoch, epochs;
    } row[CN_LIVE_ROWS]; /* name NULL: free */
    pthread_mutex_t lock;
} cn__live;

/* `terminal` must be one that a person looks at; else give NULL. */
void cn__live_start(cn__live *live, FILE *terminal, FILE *lines, size_t wanted);
void cn__live_end(cn__live *live);

/* A fit begins, has come to the end of an epoch (counted from 1), is done. A row of -1 is shown nowhere. */
int cn__live_fit(cn__live *live, const char *name, size_t epochs);
void cn__live_epoch(cn__live *live, int row, size_t epoch);
void cn__live_done(cn__live *live, int row);

/* Takes the line away while something else is printed, and brings it back. */
void cn__live_hold(cn__live *live);
void cn__live_release(cn__live *live);

#endif
