/* What an exported network's C does before and after it: raw columns of a row to inputs, outputs to the target's units. */
#ifndef CN_FORMATS_C_PREPARATION_H
#define CN_FORMATS_C_PREPARATION_H

#include "base/text/text.h"
#include "cornu/table.h"

/* Declarations for the header, and functions for the source, of a network of this name. Fails where the preparation does not
 * make `inputs` numbers. */
CN_CHECK cn_status cn__c_write_preparation(const cn_preparation *preparation, const char *name,
                                           const char *upper, size_t inputs, size_t outputs, cn__text *header,
                                           cn__text *source);

#endif
