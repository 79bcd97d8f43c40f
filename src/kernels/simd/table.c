/* The table of this instruction set's kernels. */
#include "kernels/kernels.h"
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/vf.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#define ENTRY(name) .name = KERNEL(name)

extern const cn__kernels KERNEL(table);
const cn__kernels KERNEL(table) = {
    .isa = TEXT(CN_ISA),
    ENTRY(matmul),
    ENTRY(matmul_sparse),
    ENTRY(nonzeros),
    ENTRY(nonzero_bytes),
    ENTRY(from_bytes),
    ENTRY(transpose),
    ENTRY(add_bias),
    ENTRY(column_sums),
    ENTRY(activate),
    ENTRY(activate_back),
    ENTRY(softmax),
    ENTRY(log_softmax),
    ENTRY(softmax_back),
    ENTRY(log_softmax_back),
    ENTRY(update),
    ENTRY(gradient_update),
    ENTRY(gradient_by_rows),
    ENTRY(sum),
    ENTRY(sum_abs),
    ENTRY(sum_squares),
    ENTRY(dot),
    ENTRY(scale),
    ENTRY(lane_sums),
    ENTRY(combine),
    ENTRY(add),
    ENTRY(take_winner),
    ENTRY(flush),
    ENTRY(finite),
    ENTRY(dropout),
    ENTRY(uniform),
    ENTRY(column_squares),
    ENTRY(column_scale),
    ENTRY(column_sums_back),
    ENTRY(batchnorm_back),
    ENTRY(layernorm),
    ENTRY(layernorm_back),
    ENTRY(column_dots),
    ENTRY(product),
    ENTRY(product_by_channel),
    ENTRY(conv_pack),
    ENTRY(conv_forward),
    ENTRY(conv_to_input),
    ENTRY(conv_to_kernel),
    ENTRY(max_pool),
    ENTRY(max_pool_back),
    ENTRY(average_pool),
    ENTRY(average_pool_back),
    ENTRY(warp),
};
