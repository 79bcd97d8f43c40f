/* Chooses the table of kernels for this machine, once. */
#include "kernels/kernels.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/system/system.h"

extern const cn__kernels cn__k_table_scalar;
#ifdef CN_HAVE_ISA_AVX2
extern const cn__kernels cn__k_table_avx2;
#endif
#ifdef CN_HAVE_ISA_AVX512
extern const cn__kernels cn__k_table_avx512;
#endif
#ifdef CN_HAVE_ISA_NEON
extern const cn__kernels cn__k_table_neon;
#endif

/* Widest first. */
static const cn__kernels *table_at(int i)
{
    switch (i) {
#ifdef CN_HAVE_ISA_AVX512
    case 0: return cn__cpu_has_avx512() ? &cn__k_table_avx512 : NULL;
#endif
#ifdef CN_HAVE_ISA_AVX2
    case 1: return cn__cpu_has_avx2() ? &cn__k_table_avx2 : NULL;
#endif
#ifdef CN_HAVE_ISA_NEON
    case 2: return &cn__k_table_neon;
#endif
    case 3: return &cn__k_table_scalar;
    default: return NULL;
    }
}

const cn__kernels *cn__kernels_named(const char *isa)
{
    for (int i = 0; i < 4; i++) {
        const cn__kernels *table = table_at(i);
        if (table && strcmp(table->isa, isa) == 0) return table;
    }
    return NULL;
}

const char *const *cn__kernels_list(void)
{
    static _Thread_local const char *names[5];
    int n = 0;
    for (int i = 0; i < 4; i++)
        if (table_at(i)) names[n++] = table_at(i)->isa;
    names[n] = NULL;
    return names;
}

const cn__kernels *cn__kernels_get(void)
{
    static _Atomic(const cn__kernels *) chosen;
    const cn__kernels *table = atomic_load_explicit(&chosen, memory_order_acquire);
    if (table) return table;
    const char *wanted = getenv("CORNU_ISA");
    if (wanted) table = cn__kernels_named(wanted);
    for (int i = 0; i < 4 && !table; i++) table = table_at(i);
    atomic_store_explicit(&chosen, table, memory_order_release);
    return table;
}

bool cn__activation_is_relu(const cn__activation *f)
{
    return f->kind == CN_ACT_RELU && f->p[0] == 0 && f->p[2] == 0 && f->p[1] == INFINITY;
}

cn__act_needs cn__activation_derivative_reads(const cn__activation *f)
{
    switch (f->kind) {
    case CN_ACT_LINEAR: return CN_NEEDS_NOTHING;
    case CN_ACT_RELU: /* at 0 and at max_value Keras's gradient is not that of what gives the same output */
        return f->p[2] == 0 && f->p[0] >= 0 && (f->p[1] == INFINITY || (f->p[1] == 6 && f->p[0] == 0))
                   ? CN_NEEDS_OUTPUT
                   : CN_NEEDS_INPUT;
    case CN_ACT_RELU6:
    case CN_ACT_SELU:
    case CN_ACT_SIGMOID:
    case CN_ACT_TANH:
    case CN_ACT_EXPONENTIAL:
    case CN_ACT_SOFTMAX:
    case CN_ACT_LOG_SOFTMAX: return CN_NEEDS_OUTPUT;
    case CN_ACT_LEAKY_RELU:
    case CN_ACT_ELU: return f->p[0] >= 0 ? CN_NEEDS_OUTPUT : CN_NEEDS_INPUT;
    default: return CN_NEEDS_INPUT;
    }
}
