/* Text from a file or a document in the places where it could become more than text: markup, code, a terminal's
 * commands. Each place has one function, and every name of a layer, column or class goes through it. SVG's is
 * cn__svg_escape of figure/canvas/canvas.h, Markdown's cn__markdown_escape of report/document.h. */
#ifndef CN_BASE_TEXT_ESCAPE_H
#define CN_BASE_TEXT_ESCAPE_H

#include <stdio.h>

#include "base/text/text.h"

/* HTML: an element's text, or an attribute's between double quotes. */
void cn__html_escape(cn__text *out, const char *text);

/* JSON in a <script> element: no '<' that could end it. */
void cn__script_escape(cn__text *out, const char *json);

/* A C comment: in one line, without the marks that end or begin one. */
void cn__c_comment_escape(cn__text *out, const char *text);

/* A terminal: control characters and those that turn the direction of writing are shown by their codes, as \x1b and
 * \u202e are. Line feeds and tabs stay. */
void cn__terminal_escape(cn__text *out, const char *text);
/* fputs of such a text; allocates nothing. */
void cn__terminal_puts(const char *text, FILE *stream);
/* A tag of a TensorBoard event file: UTF-8 without control characters, whatever `text` is. */
void cn__tag_escape(cn__text *out, const char *text);

#endif
