/* A network in 8 bits: c/int8.c makes it from calibration data, c/int8_run.c runs it, c/int8_write.c writes it in C.
 * Between two dense layers numbers are int8; what follows the last one is computed in float32, as are layer
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
    CN_Q_SCALE,
    CN_Q_TABLE,
    CN_Q_FLOAT /* step `float_step` of the program, in place */
} cn__q_kind;

/* value = (q - zero) · unit */
typedef struct cn__q_range {
    float unit;
    int32_t zero;
} cn__q_range;

typedef struct cn__q_step {
    cn__q_kind kind;
    size_t op; /* of the program's steps */
    cn__q_range from, to;
    bool last;                /* its numbers, if it makes float32, are the output's (else the scratch's) */
    size_t offset, to_offset; /* of what is int8, in the scratch's bytes */
    int shift;
    int8_t *kernel; /* (out, in) */
    int32_t *bias, *multiplier;
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
/* Outputs for samples, as the C program computes them: a new array. */
CN_CHECK cn_status cn__q_predict(const cn__q_program *q, const cn_array *x, cn_array *out);
/* The statements of predict_int8 into p->body, its arrays into p->weights. The first step, which makes 8 bits of the
 * input, is not among them. */
CN_CHECK cn_status cn__q_write(cn__q_program *q);

/* The source at `path` and its header; `q` NULL: in float32. `samples` for the self-test may be NULL. */
CN_CHECK cn_status cn__c_write_files(cn__c_program *p, const cn__q_program *q, const char *path,
                                     const cn_array *samples);

/* One operation in float32 on `n` samples by the library's kernels; x may be y unless it is dense. */
CN_CHECK cn_status cn__c_run_op(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t n);
/* scale and shift (cols) of a batch normalisation in prediction. */
void cn__c_batchnorm_scales(const cn__op *op, real *scale, real *shift);

#endif
