/* cornu lab --json: what a run, a check or a class came to. */
#ifndef CN_CLI_OUTPUT_LAB_JSON_H
#define CN_CLI_OUTPUT_LAB_JSON_H

#include "lab/options.h"

typedef struct cn__lab_answer {
    const char *path;     /* of the JSON */
    const char *document; /* NULL: the lab that the program carries */
    const char *out;      /* the folder of a report; NULL: nothing was to be written */
    const cn__lab_facts *facts;
    cn_status status; /* with the message of cn_error(), which stays */
} cn__lab_answer;

CN_CHECK cn_status cn__lab_json(const cn__lab_answer *answer);
/* The submissions of cornu lab grade. */
CN_CHECK cn_status cn__grades_json(const char *path, const cn__lab_facts *facts);

#endif
