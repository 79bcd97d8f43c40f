/* The notation for named things: `adam(learning_rate=0.0005)`, `l2(1e-4)`, `early_stopping(monitor=
 * val_loss, patience=3, restore_best_weights=true)`, nested where Keras nests. A value is what the
 * text, or a JSON file, says before anybody has looked up the names. Lives in the caller's arena. */
#ifndef CN_BASE_TEXT_VALUE_H
#define CN_BASE_TEXT_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

typedef enum cn__value_kind {
    CN_VALUE_NONE,  /* none, None, null */
    CN_VALUE_BOOL,  /* true, True, false, False */
    CN_VALUE_INT,   /* 12, -3 */
    CN_VALUE_FLOAT, /* 0.5, 1e-3, .5, inf */
    CN_VALUE_WORD,  /* a bare word or a quoted string: relu, val_loss, 'text' */
    CN_VALUE_LIST,  /* [1, 2], (1, 2) and (3,) */
    CN_VALUE_MAP,   /* {0: 1.0, 1: 2.0}: items are values, names are keys' texts */
    CN_VALUE_CALL   /* name(args): name in `word`, items with or without a name */
} cn__value_kind;

typedef struct cn__value {
    cn__value_kind kind;
    bool boolean;
    int64_t integer;
    double number;           /* of INT and FLOAT both */
    const char *word;        /* of WORD and CALL */
    struct cn__value *items; /* of LIST, MAP and CALL */
    const char **names;      /* of MAP and CALL: a name for each item, NULL for a positional one */
    size_t count;
} cn__value;

/* Parses one whole value. The message of a failure shows the text with a mark under the place. */
CN_CHECK cn_status cn__value_parse(cn__arena *arena, const char *text, cn__value *out);

/* Parses a comma-separated list of values at the top level ("accuracy, mae, top_k(k=3)"). */
CN_CHECK cn_status cn__value_parse_list(cn__arena *arena, const char *text, cn__value *out);

/* The inverse, in one line: what cn__value_parse reads back as the same value. */
char *cn__value_text(cn__arena *arena, const cn__value *value);

/* The name of a WORD or CALL, else NULL. */
const char *cn__value_name(const cn__value *value);
/* The item called `name` of a CALL or MAP, or NULL. */
const cn__value *cn__value_get(const cn__value *value, const char *name);

/* Parameter tables: what a named thing takes. One table serves the notation, JSON, checks and help. */
typedef enum cn__param_type {
    CN_PARAM_BOOL,        /* bool */
    CN_PARAM_INT,         /* int64_t */
    CN_PARAM_FLOAT,       /* double */
    CN_PARAM_MAYBE_INT,   /* int64_t; none is INT64_MIN */
    CN_PARAM_MAYBE_FLOAT, /* double; none is NAN */
    CN_PARAM_WORD,        /* const char *; none is NULL */
    CN_PARAM_INTS,        /* cn__ints; a single int is a list of one; none has count 0 */
    CN_PARAM_FLOATS,      /* cn__floats; likewise */
    CN_PARAM_VALUE        /* const cn__value *: looked up by whoever owns the table; none is NULL */
} cn__param_type;

typedef struct cn__ints {
    const int64_t *items;
    size_t count;
} cn__ints;
typedef struct cn__floats {
    const double *items;
    size_t count;
} cn__floats;

typedef struct cn__param {
    const char *name;
    cn__param_type type;
    size_t offset;            /* into the struct that is filled */
    const char *fallback;     /* the default, in the notation; NULL: the argument must be given */
    double low, high;         /* of numbers, both allowed; low == high == 0: any */
    const char *expected;     /* for the message: "a number over 0"; NULL: made from the bounds */
    const char *const *words; /* of a WORD: those allowed, ends in NULL; case does not count. NULL: any */
} cn__param;

/* Fills the struct at `out` from the arguments of `call` (a CALL, or a WORD that has none) and the
 * defaults. Positional arguments go to the table's entries in order. Fails on an unknown argument
 * (naming the nearest), a wrong type, a value out of bounds, one given twice, one missing. `what`
 * begins the message: "optimizer adam". */
CN_CHECK cn_status cn__params_read(cn__arena *arena, const char *what, const cn__param *table, size_t count,
                                   const cn__value *call, void *out);

#endif
