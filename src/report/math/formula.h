/* A formula in a subset of TeX: one tree, which is written as MathML and laid out for paper. What the subset does not
 * have is refused by name. */
#ifndef CN_REPORT_FORMULA_H
#define CN_REPORT_FORMULA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/text/text.h"

typedef enum cn__formula_kind {
    CN_FORMULA_ROW,      /* children side by side */
    CN_FORMULA_ATOM,     /* text, of a class */
    CN_FORMULA_FRACTION, /* children: over, under */
    CN_FORMULA_ROOT,     /* children: inside; the index or NULL */
    CN_FORMULA_SCRIPTS,  /* children: base; under or NULL; upper or NULL */
    CN_FORMULA_ACCENT,   /* children: base; text: the mark over it */
    CN_FORMULA_FENCE,    /* children: inside; text and close: brackets as high as it, "" for none */
    CN_FORMULA_GRID,     /* children: cells, row by row; columns */
    CN_FORMULA_SPACE     /* space: ems */
} cn__formula_kind;

/* Classes of atoms: they decide the letters' style and the space around them. */
typedef enum cn__atom {
    CN_ATOM_IDENTIFIER, /* leaning */
    CN_ATOM_ORDINARY,   /* upright letters and signs */
    CN_ATOM_NUMBER,
    CN_ATOM_FUNCTION, /* log, max */
    CN_ATOM_BINARY,
    CN_ATOM_RELATION,
    CN_ATOM_OPEN,
    CN_ATOM_CLOSE,
    CN_ATOM_PUNCTUATION,
    CN_ATOM_LARGE, /* sums */
    CN_ATOM_TEXT
} cn__atom;

typedef struct cn__formula {
    cn__formula_kind kind;
    cn__atom atom;
    const char *text, *close;
    double space;
    bool bold;
    bool limits;  /* scripts stand under and over it where a formula has a line of its own */
    bool aligned; /* grid: columns in pairs, right and left */
    bool left;    /* grid: columns begin at the left */
    size_t count, columns;
    struct cn__formula **children;
} cn__formula;

/* Everything lives in the arena. The message of a failure names the command or the place. */
CN_CHECK cn_status cn__formula_read(cn__arena *arena, const char *tex, size_t size, const cn__formula **out);

/* One <math> element; `tex` goes with it as an annotation. `display`: on a line of its own. */
void cn__formula_mathml(cn__text *out, const cn__formula *formula, const char *tex, bool display);
/* Its letters and signs in a row, for contents and search. */
void cn__formula_plain(cn__text *out, const cn__formula *formula);

/* ---- symbols.c ------------------------------------------------------------------------------------------------ */

typedef struct cn__symbol {
    const char *name; /* without its backslash */
    const char *text;
    cn__atom atom;
    bool limits;
} cn__symbol;

/* NULL: there is none. */
const cn__symbol *cn__symbol_find(const char *name);
/* All names, for what is nearest; *count of them. */
const char *const *cn__symbol_names(size_t *count);
/* The letter in double-struck ('b') or script ('c') capitals; NULL: there is none. */
const char *cn__symbol_letter(char style, char letter);

#endif
