/* The state of a training as bytes. One function visits what there is, for writing and for reading alike, so that the two
 * cannot differ. After a failure every further visit does nothing. */
#ifndef CN_TRAIN_SNAPSHOT_H
#define CN_TRAIN_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text/text.h"

typedef struct cn__snapshot {
    bool reading;
    cn_status status;
    cn__text out;   /* what has been written */
    const char *in; /* what is still to be read */
    size_t left;
} cn__snapshot;

void cn__snapshot_bytes(cn__snapshot *snapshot, void *bytes, size_t size);
#define CN_SNAPSHOT(snapshot, variable) cn__snapshot_bytes(snapshot, &(variable), sizeof(variable))

/* A fact of the training that must be the same when it goes on: "the batch size was 32 and is 64". */
void cn__snapshot_expect(cn__snapshot *snapshot, const char *what, uint64_t now);
/* The same of what has no number that says something to a reader: "the data are not those of the state". */
void cn__snapshot_expect_same(cn__snapshot *snapshot, const char *what, uint64_t checksum);

/* The bytes as a file: with a head, and a checksum at the end. `serial` counts the states of a training. Takes the
 * snapshot's bytes; free with cn__text_free. */
void cn__snapshot_pack(const cn__snapshot *snapshot, uint64_t serial, cn__text *out);
/* Begins to read a file that holds one; *serial 0: it does not, or it is damaged. `bytes` must outlive the snapshot. */
cn__snapshot cn__snapshot_unpack(const char *bytes, size_t size, uint64_t *serial);

#endif
