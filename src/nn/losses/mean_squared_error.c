/* The mean of (y - t)². */
#include "nn/losses/formula.h"

TERM(mean_squared_error)
{
    vf e = vf_sub(y, t);
    return (term){vf_mul(e, e), vf_add(e, e)};
}

LOSS_OF_TERMS(mean_squared_error, "MeanSquaredError", "MeanSquaredError", "mse");
