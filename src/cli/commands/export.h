/* cornu export's kinds of files that take more than a call. */
#ifndef CN_CLI_EXPORT_H
#define CN_CLI_EXPORT_H

#include <jansson.h>

#include "cli/input/samples.h"

typedef struct cn__c_request {
    const char *name, *calibrate, *out;
    const cn__source *source;
    const cn_preparation *preparation; /* of the model's file; or NULL */
    bool int8;
    bool quiet;   /* prints nothing */
    json_t *json; /* what is printed, as values; NULL: nobody asks */
} cn__c_request;

/* A C program; prints its sizes and, for int8 with data to compare over, what it loses. */
CN_CHECK cn_status cn__export_c(cn_model *model, const char *path, const cn__c_request *request);

#endif
