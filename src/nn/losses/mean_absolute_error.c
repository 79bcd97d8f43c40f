/* The mean of |y - t|; the slope at 0 is 0. */
#include "nn/losses/formula.h"

TERM(mean_absolute_error)
{
    vf e = vf_sub(y, t);
    return (term){vf_abs(e), sign(e)};
}

LOSS_OF_TERMS(mean_absolute_error, "MeanAbsoluteError", "MeanAbsoluteError", "mae");
