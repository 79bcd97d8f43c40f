/* A network in 8 bits: c/int8.c makes its steps, c/int8_ranges.c measures over calibration data what values reach and chooses
 * their scales, c/int8_numbers.c makes the whole numbers, c/int8_places.c gives values places in the scratch; c/int8_run.c runs
 * it, c/int8_write.c writes it in C. Between two products (dense layers and convolutions) numbers are int8; what follows the last
 * product, pool or border is computed in float32, as are operations that have no form in whole numbers, anywhere. */
#ifndef CN_FORMATS_C_INT8_H
#define CN_FORMATS_C_INT8_H

#include "cornu/array.h"
#include "formats/c/program.h"
#include "nn/ops.h"

enum { CN_Q_MEAN_SAMPLES = 256 };

typedef enum cn__q_kind {
    CN_Q_QUANTISE,
    CN_Q_DEQUANTISE,
    CN_Q_DENSE,
    CN_Q_DENSE_LAST,
    CN_Q_CONVOLUTION,
    CN_Q_TRANSPOSED,
    CN_Q_MAX_POOL,
    CN_Q_AVERAGE_POOL,
    CN_Q_BORDER,
    CN_Q_NEAREST, /* up-sampling */
    CN_Q_BILINEAR,
    CN_Q_PERMUTE,
    CN_Q_SCALE,
    CN_Q_TABLE,
    CN_Q_MERGE,
    CN_Q_CONCATENATE,
    CN_Q_FLOAT /* a step of the program in float32 */
} cn__q_kind;

/* value = (q - zero) · unit. With `units` each index of the last axis has a unit of its own. */
typedef struct cn__q_range {
    float unit;
    int32_t zero;
    const float *units; /* (channels), or NULL */
    size_t channels;
} cn__q_range;

static inline double cn__q_unit(const cn__q_range *range, size_t channel)
{
    return (double)(range->units ? range->units[channel % range->channels] : range->unit);
}

/* What the network's input, or a step of the program, gives. */
typedef struct cn__q_value {
    size_t number; /* 0: the input; i + 1: what step i gives */
    size_t size, channels, readers;
    bool in_float; /* it never is int8 */
    cn__q_range range;
    const double *mean; /* (channels), over the first CN_Q_MEAN_SAMPLES of the calibration data */
    size_t first, last; /* steps that make it, and read it last */
    size_t offset;      /* in the scratch's bytes */
} cn__q_value;

typedef struct cn__q_step {
    cn__q_kind kind;
    size_t op;            /* of the program's steps */
    const cn__op *folded; /* the batch normalisation in its weights, or NULL */
    cn__q_value **from;   /* (inputs) */
    size_t inputs;
    cn__q_value *to;
    bool output;         /* its numbers, if it makes float32, are the output's (else the scratch's) */
    size_t *number_from; /* (inputs): places in the scratch's numbers, of what is float32 */
    size_t number_to;
    int shift;
    int8_t *kernel; /* (out, inputs of an output) */
    int32_t *bias, *multiplier;
    size_t least, counts; /* an average: multipliers for windows with `least` and more inputs */
    int64_t *add;
    float *unit;
    int8_t *table;
} cn__q_step;

typedef struct cn__q_program {
    cn__c_program *p;
    cn__q_value *values; /* (p->count + 1) */
    cn__q_step *steps;
    size_t count;
    size_t last;           /* the last of the program's steps that is not float32 until the output */
    size_t bytes, numbers; /* scratch */
} cn__q_program;

/* Measures `x` (float32 samples), and makes the steps. */
CN_CHECK cn_status cn__q_make(cn__q_program *q, cn__c_program *p, const cn_array *x);
/* The range of every value. */
CN_CHECK cn_status cn__q_choose_ranges(cn__q_program *q, const cn_array *x);
/* Does its output have the range of its input? */
bool cn__q_keeps_range(cn__q_kind kind);
/* The step's kernel, multipliers or table; counts their bytes. */
CN_CHECK cn_status cn__q_make_numbers(cn__q_program *q, cn__q_step *step);
/* An offset for every value that is int8, and q->bytes. */
CN_CHECK cn_status cn__q_place(cn__q_program *q);
/* Moves the biases of products until the means of what they give are those in float32. */
CN_CHECK cn_status cn__q_correct_means(cn__q_program *q, const cn_array *x);

/* A sample on its way through the network. */
typedef struct cn__q_machine {
    const cn__q_program *q;
    int8_t *bytes;
    float *numbers, *y;
} cn__q_machine;
/* The scratch, in `arena`. */
CN_CHECK cn_status cn__q_machine_new(cn__arena *arena, const cn__q_program *q, cn__q_machine *out);
/* One step; x is read by the first one. */
/* Of CN_Q_PERMUTE. What is repeated is read again: a step of 0. */
static inline cn__permute_args cn__q_permutation(const cn__op *op)
{
    if (op->kind == &cn__op_permute) return *(const cn__permute_args *)op->args;
    const cn__repeat_args *a = op->args;
    return (cn__permute_args){.rank = 3, .dim = {a->outer, a->times, a->inner}, .stride = {a->inner, 0, 1}};
}
CN_CHECK cn_status cn__q_run_step(const cn__q_machine *m, const cn__q_step *step, const float *x);
/* Outputs for samples, as the C program computes them: a new array. */
CN_CHECK cn_status cn__q_predict(const cn__q_program *q, const cn_array *x, cn_array *out);
/* The statements of predict_int8 into p->body, its arrays into p->weights. The first step, which makes 8 bits of the
 * input, is not among them. */
CN_CHECK cn_status cn__q_write(cn__q_program *q);

/* The source at `path` and its header; `q` NULL: in float32. `samples` for the self-test may be NULL. */
CN_CHECK cn_status cn__c_write_files(cn__c_program *p, const cn__q_program *q, const char *path,
                                     const cn_array *samples);

/* scale and shift (cols) of a batch normalisation in prediction. */
void cn__c_batchnorm_scales(const cn__op *op, real *scale, real *shift);

#endif
