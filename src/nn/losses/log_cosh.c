/* The mean of log cosh(y - t) = |e| + log(1 + exp(-2 |e|)) - log 2, which cannot overflow. */
#include "nn/losses/formula.h"

TERM(log_cosh)
{
    vf e = vf_sub(y, t), size = vf_abs(e);
    vf rest = vf_log1p(vf_exp(vf_mul(vf_set1(-2), size)));
    return (term){vf_add(size, vf_sub(rest, vf_set1((real)0.69314718055994530942))), vf_tanh(e)};
}

LOSS_OF_TERMS(log_cosh, "LogCosh", "LogCoshError", "logcosh");
