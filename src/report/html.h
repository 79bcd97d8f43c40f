/* The inside of a report's page: what html.c takes from html_prose.c. */
#ifndef CN_REPORT_HTML_H
#define CN_REPORT_HTML_H

#include "report/document.h"

/* A text with its pictures, formulas, references, callouts and footnotes. */
void cn__html_prose(cn__text *out, const cn__document *document, cmark_node *tree);
/* "Figure 3. A caption" in an element `tag`; the caption may be NULL. */
void cn__html_caption(cn__text *out, const char *what, int number, const char *caption, const char *tag);
/* For href: what a URL must not have is escaped. */
void cn__html_url(cn__text *out, const char *url);

#endif
