/* The mean of (log(1 + y) - log(1 + t))², y and t being at least epsilon. */
#include "nn/losses/formula.h"

TERM(mean_squared_logarithmic_error)
{
    vf above = vf_add(vf_max(epsilon(), y), one());
    vf e = vf_sub(vf_log(above), vf_log(vf_add(vf_max(epsilon(), t), one())));
    return (term){vf_mul(e, e), vf_mask(vf_ge(y, epsilon()), vf_div(vf_add(e, e), above))};
}

LOSS_OF_TERMS(mean_squared_logarithmic_error, "MeanSquaredLogarithmicError", "MeanSquaredLogarithmicError",
              "msle");
