/* A lab whose program is killed in the middle of its trainings, as by a power cut: run again it trains what the cache has not,
 * and writes byte for byte what a run writes that nobody disturbed. */
#include "lab/support.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "lab/run/cache.h"

enum { FITS = 5, MOST_ATTEMPTS = 8 };

static const char *program;

static int set_up(void **state)
{
    program = getenv("CORNU_PROGRAM");
    if (!program) print_message("CORNU_PROGRAM is not set: skipped\n");
    if (enter_home(state) != 0) return -1;
    put_points(4000);
    return 0;
}

/* Fits that take about as long each; the last trains the first one's model on. */
static void put_lab(unsigned epochs)
{
    char text[2000];
    snprintf(text, sizeof text,
             "---\nlanguage: en\n---\n```cornu\ndataset x=points.npy y=sums.npy\nmodel a\n  dense 32 relu\n"
             "  dense 32 relu\n  dense 1\nmodel b like=a\nmodel c like=a\nmodel d like=a\n"
             "compile a, b, c, d optimizer=adam loss=mse\nfit a, b, c, d epochs=%u batch_size=8 "
             "validation_split=0.2\nfit a epochs=%u batch_size=8 validation_split=0.2\nplot history a, b\n"
             "evaluate a, b, c, d\npredict d\n```\n\nAfter all {{a.loss.last:.6f}}.\n",
             epochs, epochs);
    put_text("killed.md", text);
}

static pid_t start(const char *jobs)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child) return child;
    if (!freopen("killed.log", "w", stdout) || !freopen("killed.log", "a", stderr)) _exit(99);
    execl(program, program, "lab", "run", "killed.md", "--out", "killed", "--cache", "killed.sqlite",
          "--jobs", jobs, (char *)NULL);
    _exit(98);
}

/* How many fits the cache has. */
static size_t kept(cn__cache *cache, const cn__program *p)
{
    size_t count = 0;
    for (size_t i = 0; i < p->job_count; i++) {
        char *data;
        size_t size;
        succeeds(cn__cache_get(cache, p->jobs[i]->key, "fit", &data, &size));
        count += data != NULL;
        cn__free(data);
    }
    return count;
}

/* Kills it as soon as `after` fits are kept. False: it came to its end before. */
static bool kill_after(pid_t child, size_t after, const cn__program *p)
{
    cn__cache *cache;
    int status;
    pid_t ended = 0;
    succeeds(cn__cache_open("killed.sqlite", &cache));
    while (!(ended = waitpid(child, &status, WNOHANG)) &&
           !(cn__dir_exists("killed/models") && kept(cache, p) >= after))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    if (!ended) {
        assert_int_equal(kill(child, SIGKILL), 0);
        ended = waitpid(child, &status, 0);
    }
    assert_int_equal(ended, child);
    cn__cache_close(cache);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0) fail_msg("exit code %d", WEXITSTATUS(status));
    return WIFSIGNALED(status);
}

static void forget(void)
{
    assert_int_equal(system("rm -rf killed killed.sqlite killed.sqlite-wal killed.sqlite-shm undisturbed"),
                     0);
}

/* Runs it until it is killed with at least `after` fits kept and at least one missing; should it have been too quick, again
 * with more to do. Returns how many are missing. */
static size_t disturb(const char *jobs, size_t after, unsigned *epochs)
{
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++, *epochs *= 2) {
        cn__program p;
        bool missing;
        forget();
        put_lab(*epochs);
        succeeds(cn__program_open(&p, "killed.md", NULL, &no_options, &missing));
        assert_int_equal(p.job_count, FITS);
        bool killed = kill_after(start(jobs), after, &p);
        cn__cache *cache;
        succeeds(cn__cache_open("killed.sqlite", &cache));
        size_t left = FITS - kept(cache, &p);
        cn__cache_close(cache);
        cn__program_free(&p);
        assert_true(left <= FITS - after);
        if (killed && left) return left;
    }
    fail_msg("the program was never killed in the middle");
    return 0;
}

static void goes_on(const char *jobs, size_t after)
{
    static unsigned epochs = 4;
    static const cn__lab_options undisturbed = {.out = "undisturbed", .no_cache = true, .jobs = 2},
                                 again = {.out = "killed", .cache = "killed.sqlite", .jobs = 2};
    if (!program) skip();
    size_t left = disturb(jobs, after, &epochs);
    assert_false(cn__file_exists("killed/results.json"));
    trains("killed.md", again, left, FITS - left);
    succeeds(run_lab("killed.md", undisturbed, false, NULL));
    size_t files = equal_folders("undisturbed", "killed");
    assert_int_equal(files, equal_folders("killed", "undisturbed"));
    assert_true(files > 10);
    trains("killed.md", again, 0, FITS);
}

static void killed_before_the_first_fit_ends_it_trains_all_of_them(void **state)
{
    (void)state;
    goes_on("1", 0);
}

static void killed_after_one_fit_it_trains_the_others(void **state)
{
    (void)state;
    goes_on("1", 1);
}

static void killed_among_several_trainings_at_once_it_trains_what_is_missing(void **state)
{
    (void)state;
    goes_on("3", 2);
}

static void killed_after_all_but_the_last_it_trains_that_one(void **state)
{
    (void)state;
    goes_on("1", FITS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_before_the_first_fit_ends_it_trains_all_of_them),
        cmocka_unit_test(killed_after_one_fit_it_trains_the_others),
        cmocka_unit_test(killed_among_several_trainings_at_once_it_trains_what_is_missing),
        cmocka_unit_test(killed_after_all_but_the_last_it_trains_that_one),
    };
    return cmocka_run_group_tests(tests, set_up, leave);
}
