/* The mean of y - t log(y + epsilon). */
#include "nn/losses/formula.h"

TERM(poisson)
{
    vf above = vf_add(y, epsilon());
    return (term){vf_fnma(t, vf_log(above), y), vf_sub(one(), vf_div(t, above))};
}

LOSS_OF_TERMS(poisson, "Poisson", "Poisson", NULL);
