/* The lines of a layer notation, and the calls that they are. A line is a call without its parentheses: the words between spaces
 * become its arguments. The lines from `model NAME` to its `end` are a block, which may have blocks in it. */
#ifndef CN_MODEL_NOTATION_NOTATION_LINES_H
#define CN_MODEL_NOTATION_NOTATION_LINES_H

#include "base/text/text.h"
#include "base/text/value.h"

typedef struct cn__lines {
    const char *at, *end;
    int next; /* the number of the line that `at` is on, from 1 */
    const char *first, *last;
    int number;
} cn__lines;

cn__lines cn__lines_of(const char *text);
/* The next line that is not empty, from `first` to `last`; false at the end. */
bool cn__lines_next(cn__lines *lines);
/* How many are left. */
size_t cn__lines_count(cn__lines lines);
/* "dense 512 relu" -> "dense(512, relu)"; a line that is a call already stays as it is. */
void cn__line_to_call(const cn__lines *line, cn__text *call);
/* "dropout 0,3": fails where a comma stands in the place of a point. */
CN_CHECK cn_status cn__line_check_comma(const cn__lines *line);
/* The call that the line is; NULL where it is none. */
cn__value *cn__line_value(cn__arena *arena, const cn__lines *line);
bool cn__line_is(const cn__value *value, const char *name);
/* Does the line begin a block? */
bool cn__line_begins_block(const cn__lines *line);
/* The lines of the block that the present line begins; `lines` goes on behind its `end`. Fails where there is none. */
CN_CHECK cn_status cn__lines_block(cn__lines *lines, cn__lines *block);
/* Do the lines need a graph: from=, call, outputs, or several inputs? Blocks are networks of their own. */
bool cn__lines_are_graph(cn__lines lines);

#endif
