/* A network in 8 bits: c/int8.c makes its steps from calibration data, whose ranges c/int8_ranges.c measures, and
 * c/int8_numbers.c their numbers; c/int8_run.c runs it, c/int8_write.c writes it in C. Between two products (dense layers and
 * convolutions) numbers are int8; what follows the last product, pool or border is computed in float32, as are layer
 * normalisation and softmax anywhere. */
#ifndef CN_FORMATS_C_INT8_H
#define CN_FORMATS_C_INT8_H

#include "cornu/array.h"
#include "formats/c/export.h"

typedef enum cn__q_kind {
    CN_Q_QUANTISE,
    CN_Q_DEQUANTISE,
    CN_Q_DENSE,
    CN_Q_DENSE_LAST,
    CN_Q_CONVOLUTION,
    CN_Q_MAX_POOL,
    CN_Q_AVERAGE_POOL,
    CN_Q_BORDER,
    CN_Q_NEAREST, /* up-sampling */
    CN_Q_SCALE,
    CN_Q_TABLE,
    CN_Q_FLOAT /* a step of the program in float32, in place */
} cn__q_kind;

/* value = (q - zero) · unit */
typedef struct cn__q_range {
    float unit;
    int32_t zero;
} cn__q_range;

typedef struct cn__q_step {
    cn__q_kind kind;
    size_t op;            /* of the program's steps */
    const cn__op *folded; /* the batch normalisation in its weights, or NULL */
    size_t size;          /* of a sample of its input */
    cn__q_range from, to;
    bool last;                /* its numbers, if it makes float32, are the output's (else the scratch's) */
    size_t offset, to_offset; /* of what is int8, in the scratch's bytes */
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
    cn__q_step *steps;
    size_t count;
    size_t bytes, numbers; /* scratch */
} cn__q_program;

/* Ranges of every operation over `x` (float32 samples), and the steps. */
CN_CHECK cn_status cn__q_make(cn__q_program *q, cn__c_program *p, const cn_array *x);
/* Fails: the operation cannot be computed in 8 bits. */
cn_status cn__q_unknown(const cn__op *op);
/* Ranges of the input and behind each step of the program: (count + 1). */
CN_CHECK cn_status cn__q_ranges(const cn__c_program *p, const cn_array *x, cn__q_range *out);
/* The step's kernel, multipliers or table; counts their bytes. */
CN_CHECK cn_status cn__q_make_numbers(cn__q_program *q, cn__q_step *step);
/* Can it be computed where its input is, in float32? */
bool cn__q_in_place(const cn__op *op);
/* Outputs for samples, as the C program computes them: a new array. */
CN_CHECK cn_status cn__q_predict(const cn__q_program *q, const cn_array *x, cn_array *out);
/* The statements of predict_int8 into p->body, its arrays into p->weights. The first step, which makes 8 bits of the
 * input, is not among them. */
CN_CHECK cn_status cn__q_write(cn__q_program *q);

/* The source at `path` and its header; `q` NULL: in float32. `samples` for the self-test may be NULL. */
CN_CHECK cn_status cn__c_write_files(cn__c_program *p, const cn__q_program *q, const char *path,
                                     const cn_array *samples);

/* One operation in float32 on `n` samples by the library's kernels; x may be y where cn__q_in_place says so. */
CN_CHECK cn_status cn__c_run_op(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t n);
/* scale and shift (cols) of a batch normalisation in prediction. */
void cn__c_batchnorm_scales(const cn__op *op, real *scale, real *shift);

#endif
