/* Samplers on functions whose optimum is known, in place of trainings: the grid is whole, Sobol's points are even, TPE finds
 * better points than chance does. */
#include "sweep/support.h"

#include "sweep/importance.h"

static cn__arena arena;
static problem p;

/* Four numbers, even over the unit interval, and a list: names of arguments stand for them, and nothing is trained. */
static const char numbers[] =
    "optimizer.beta_1=[0.0..0.96] optimizer.beta_2=[0.0..0.96] optimizer.epsilon=[0.001..1.0] "
    "optimizer.learning_rate=[0.0001..1.0]";
static const char mixed[] =
    "activation=[relu, tanh, elu, selu, softplus, sigmoid] optimizer.beta_1=[0.0..0.96] units=[2..65]";
static const char conditional[] =
    "optimizer=[sgd, adam] optimizer.momentum=[0.0..0.96 if optimizer=sgd] "
    "optimizer.beta_1=[0.0..0.96 if optimizer=adam] optimizer.beta_2=[0.0..0.96 if optimizer=adam]";

static void open_study(const char *space, const char *sampler, uint64_t seed, size_t trials,
                       const char *objective, cn__study *out)
{
    const cn__study_options o = {.name = "m",
                                 .space = space,
                                 .sampler = value_of(&arena, sampler),
                                 .objective = objective ? value_of(&arena, objective) : NULL,
                                 .seed = seed,
                                 .trials = trials,
                                 .ahead = 1};
    if (cn__study_open(&p.base, &o, out) != CN_OK) fail_msg("%s", cn_error());
}

typedef void (*function)(const cn__study *s, const double *where, double *values);

/* The trials of a study whose values are those of the function; the best one's value. */
static double try_all(cn__study *s, function f)
{
    for (size_t i = 0; i < s->trial_count; i++) {
        cn__trial *t = &s->trials[i];
        succeeds(s->sampler->suggest(s, i, cn__study_seen(s, i), t->point));
        for (size_t k = 0; k < s->space.count; k++)
            t->where[k] =
                isnan(t->point[k]) ? (double)NAN : cn__dimension_where(&s->space.dimensions[k], t->point[k]);
        f(s, t->where, t->values);
        t->state = CN_TRIAL_COMPLETE;
    }
    return s->trials[cn__study_best(s)].values[0];
}

static void sphere(const cn__study *s, const double *where, double *values)
{
    static const double best[] = {0.3, 0.7, 0.15, 0.55};
    values[0] = 0;
    for (size_t i = 0; i < s->space.count; i++) values[0] += (where[i] - best[i]) * (where[i] - best[i]);
}

/* Branin's function of the first two, scaled to the unit square; its least value is 0.397887. */
static void branin(const cn__study *s, const double *where, double *values)
{
    const double pi = 3.14159265358979, x = 15 * where[0] - 5, y = 15 * where[1];
    const double a = y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6;
    (void)s;
    values[0] = a * a + 10 * (1 - 1 / (8 * pi)) * cos(x) + 10;
}

/* A choice that decides most, an integer and a number. */
static void with_choice(const cn__study *s, const double *where, double *values)
{
    (void)s;
    values[0] =
        fabs(floor(where[0] * 6) - 4) * 0.2 + (where[1] - 0.8) * (where[1] - 0.8) + fabs(where[2] - 0.25);
}

static void under_condition(const cn__study *s, const double *where, double *values)
{
    (void)s;
    values[0] = isnan(where[2]) ? 0.5 + (where[1] - 0.5) * (where[1] - 0.5)
                                : (where[2] - 0.2) * (where[2] - 0.2) + (where[3] - 0.9) * (where[3] - 0.9);
}

/* The mean over seeds of the best value that a sampler finds. */
static double mean_best(const char *space, const char *sampler, size_t trials, function f)
{
    enum { SEEDS = 20 };
    double sum = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        cn__study s;
        open_study(space, sampler, seed, trials, NULL, &s);
        sum += try_all(&s, f);
        cn__study_close(&s);
    }
    return sum / SEEDS;
}

