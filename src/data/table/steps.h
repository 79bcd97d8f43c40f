/* The inside of a table, and the steps from a file's bytes to it: bytes to UTF-8 (table/text.c), how the text is laid out
 * (table/layout.c), which columns hold what (table/survey.c), the columns' values (table/fill.c). */
#ifndef CN_DATA_TABLE_STEPS_H
#define CN_DATA_TABLE_STEPS_H

#include "base/arena.h"
#include "base/files/file.h"
#include "base/text/text.h"
#include "cornu/table.h"

#define CN_TABLE_MISSING UINT32_MAX

typedef struct cn__column {
    const char *name;
    cn_column_kind kind;
    bool forced; /* the caller said the kind */
    bool index, unnamed;
    /* numbers: uint8, int32 or double, whichever holds them all; a missing one is NaN, of double alone */
    cn_dtype stored;
    void *values; /* of cn__malloc */
    /* words */
    uint32_t *codes; /* (rows) index into categories, or CN_TABLE_MISSING; of cn__malloc */
    const char *const *categories;
    size_t category_count;
    size_t missing;
    /* a column of words most of whose cells are numbers: the first that is none */
    size_t numeric, odd_row;
    const char *odd;
} cn__column;

struct cn_table {
    cn__arena arena;
    const char *path;
    size_t rows, columns;
    cn__column *column;
    uint32_t *lines; /* (rows); of cn__malloc */
    uint32_t *slots; /* of names: column + 1, found by their hash; a power of two of them */
    size_t slot_count;
    const char *form; /* "JSON", "ARFF"; NULL: text with a separator */
    char separator;
    bool header;
    cn__text notes;
    void
        *store; /* of cn__malloc: a file of the cache, in which lines, values, codes and words lie; or NULL */
};

/* How the text is laid out. */
typedef struct cn__layout {
    char separator; /* ' ': any number of blanks and tabs */
    char quote;     /* 0: none */
    char decimal;
    char comment; /* rows that begin with it are passed over; 0: none */
    bool header;
} cn__layout;

/* A text in memory that becomes a table: bytes[size] is '\0'. */
typedef struct cn__source_text {
    const char *path;
    char *bytes; /* of cn__malloc */
    size_t size;
    size_t begin, first_line; /* of the table in it */
    cn__layout layout;
    size_t usual;     /* cells of most rows */
    const char *form; /* "JSON", "ARFF": the layout is not guessed, and these are the columns */
    const char *const *names;
    const bool *words; /* a column each: are they words? NULL: by what they are */
    size_t name_count;
} cn__source_text;

/* Where rows lie. */
typedef struct cn__row_list {
    size_t *begin;   /* (count + 1): a row ends before the next begins */
    uint32_t *lines; /* (count) */
    size_t count;
} cn__row_list;

typedef struct cn__cell {
    const char *at;
    size_t size;
    bool quoted, escaped; /* escaped: has doubled quotes */
    bool open;            /* the closing quote is missing */
} cn__cell;

/* What the rows of a column hold. */
typedef struct cn__facts {
    size_t missing, weak, numbers, odd, first_odd; /* weak: words that stand for a missing number only */
    size_t commas;        /* of the odd: numbers with a comma where a point was expected */
    uint32_t least, most; /* of whole numbers without sign that fill 32 bits at most */
    bool wide;            /* other numbers than those */
    bool negative;        /* negative whole numbers; at most 9 digits unless wide */
    bool money, percent, thousands, leading_zero;
} cn__facts;

/* ---- table/text.c -------------------------------------------------------------------------------------------------- */

/* Takes the bytes (of cn__malloc) of a file: unpacked, UTF-8. Notes what was done. */
CN_CHECK cn_status cn__table_decode(cn__source_text *text, const cn_table_options *options, cn__text *notes);

/* ---- table/cells.c ------------------------------------------------------------------------------------------------- */

/* Tables with more columns are refused. */
enum { CN_MOST_COLUMNS = 100000 };

enum { CN_CELL_NEXT, CN_CELL_LAST };
/* The cell at *p, trimmed, and what ends it; moves *p behind that. */
int cn__cell_next(const cn__layout *layout, const char **p, const char *end, cn__cell *out);
/* The bytes a cell stands for, into `out` which has room for cell->size + 1. Returns their number. */
size_t cn__cell_text(const cn__layout *layout, const cn__cell *cell, char *out);
/* A number as tables write it, the whole cell; with currency signs, thousands' commas and % where `facts` is not NULL, which
 * notes them. */
