/* What may stand as the value of an option, for the completion of shells. */
#ifndef CN_CLI_OPTIONS_VALUES_H
#define CN_CLI_OPTIONS_VALUES_H

#include "base/text/text.h"
#include "cli/options/options.h"

typedef struct cn__values {
    bool files, folders;
    cn__text words; /* with spaces between; data NULL: none are known. Free it */
} cn__values;

cn__values cn__values_of(const cn__option *option);

#endif
