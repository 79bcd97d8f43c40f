#!/usr/bin/env python3
"""Makes src/sweep/samplers/sobol_numbers.h: primitive polynomials and the first direction numbers of a Sobol sequence.

Polynomials are found by trying them in their order. Of the first direction numbers, which may be any odd numbers that
are small enough, a hundred draws are tried for each dimension; the one is taken whose pairs with all dimensions before
leave the fewest elementary intervals of the first 2, 4, … 256 points without their point."""
import random
import sys

DIMENSIONS, BITS, LOOK, DRAWS = 64, 32, 8, int(sys.argv[1]) if len(sys.argv) > 1 else 100


def is_primitive(polynomial, degree):
    """Is x of order 2^degree - 1 modulo the polynomial over two elements?"""
    order, value = 2 ** degree - 1, 1
    for i in range(1, order + 1):
        value <<= 1
        if value >> degree:
            value ^= polynomial
        if value == 1:
            return i == order
    return False


def polynomials():
    degree = 1
    while True:
        for middle in range(2 ** (degree - 1)):
            polynomial = 1 << degree | middle << 1 | 1
            if is_primitive(polynomial, degree):
                yield degree, middle
        degree += 1


def directions(degree, middle, first):
    """m_1 … m_BITS by the recurrence of the polynomial."""
    m = list(first)
    for k in range(degree, BITS):
        value = m[k - degree] ^ (m[k - degree] << degree)
        for i in range(1, degree):
            if middle >> (degree - 1 - i) & 1:
                value ^= m[k - i] << i
        m.append(value)
    return m


def rows(m):
    """The first LOOK rows of the generator matrix, a bit a column."""
    return [sum((m[k] >> (k - r) & 1) << k for k in range(r, LOOK)) for r in range(LOOK)]


def deficiency(matrix):
    basis = {}
    lost = 0
    for row in matrix:
        while row and row.bit_length() in basis:
            row ^= basis[row.bit_length()]
        if row:
            basis[row.bit_length()] = row
        else:
            lost += 1
    return lost


def badness(one, other):
    bad = 0
    for m in range(2, LOOK + 1):
        mask = (1 << m) - 1
        for a in range(1, m):
            bad += (2 ** deficiency([r & mask for r in one[:a]] + [r & mask for r in other[:m - a]]) - 1)
    return bad


def main():
    random.seed(1)
    known = [[1 << r for r in range(LOOK)]]  # the first dimension is van der Corput's
    print("/* Made by tests/sweep/make_sobol_numbers.py: degree and middle bits of a primitive polynomial, first direction numbers. */")
    source = polynomials()
    for dimension in range(1, DIMENSIONS):
        degree, middle = next(source)
        best = None
        draws = min(DRAWS, 2 ** (degree * (degree - 1) // 2))
        for _ in range(draws):
            first = [2 * random.randrange(2 ** k) + 1 for k in range(degree)]
            own = rows(directions(degree, middle, first))
            bad = 0
            for r in known:
                bad += badness(own, r)
                if best and bad >= best[0]:
                    break
            if not best or bad < best[0]:
                best = (bad, first, own)
        known.append(best[2])
        print("{%d, %d, {%s}}," % (degree, middle, ", ".join(map(str, best[1]))))
        sys.stdout.flush()


main()