bool cn__cell_number(const cn__layout *layout, const cn__cell *cell, double *out, cn__facts *facts);
/* Is it empty, NA, null, …, or one of `own`? */
bool cn__cell_missing(const cn__cell *cell, const cn_names *own);
/* ".", "-", "unknown", …: no value where the others are numbers. */
bool cn__cell_weakly_missing(const cn__cell *cell);

/* ---- table/layout.c ------------------------------------------------------------------------------------------------ */

/* Separator, quotes, decimal mark, what stands above the table, and whether its first row has the names. */
CN_CHECK cn_status cn__table_layout(cn__source_text *text, const cn_table_options *options, cn__text *notes);
/* Finds the rows; free with cn__row_list_free. */
CN_CHECK cn_status cn__table_index(const cn__source_text *text, cn__row_list *out);
void cn__row_list_free(cn__row_list *rows);

/* ---- table/survey.c, table/fill.c ------------------------------------------------------------------------------------ */

typedef struct cn__survey {
    const cn__source_text *text;
    const cn_table_options *options;
    const cn__row_list *rows; /* without the header */
    size_t columns;
    bool *words;        /* (columns) that are not looked at as numbers */
    cn__facts *facts;   /* (columns) */
    unsigned char *bad; /* (rows) 1: more cells than columns */
    size_t bad_rows, first_bad, bad_cells, short_rows, first_short;
} cn__survey;

CN_CHECK cn_status cn__table_survey(cn__survey *survey);
CN_CHECK cn_status cn__table_fill(const cn__survey *survey, cn_table *table);

/* ---- others ---------------------------------------------------------------------------------------------------------- */

/* table/arff.c, table/json.c: true in *is where the text is such; then it becomes one of cells that commas part. */
CN_CHECK cn_status cn__table_arff(cn__arena *arena, cn__source_text *text, bool *is);
CN_CHECK cn_status cn__table_json(cn__arena *arena, cn__source_text *text, bool *is);

/* A table from memory, which it takes (bytes of cn__malloc, `size` of them and a '\0'). */
cn_table *cn__table_parse(char *bytes, size_t size, const char *path, const cn_table_options *options);
/* The same, from the cache where this text was read before with these options (table/cache.c). */
cn_table *cn__table_cached(char *bytes, size_t size, const char *path, const cn_table_options *options);
/* Where the name stands among the slots, or where it would; the slots, empty. */
size_t cn__table_slot(const cn_table *table, const char *name);
CN_CHECK cn_status cn__table_slots(cn_table *table);
void cn__column_free(cn__column *column);
/* Is it a file of a table, by its first bytes: text, or a gzip file of such? */
bool cn__is_table(const char *path);
/* Bytes of a cell to show in a message, on one line and whole characters: "%.*s". */
int cn__table_shown(const char *text);
/* "3,5": a number that would be one with a point; digits behind the comma. */
bool cn__cell_has_comma(const cn__cell *cell, size_t *behind);
/* Runs work(context, part) for parts 0 … parts - 1, on that many threads. */
void cn__table_parallel(int parts, void (*work)(void *context, int part), void *context);
int cn__table_threads(const cn_table_options *options, size_t rows);

/* Digits alone, nine at most, behind which the cell ends: nearly all cells of large tables. False: it is something else. */
static inline bool cn__cell_digits(const char **p, char separator, uint32_t *out)
{
    const char *q = *p;
    uint32_t v = 0;
    unsigned digit;
    while ((digit = (unsigned)(*q - '0')) < 10 && q - *p < 9) v = v * 10 + digit, q++;
    if (q == *p || (*q != separator && *q != '\n')) return false;
    *p = q;
    *out = v;
    return true;
}

static inline double cn__column_number(const cn__column *c, size_t row)
{
    if (c->stored == CN_UINT8) return ((const uint8_t *)c->values)[row];
    if (c->stored == CN_INT32) return ((const int32_t *)c->values)[row];
    return ((const double *)c->values)[row];
}

#endif
