/* The inside of the store's writer: messages, and how each becomes rows. */
#ifndef CN_SWEEP_STORE_WRITE_H
#define CN_SWEEP_STORE_WRITE_H

#include <time.h>

#include "sweep/store/records.h"
#include "sweep/store/store_file.h"

typedef enum cn__message_kind {
    CN_MESSAGE_TRIAL_BEGINS,
    CN_MESSAGE_SERIES,
    CN_MESSAGE_RUN_ENDS,
    CN_MESSAGE_MODEL,
    CN_MESSAGE_TRIAL_ENDS,
    CN_MESSAGE_KEEP
} cn__message_kind;

typedef struct cn__message {
    struct cn__message *next;
    cn__message_kind kind;
    size_t number, seed; /* seed: 0, 1, … of the trial's */
    cn__arena arena;
    const char *layers, *optimizer, *loss, *callbacks;
    int64_t batch_size;
    time_t time;
    const cn__metric_series *series;
    size_t series_count;
    cn__run_end run;
    cn__trial_end trial;
    char *bytes; /* owned */
    size_t size;
    const size_t *numbers;
    size_t number_count;
} cn__message;

cn__message *cn__message_new(cn__message_kind kind, size_t number, size_t seed);
void cn__messages_free(cn__message *first);

enum { CN_STORE_STATEMENTS = 16, CN_STORE_METRICS = 128 };

typedef struct cn__store_writer {
    sqlite3 *db;
    int lock; /* a descriptor + 1 */
    char *path;
    const cn__study *study;
    int64_t study_id;
    sqlite3_stmt *statements[CN_STORE_STATEMENTS];
    int64_t *trials;                 /* (study->trial_count): rows' ids; 0: none yet */
    int64_t *runs;                   /* (trial_count · seeds) */
    char *metrics[CN_STORE_METRICS]; /* names whose ids are known */
    int64_t metric_ids[CN_STORE_METRICS];
    size_t metric_count;
} cn__store_writer;

/* Opens the file, finds or adds the study, takes what is final into its trials. */
CN_CHECK cn_status cn__store_writer_open(cn__store_writer *writer, const char *path, cn__study *study);
void cn__store_writer_close(cn__store_writer *writer);
/* Writes the messages in one transaction. */
CN_CHECK cn_status cn__store_write(cn__store_writer *writer, const cn__message *first);

/* store_resume.c: results of trials that are final; rows of the others go. */
CN_CHECK cn_status cn__store_resume(cn__store_writer *writer, cn__study *study);
/* "2026-11-30T08:00:00Z" */
void cn__store_time(time_t time, char out[32]);

#endif
