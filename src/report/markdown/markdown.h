/* What a Markdown text of a report holds beside text: formulas, pictures and references, to be looked at before anything
 * runs. */
#ifndef CN_REPORT_MARKDOWN_H
#define CN_REPORT_MARKDOWN_H

#include "base/status.h"

typedef struct cn__markdown_watch {
    void *user;
    /* Each picture that lies in a file; what fails is a problem. */
    cn_status (*picture)(void *user, const char *url);
    /* Each @fig-… and @tbl-…, without its @; what fails is a problem. NULL: they are not looked at. */
    cn_status (*reference)(void *user, const char *name);
    /* A formula, a picture or its attributes that cannot be: its line, from 0, its source, and the message of cn_error(). */
    void (*problem)(void *user, size_t line, const char *source);
} cn__markdown_watch;

CN_CHECK cn_status cn__markdown_look(const char *text, const cn__markdown_watch *watch);

typedef enum cn__image_type { CN_IMAGE_NONE, CN_IMAGE_PNG, CN_IMAGE_JPEG, CN_IMAGE_SVG } cn__image_type;

/* By its first bytes. */
cn__image_type cn__image_type_of(const void *data, size_t size);
/* "image/png" */
const char *cn__image_mime(cn__image_type type);
/* Fails for a file that is no picture, has no size, or needs what is not there. Sizes in CSS pixels. */
CN_CHECK cn_status cn__image_size(const void *data, size_t size, double *width, double *height);

#endif
