/* 100 times the mean of |y - t| / max(|t|, epsilon). */
#include "nn/losses/formula.h"

TERM(mean_absolute_percentage_error)
{
    vf e = vf_sub(y, t), size = vf_max(vf_abs(t), epsilon());
    const vf hundred = vf_set1(100);
    return (term){vf_mul(hundred, vf_div(vf_abs(e), size)), vf_div(vf_mul(hundred, sign(e)), size)};
}

LOSS_OF_TERMS(mean_absolute_percentage_error, "MeanAbsolutePercentageError", "MeanAbsolutePercentageError",
              "mape");
