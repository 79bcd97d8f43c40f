/* A network on its way to a C file: operations in order, where each reads and writes, and the text that grows.
 * c/export.c writes the files, c/layers.c has a writer for each operation, c/source.c the pieces of text. */
#ifndef CN_FORMATS_C_PROGRAM_H
#define CN_FORMATS_C_PROGRAM_H

#include "base/arena.h"
#include "base/text/text.h"
#include "kernels/conv.h"
#include "model/lower.h"

/* Where numbers lie while the program runs. */
typedef enum cn__c_place { CN_C_INPUT, CN_C_OUTPUT, CN_C_SCRATCH } cn__c_place;

typedef struct cn__c_buffer {
    cn__c_place place;
    size_t offset; /* in the scratch, in numbers */
} cn__c_buffer;

/* An operation and its buffers. Where the operation can work in place, from[0] and to may be one. */
typedef struct cn__c_step {
    const cn__op *op;   /* an input: nothing is computed, and it is copied */
    cn__c_buffer *from; /* (op->inputs) */
    cn__c_buffer to;
    size_t *reads; /* (op->inputs): 0 is the network's input, i + 1 what step i gives */
} cn__c_step;

typedef struct cn__c_program {
    cn__arena arena;
    const char *name, *upper; /* "digits", "DIGITS" */
    const char *header;       /* "digits.h", as the source includes it */
    const cn_model *model;
    const struct cn_preparation *preparation; /* or NULL */
    cn__c_step *steps;
    size_t count, scratch;  /* scratch in numbers */
    size_t behind;          /* numbers that some steps work in, behind the buffers */
    bool is_line;           /* each step reads what the one before it gives */
    size_t bytes;           /* int8: scratch in bytes, too */
    cn__text weights, body; /* constant arrays; the statements of predict */
    size_t weight_bytes;
    bool needed[128]; /* sections of the run-time text */
} cn__c_program;

/* Elements of a sample of an operation's first input, and of its last axis. */
static inline size_t cn__c_in_size(const cn__op *op)
{
    return op->inputs ? cn__shape_size(&op->in_shape[0]) : op->size;
}
static inline size_t cn__c_depth(const cn__op *op)
{
    return op->inputs ? cn__shape_last(&op->in_shape[0]) : op->cols;
}

/* Does the exporter know the operation? Can it write where its first input is? */
bool cn__c_knows(const cn__op *op);
bool cn__c_in_place(const cn__op *op);

/* Writes the weights and the statement of an operation; c/window.c has those that slide a window or move pixels. */
typedef cn_status cn__c_writer(cn__c_program *program, size_t step, const cn__op *op, const char *const *from,
                               const char *to);
cn__c_writer cn__c_write_convolution, cn__c_write_pool, cn__c_write_border, cn__c_write_resize,
    cn__c_write_resample;
/* Is it one that cn__c_write_convolution writes? */
bool cn__c_knows_convolution(const cn__op *op);
/* c/shapes.c */
cn__c_writer cn__c_write_rescaling, cn__c_write_permute, cn__c_write_repeat, cn__c_write_unit_normalization,
    cn__c_write_prelu, cn__c_write_normalization, cn__c_write_group_normalization, cn__c_write_dot;
/* The last argument of a call, and its end: the run-time text's struct window. */
void cn__c_window(cn__text *text, const cn__conv *conv);
/* Fails: the operation, or `what` of it (NULL: nothing), is not known. */
cn_status cn__c_unknown(const cn__op *op, const char *what);

/* Fails where a weight is NaN or infinite. */
CN_CHECK cn_status cn__c_check_weights(const cn_model *model);
/* Writes the weights and the statement of step `i`; fails for an operation that is not known, by its layer's name. */
CN_CHECK cn_status cn__c_write_step(cn__c_program *program, size_t i);

/* ---- pieces of text --------------------------------------------------------------------------------------- */

/* A number as C has it: "0.25f", "1.0f". */
void cn__c_number(cn__text *text, float value);
/* "(const size_t[]){2, 3}" */
void cn__c_sizes(cn__text *text, const size_t *sizes, int count);
/* A line with a layer's name. */
void cn__c_comment(cn__text *text, const char *name);
/* "static const float w0_kernel[6] = { … };" onto program->weights; the array's name lives in the arena. */
CN_CHECK cn_status cn__c_floats(cn__c_program *program, size_t step, const char *name, const float *values,
                                size_t count, const char **out);
/* The variable in C order as an array; NULL is the word NULL. */
CN_CHECK cn_status cn__c_variable(cn__c_program *program, size_t step, const cn__variable *variable,
                                  const char **out);
/* "x", "y", "numbers" or "numbers + 32". */
const char *cn__c_buffer_text(cn__c_program *program, cn__c_buffer buffer);
/* Asks for a section of the run-time text, and those that it calls. */
void cn__c_need(cn__c_program *program, const char *section);
/* The sections that were asked for, in order. */
void cn__c_sections(const cn__c_program *program, cn__text *out);

#endif
