/* The inside of parsing statements: what the files statement*.c share. */
#ifndef CN_LAB_STATEMENT_MAKE_H
#define CN_LAB_STATEMENT_MAKE_H

#include "lab/language/statement.h"

/* statement_find.c: the kind of a line; *used: how many bytes its word, or its two words, take. "dataset X": X is a second
 * word if there is such a statement; else the name of a data set, which a later check knows. */
CN_CHECK cn_status cn__find_statement(const char *line, const cn__statement_kind **out, size_t *used);

/* A plain word behind "dataset", which is no file and no argument, names a data set, or is unlike any and may be a folder's:
 * else the message about "dataset gird rows=2" would be that there is no argument 'rows'. */
CN_CHECK cn_status cn__check_second(const char *rest);

/* statement_arguments.c: behind the quotes that begin at p, or the end of the line. */
const char *cn__quoted_end(const char *p);
/* Where the argument that begins at p ends: white space or a comma outside brackets and quotes. */
const char *cn__argument_end(const char *p);

/* A statement's line as a call. */
typedef struct cn__statement_call {
    cn__arena *arena;
    cn__value call;
    cn__value models; /* its leading words, for statements that take models; also the call's first argument */
} cn__statement_call;

CN_CHECK cn_status cn__read_arguments(cn__statement_call *b, const cn__statement_kind *kind, const char *p);

/* statement_space.c: of a sweep's line: what is searched, NAME=[…], goes into *space, and the rest is the line of its other arguments. */
CN_CHECK cn_status cn__take_space(cn__arena *arena, const cn__statement_kind *kind, const char *line,
                                  const char **rest, const char **space);

#endif
