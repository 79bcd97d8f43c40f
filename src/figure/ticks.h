/* Round numbers on an axis, and numbers as text. */
#ifndef CN_FIGURE_TICKS_H
#define CN_FIGURE_TICKS_H

#include <stdbool.h>
#include <stddef.h>

enum { CN_MAX_TICKS = 7, CN_TICK_TEXT = 40 };

typedef struct cn__ticks {
    size_t count;
    double at[CN_MAX_TICKS];
    char text[CN_MAX_TICKS][CN_TICK_TEXT];
} cn__ticks;

/* Beyond this a value is taken for a gap, so that no difference of two overflows. */
#define CN_LARGEST_VALUE 1e100
bool cn__is_drawable(double value);

/* At most `most` (2 … CN_MAX_TICKS) round numbers; the first is at or under `low`, the last at or above `high`. */
void cn__ticks_around(double low, double high, size_t most, bool integer, cn__ticks *out);

/* Powers of ten around `low` and `high`, which are over 0, and where few of them are, numbers between. */
void cn__ticks_log(double low, double high, size_t most, cn__ticks *out);

/* At most `most` (1 … CN_MAX_TICKS) round numbers between `low` and `high`, ends included; none where whole ones are
 * asked for and there is none. */
void cn__ticks_within(double low, double high, size_t most, bool integer, cn__ticks *out);

/* "0.912", "−3", "407 050" (thin spaces from 10 000 on), "2.50×10⁻⁷" where digits would be too many or lost. */
char *cn__number_text(double value, int decimals, char *out, size_t size);

#endif
