/* exp, log, pow and cos in double precision that give the same bits on every machine, for schedules
 * and initialisers (libm's differ between versions in the last bit). Within 2 ulp. */
#ifndef CN_BASE_DMATH_H
#define CN_BASE_DMATH_H

double cn__exp(double x);
double cn__log(double x);
/* log(1 + x) and exp(x) - 1, exact for small x, too: Kahan's way (HP-15C Advanced Functions Handbook, 1982). */
double cn__log1p(double x);
double cn__expm1(double x);
double cn__pow(double base, double exponent);
double cn__cos(double x);

#endif
