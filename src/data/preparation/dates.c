/* Dates as tables write them, and their parts. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "data/preparation/preparation.h"

static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                     "jul", "aug", "sep", "oct", "nov", "dec"};

/* "jan", "January", "Sept": the month's number, or 0. Moves *p behind it. */
static int month_name(const char **p)
{
    char word[4] = "";
    size_t n = 0;
    while (isalpha((unsigned char)(*p)[n])) n++;
    if (n < 3 || n > 9) return 0;
    for (int i = 0; i < 3; i++) word[i] = (char)tolower((unsigned char)(*p)[i]);
    for (int i = 0; i < 12; i++)
        if (strcmp(word, months[i]) == 0) {
            *p += n;
            return i + 1;
        }
    return 0;
}

/* Digits, 9 at most; their number in *digits. */
static int read_digits(const char **p, int *digits)
{
    int value = 0;
    for (*digits = 0; isdigit((unsigned char)**p) && *digits < 9; ++*p, ++*digits)
        value = value * 10 + (**p - '0');
    return value;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

static void skip_marks(const char **p)
{
    while (**p && strchr("-/., ", **p)) ++*p;
}

/* As POSIX and Python read two digits. */
static int full_year(int year, int digits)
{
    if (digits > 2) return year;
    return year < 69 ? 2000 + year : 1900 + year;
}

/* The three parts in their order in the text, month names as numbers. */
static bool read_parts(const char **p, int value[3], int digits[3], int *named)
{
    *named = -1;
    for (int i = 0; i < 3; i++) {
        const char *begin = *p;
        value[i] = isalpha((unsigned char)**p) ? month_name(p) : read_digits(p, &digits[i]);
        if (isalpha((unsigned char)*begin)) digits[i] = 2, *named = i;
        if (*p == begin || (digits[i] != 1 && digits[i] != 2 && digits[i] != 4)) return false;
        begin = *p;
        if (i < 2) skip_marks(p);
        if (i < 2 && *p == begin && !isalpha((unsigned char)**p)) return false;
    }
    return true;
}

static bool arrange(const int value[3], const int digits[3], int named, bool day_first, cn__date *out)
{
    int year = digits[0] == 4 ? 0 : 2, month = named;
    if (month < 0) month = year == 0 ? 1 : day_first ? 1 : 0;
    if (month == year) return false;
    int day = 3 - year - month;
    out->year = full_year(value[year], digits[year]);
    out->month = value[month], out->day = value[day];
    return digits[month] <= 2 && digits[day] <= 2 && (year == 0 || digits[year] != 1);
}

/* "20240131" */
static bool read_compact(const char **p, cn__date *out)
{
    int digits;
    const char *q = *p;
    int value = read_digits(&q, &digits);
    if (digits != 8) return false;
    *out = (cn__date){.year = value / 10000, .month = value / 100 % 100, .day = value % 100};
    *p = q;
    return true;
}

/* "10:30", "T10:30:15.5Z", "10:30 PM"; a shift of the zone is read and not applied. Nothing is fine, too. */
static bool read_time(const char **p, cn__date *out)
{
    static const double units[] = {1, 60, 3600};
    while (**p == ' ' || **p == 'T' || **p == 't') ++*p;
    if (!isdigit((unsigned char)**p)) return !**p;
    int digits;
    for (int i = 0; i < 3; i++) {
        double v = read_digits(p, &digits), place = 0.1;
        if (!digits || v >= (i ? 60.5 : 24.5)) return false;
        if (i == 2 && **p == '.')
            for (++*p; isdigit((unsigned char)**p); ++*p, place /= 10) v += (**p - '0') * place;
        out->hour += v / units[i];
        if (i && **p != ':') break;
        if (i < 2 && *(*p)++ != ':') return false;
    }
    out->timed = true;
    while (**p == ' ') ++*p;
    bool half = (**p == 'P' || **p == 'p' || **p == 'A' || **p == 'a') && ((*p)[1] == 'M' || (*p)[1] == 'm');
    if (half && (**p == 'P' || **p == 'p')) out->hour += out->hour < 12 ? 12 : 0;
    else if (half && out->hour >= 12) out->hour -= 12;
    if (half) *p += 2;
    if (**p == 'Z' || **p == 'z') ++*p;
    if (**p == '+' || **p == '-')
        for (++*p; isdigit((unsigned char)**p) || **p == ':';) ++*p;
    return true;
}

bool cn__date_read(const char *p, bool day_first, cn__date *out)
{
    int value[3], digits[3] = {0}, named;
    *out = (cn__date){.year = 0};
    while (*p == ' ') p++;
    if (!read_compact(&p, out) &&
        !(read_parts(&p, value, digits, &named) && arrange(value, digits, named, day_first, out)))
        return false;
    if (out->month < 1 || out->month > 12 || out->day < 1 || out->day > days_of(out->year, out->month))
        return false;
    if (!read_time(&p, out)) return false;
    while (*p == ' ') p++;
    return !*p;
}

/* The first word that is no date in this order; the number of words: all are. */
static size_t first_other(const cn__column *c, bool day_first, bool *timed)
{
    cn__date date;
    *timed = false;
    for (size_t i = 0; i < c->category_count; i++) {
        if (!cn__date_read(c->categories[i], day_first, &date)) return i;
        *timed = *timed || date.timed;
    }
    return c->category_count;
}

cn_status cn__date_survey(const cn_table *t, const cn__column *c, bool *day_first, bool *timed)
{
    size_t month = first_other(c, *day_first = false, timed);
    if (month == c->category_count) return CN_OK;
    size_t day = first_other(c, *day_first = true, timed);
    if (day == c->category_count) return CN_OK;
    size_t row = 0, odd = month > day ? month : day;
    while (row < t->rows && c->codes[row] != odd) row++;
    return cn__fail(
        CN_ERROR_DATA,
        "%s, line %u, column '%s': '%.*s' is no date; expected for example 2024-01-31, 31.1.2024, "
        "1/31/2024 10:30 or Jan 31, 2024",
        t->path, row < t->rows ? t->lines[row] : 0, c->name, cn__table_shown(c->categories[odd]),
        c->categories[odd]);
}

/* Zeller's congruence, from Monday. */
static int weekday(int year, int month, int day)
{
    if (month < 3) month += 12, year--;
    return (day + 13 * (month + 1) / 5 + year + year / 4 - year / 100 + year / 400 + 5) % 7;
}

double cn__date_value(const cn__date *d, cn__date_part part)
{
    switch (part) {
    case CN_DATE_YEAR: return d->year;
    case CN_DATE_MONTH: return d->month;
    case CN_DATE_DAY: return d->day;
    case CN_DATE_WEEKDAY: return weekday(d->year, d->month, d->day);
    case CN_DATE_HOUR: break;
    }
    return d->hour;
}

const char *cn__date_part_name(cn__date_part part)
{
    static const char *const names[] = {[CN_DATE_YEAR] = "year",
                                        [CN_DATE_MONTH] = "month",
                                        [CN_DATE_DAY] = "day",
                                        [CN_DATE_WEEKDAY] = "weekday",
                                        [CN_DATE_HOUR] = "hour"};
    return names[part];
}