static void tpe_finds_known_optima_closer_than_chance(void **state)
{
    (void)state;
    static const struct {
        const char *name, *space;
        function f;
        double least, within; /* the optimum, and how far TPE may be from it on average */
    } cases[] = {
        {"sphere", numbers, sphere, 0, 0.02},
        {"branin", numbers, branin, 0.397887, 0.35},
        {"choice", mixed, with_choice, 0, 0.03},
        {"condition", conditional, under_condition, 0, 0.01},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const double tpe = mean_best(cases[i].space, "tpe", 120, cases[i].f) - cases[i].least,
                     random = mean_best(cases[i].space, "random", 120, cases[i].f) - cases[i].least;
        print_message("%s: tpe %.4g, random %.4g from the optimum\n", cases[i].name, tpe, random);
        if (!(tpe < cases[i].within && tpe < 0.5 * random))
            fail_msg("%s: tpe %.4g, random %.4g, expected under %g and half of random's", cases[i].name, tpe,
                     random, cases[i].within);
    }
}

/* Schaffer's problem: x² and (x - 1)² of the first number; every x from 0 to 1 is on the front. */
static void two_goals(const cn__study *s, const double *where, double *values)
{
    double rest = 0;
    for (size_t i = 1; i < s->space.count; i++) rest += (where[i] - 0.5) * (where[i] - 0.5);
    values[0] = where[0] * where[0] + rest;
    values[1] = (where[0] - 1) * (where[0] - 1) + rest;
}

/* The area that the front leaves under (1.5, 1.5). */
static double area(const cn__study *s)
{
    double sum = 0;
    for (int i = 0; i < 1500; i++) {
        double x = i / 1000.0, lowest = 1.5;
        for (size_t k = 0; k < s->trial_count; k++)
            if (s->trials[k].values[0] <= x) lowest = fmin(lowest, s->trials[k].values[1]);
        sum += (1.5 - lowest) / 1000;
    }
    return sum;
}

static void tpe_spreads_over_the_front_of_two_objectives(void **state)
{
    (void)state;
    double areas[2] = {0, 0};
    static const char *const samplers[] = {"tpe", "random"};
    for (int k = 0; k < 2; k++)
        for (uint64_t seed = 0; seed < 8; seed++) {
            cn__study s;
            open_study(numbers, samplers[k], seed, 150, "[min(val_loss), min(loss)]", &s);
            (void)try_all(&s, two_goals);
            areas[k] += area(&s) / 8;
            cn__study_close(&s);
        }
    const double whole = 2.25 - 1.0 / 6 - 0; /* all but what lies under the curve √x, √y */
    print_message("area: tpe %.4f, random %.4f, of at most %.4f\n", areas[0], areas[1], whole);
    assert_true(areas[0] > areas[1] + 0.3 * (whole - areas[1]));
}

static void tpe_sees_nothing_but_the_trials_it_may_see(void **state)
{
    (void)state;
    cn__study s;
    double point[CN_MAX_DIMENSIONS];
    static const char *const objectives[] = {NULL, "[min(val_loss), min(loss)]"};
    for (int o = 0; o < 2; o++) {
        open_study(numbers, "tpe", 1, 300, objectives[o], &s);
        (void)try_all(&s, o ? two_goals : sphere);
        for (size_t last = 300, first = 280; first < 300;
             last = first, first -= 40) { /* one that is kept, and older ones */
            for (size_t i = first; i < last; i++)
                s.trials[i].values[0] = -1, s.trials[i].state = CN_TRIAL_WAITING;
            succeeds(s.sampler->suggest(&s, first, first - 1, point));
            assert_memory_equal(point, s.trials[first].point, s.space.count * sizeof *point);
        }
        cn__study_close(&s);
    }
}

static void a_grid_has_every_combination_once_and_inactive_ones_not(void **state)
{
    (void)state;
    cn__study s;
    open_study("optimizer=[adam, sgd] optimizer.momentum=[0.0..0.9 step 0.3 if optimizer=sgd] units=[2..4]",
               "grid", 0, 0, NULL, &s);
    assert_int_equal(s.trial_count, 3 + 4 * 3);
    (void)try_all(&s, under_condition);
    for (size_t i = 0; i < s.trial_count; i++)
        for (size_t k = 0; k < i; k++) {
            const double *a = s.trials[i].point, *b = s.trials[k].point;
            bool same = a[0] == b[0] && (a[1] == b[1] || (isnan(a[1]) && isnan(b[1]))) && a[2] == b[2];
            assert_false(same);
        }
    cn__study_close(&s);
}

static void sobols_points_stand_one_in_each_part_of_each_dimension_and_even_in_pairs(void **state)
{
    (void)state;
    enum { POINTS = 256 };
    cn__text space = {0};
    for (int i = 0; i < 20; i++)
        cn__text_printf(&space, "l%d.units=[0.0..1.0] ", i); /* parsed alone: no study */
    cn__study s = {.options = {.seed = 5}};
    succeeds(cn__space_parse(&s.arena, space.data, &s.space));
    cn__text_free(&space);
    const cn__sampler_kind *sobol = (const cn__sampler_kind *)cn__registry_find(&cn__samplers, "sobol");
    succeeds(sobol->prepare(&s));
    static double points[POINTS][CN_MAX_DIMENSIONS];
    for (size_t i = 0; i < POINTS; i++) succeeds(sobol->suggest(&s, i, 0, points[i]));
    double worst = 0, sum = 0;
    for (size_t d = 0; d < s.space.count; d++) {
        bool seen[POINTS] = {false};
        for (size_t i = 0; i < POINTS; i++) {
            size_t cell = (size_t)(points[i][d] * POINTS + 1e-4); /* values are rounded to six digits */
            if (cell >= POINTS) cell = POINTS - 1;
            seen[cell] = true;
        }
        size_t filled = 0;
        for (size_t i = 0; i < POINTS; i++) filled += seen[i];
        assert_in_range(filled, POINTS - 3, POINTS);
        for (size_t e = 0; e < d; e++) { /* an 8 × 8 grid over each pair: four points a cell are even */
            double cells[64] = {0}, off = 0;
            for (size_t i = 0; i < POINTS; i++)
                cells[(size_t)(points[i][d] * 7.9999) * 8 + (size_t)(points[i][e] * 7.9999)]++;
            for (int i = 0; i < 64; i++) off += fabs(cells[i] - 4) / (2 * POINTS);
            worst = fmax(worst, off), sum += off;
        }
    }
    print_message("pairs: %.3f of the points in the wrong cell on average, %.3f at worst\n", sum / 190,
                  worst);
    assert_true(sum / 190 < 0.12); /* independent points: 0.19 */
    cn__arena_free(&s.arena);
}

/* 6 choices, of which each has its own level, a number that adds a little, and one that counts for nothing. */
static void with_levels(const cn__study *s, const double *where, double *values)
{
    (void)s;
    values[0] = floor(where[0] * 6) + 0.5 * where[1];
}

static void importance_is_the_share_of_the_variance_that_a_dimension_explains(void **state)
{
    (void)state;
    cn__study s;
    open_study(mixed, "random", 2, 2000, NULL, &s);
    (void)try_all(&s, with_levels);
    const double choice = cn__importance(&s, 0), number = cn__importance(&s, 1),
                 nothing = cn__importance(&s, 2);
    const double levels = 35.0 / 12, noise = 0.25 / 12; /* variances of 0 … 5 and of half a uniform number */
    assert_true(fabs(choice - levels / (levels + noise)) < 0.003);
    assert_true(number < 0.02);
    assert_true(nothing < 0.01);
    cn__study_close(&s);
}

int main(void)
{
    make_problem(&p);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tpe_finds_known_optima_closer_than_chance),
        cmocka_unit_test(tpe_spreads_over_the_front_of_two_objectives),
        cmocka_unit_test(tpe_sees_nothing_but_the_trials_it_may_see),
        cmocka_unit_test(importance_is_the_share_of_the_variance_that_a_dimension_explains),
        cmocka_unit_test(a_grid_has_every_combination_once_and_inactive_ones_not),
        cmocka_unit_test(sobols_points_stand_one_in_each_part_of_each_dimension_and_even_in_pairs),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cn__arena_free(&arena);
    return failed;
}
