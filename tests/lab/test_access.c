/* A lab by somebody whom its reader does not trust: it writes into the lab's folder alone, reads what the reader gave it, and
 * a check of it leaves no trace. */
#include "lab/support.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files/confine.h"
#include "data/data.h"
#include "lab/lab.h"
#include "lab/run/cache.h"

static int set_up(void **state)
{
    if (enter_home(state) != 0) return -1;
    put_points(64);
    return mkdir("apart", 0777) == 0 ? 0 : -1;
}

static const char *lab_with(const char *callbacks)
{
    static char text[2000];
    snprintf(text, sizeof text,
             "```cornu\ndataset x=points.npy y=classes.npy\nmodel a\n  dense 4 softmax\ncompile a "
             "loss=sparse_categorical_crossentropy\nfit a epochs=1 callbacks=[%s]\n```\n",
             callbacks);
    return text;
}

static void is_text_of(const char *path, const char *expected)
{
    char *text = text_of(path);
    is_text(text, expected);
    cn__free(text);
}

/* ---- writing ------------------------------------------------------------------------------------------------------- */

/* Every spelling that fit takes for a callback, and every way out of the folder. */
static void no_spelling_of_a_callback_leads_out(void **state)
{
    (void)state;
    static const char *const names[] = {"csv_logger",      "CSVLogger",        "csvlogger",
                                        "CSV_LOGGER",      "model_checkpoint", "ModelCheckpoint",
                                        "MODELCHECKPOINT", "modelcheckpoint",  "TensorBoard",
                                        "tensorboard",     "TENSOR_BOARD"};
    static const char *const paths[] = {"../home/x.keras",      "/tmp/cornu-lab-was-here.keras",
                                        "a/../../home/x.keras", "home/.bashrc",
                                        "models/a.keras",       "./models/a.keras",
                                        "Index.html",           "figures//x.keras",
                                        "results.json"};
    cn__program p;
    bool missing;
    put_text("home/.bashrc", "# mine\n");
    for (size_t n = 0; n < COUNT_OF(names); n++)
        for (size_t i = 0; i < COUNT_OF(paths); i++) {
            char callback[200];
            snprintf(callback, sizeof callback, "%s(\"%s\")", names[n], paths[i]);
            cn_status status = cn__program_open(&p, "lab.md", lab_with(callback), &no_options, &missing);
            cn__program_free(&p);
            if (status == CN_OK) fail_msg("%s was let pass", callback);
            if (!strstr(cn_error(), "fit: ")) fail_msg("%s: %s", callback, cn_error());
        }
    is_text_of("home/.bashrc", "# mine\n");
    assert_false(cn__file_exists("/tmp/cornu-lab-was-here.keras"));
}

static void callbacks_write_into_the_labs_folder(void **state)
{
    (void)state;
    put_text("log.csv", "mine");
    put_text("writes.md",
             lab_with("CSVLOGGER(\"logs/log.csv\"), csvlogger(log.csv), "
                      "modelcheckpoint(\"e{epoch:02d}.keras\", monitor=loss), tensorboard(board)"));
    succeeds(run_lab("writes.md", (cn__lab_options){.out = "writes", .no_cache = true}, false, NULL));
    char *log = text_of("writes/log.csv");
    holds(log, "epoch,loss\n0,");
    cn__free(log);
    assert_true(cn__file_exists("writes/logs/log.csv"));
    assert_true(cn__file_exists("writes/e01.keras"));
    assert_true(cn__dir_exists("writes/board/train"));
    assert_false(cn__dir_exists("board"));
    is_text_of("log.csv", "mine");
}

static void fits_that_write_files_are_run_each_time_however_they_are_spelt(void **state)
{
    (void)state;
    static const char *const spelt[] = {"csvlogger(l.csv)", "CSV_LOGGER(\"l.csv\")",
                                        "MODELCHECKPOINT(\"c.keras\", monitor=loss)", "TENSORBOARD(b)"};
    for (size_t i = 0; i < COUNT_OF(spelt); i++) {
        put_text("again.md", lab_with(spelt[i]));
        const cn__lab_options o = {.out = "again", .cache = "again.sqlite"};
        trains("again.md", o, 1, 0);
        trains("again.md", o, 1, 0);
    }
}

static void a_check_writes_nothing(void **state)
{
    (void)state;
    bool missing;
    put_text("check.md", lab_with("csvlogger(log2.csv), MODELCHECKPOINT(\"c.keras\", monitor=loss), "
                                  "TENSORBOARD(board2), early_stopping(monitor=loss)"));
    assert_int_equal(system("find . | sort > ../before.txt; mv ../before.txt ."), 0);
    succeeds(cn__lab_check("check.md", &no_options, &missing));
    assert_int_equal(system("find . ! -name before.txt | sort | diff - before.txt"), 0);
}

/* A folder that came with the lab, with links in it. */
static void links_in_the_folder_are_not_followed(void **state)
{
    (void)state;
    static const char *const files[] = {"index.html", "results.json", "log.csv", "models/a.keras"};
    put_text("links.md", lab_with("csv_logger(log.csv)"));
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char command[400];
        put_text("apart/mine", "mine");
        snprintf(command, sizeof command,
                 "rm -rf links; mkdir -p links/models; ln -s \"$PWD/apart/mine\" links/%s", files[i]);
        assert_int_equal(system(command), 0);
        cn_status status =
            run_lab("links.md", (cn__lab_options){.out = "links", .no_cache = true}, false, NULL);
        if (status == CN_OK) fail_msg("links/%s was written over", files[i]);
        says("link");
        is_text_of("apart/mine", "mine");
    }
    assert_int_equal(system("rm -rf links; mkdir links; ln -s \"$PWD/apart\" links/models"), 0);
    assert_int_equal(run_lab("links.md", (cn__lab_options){.out = "links", .no_cache = true}, false, NULL),
                     CN_ERROR_FILE);
    assert_false(cn__file_exists("apart/a.keras"));
    is_text_of("apart/mine", "mine");
}

/* ---- reading ------------------------------------------------------------------------------------------------------- */

static void is_outside(const char *document, const char *path, const char *allow)
{
    char text[1000];
    bool missing;
    cn__program p;
    const cn__lab_options o = {.quiet = true, .allow = allow};
    snprintf(text, sizeof text, "```cornu\ndataset %s\n```\n", path);
    cn_status status = cn__program_open(&p, document, text, &o, &missing);
    cn__program_free(&p);
    assert_int_not_equal(status, CN_OK);
    if (!strstr(cn_error(), "lies outside of what a lab may read")) fail_msg("%s: %s", path, cn_error());
}

static void a_lab_reads_what_it_was_given_alone(void **state)
{
    (void)state;
    char there[600], text[1400], folder[400];
    bool missing;
    cn__program p;
    assert_int_equal(
        system("mkdir -p work/deep ../outside-of-it/t && cp points.npy sums.npy ../outside-of-it && "
               "printf 'a,b\\n1,2\\n3,4\\n5,6\\n' > ../outside-of-it/t.csv"),
        0);
    assert_non_null(getcwd(folder, sizeof folder));
    assert_int_equal(symlink("../../outside-of-it/t.csv", "work/link.csv"), 0);
    assert_int_equal(symlink("../../outside-of-it", "work/linked"), 0);
    snprintf(there, sizeof there, "x=%s/../outside-of-it/points.npy y=points.npy", folder);
    static const char *const paths[] = {"/etc/passwd.csv target=a",
                                        "../outside-of-it/t.csv target=b",
                                        "link.csv target=b",
                                        "x=linked/points.npy y=linked/sums.npy",
                                        "linked/t",
                                        "../../../../../etc",
                                        "../../outside-of-it/t.csv target=b"};
    for (size_t i = 0; i < COUNT_OF(paths); i++) is_outside("work/lab.md", paths[i], NULL);
    is_outside("work/lab.md", there, NULL);
    is_outside("work/lab.md", paths[3], "work:apart"); /* other folders do not help */

    snprintf(text, sizeof text, "```cornu\ndataset x=linked/points.npy y=linked/sums.npy\n```\n");
    cn__lab_options o = {.quiet = true, .allow = "apart:../outside-of-it"};
    succeeds(cn__program_open(&p, "work/lab.md", text, &o, &missing));
    cn__program_free(&p);
    o.allow = "no/such";
    assert_int_equal(cn__program_open(&p, "work/lab.md", text, &o, &missing), CN_ERROR_FILE);
    cn__program_free(&p);
    says("--allow no/such: there is no such folder");
    assert_int_equal(system("rm -rf ../outside-of-it"), 0);
}

/* ---- whose model is it? ---------------------------------------------------------------------------------------------- */

static void put_rate(const char *rate, unsigned epochs)
{
    char text[1000];
    snprintf(text, sizeof text,
             "```cornu\ndataset x=points.npy y=classes.npy\nmodel a\n  dense 4 softmax\nmodel b like=a\n"
             "compile a, b optimizer=sgd(learning_rate=%s) loss=sparse_categorical_crossentropy\n"
             "fit a epochs=1\nfit b epochs=%u\nevaluate a\nsave a copy.npz\n```\n",
             rate, epochs);
    put_text("rate.md", text);
}

/* A run of another version of the lab that was stopped leaves its model under the same name. */
static void a_model_of_a_stopped_run_is_not_taken_for_another(void **state)
{
    (void)state;
    const cn__lab_options o = {.out = "rate", .cache = "rate.sqlite", .jobs = 1};
    put_rate("0.5", 1);
    succeeds(run_lab("rate.md", o, false, NULL));
    assert_int_equal(system("mv rate right; mkdir rate; cp -r right/. rate"), 0);
    put_rate("0.01", 1);
    succeeds(run_lab("rate.md", (cn__lab_options){.out = "wrong", .no_cache = true, .jobs = 1}, false, NULL));
    assert_int_equal(system("cp wrong/models/a.keras rate/models/a.keras; cp wrong/copy.npz rate/copy.npz"),
                     0);
    put_rate("0.5", 1);
    trains("rate.md", o, 0, 2);
    assert_true(equal_folders("right", "rate") > 5);
    assert_int_equal(system("rm rate/models/b.keras; echo broken > rate/models/a.keras"), 0);
    trains("rate.md", o, 0, 2);
    assert_true(equal_folders("right", "rate") > 5);
}

/* ---- interruption ---------------------------------------------------------------------------------------------------- */

static int asked, until;
static bool interrupt(void) { return ++asked > until; }

static void an_interrupted_lab_reports_what_is_done_and_goes_on_later(void **state)
{
    (void)state;
    cn__lab_options o = {.out = "stopped", .cache = "stopped.sqlite", .jobs = 1, .interrupted = interrupt};
    put_text("stopped.md",
             "```cornu\ndataset x=points.npy y=classes.npy\nmodel a\n  dense 4 softmax\nmodel b like=a\n"
             "compile a, b loss=sparse_categorical_crossentropy\nfit a epochs=2\n```\n\n```cornu\n"
             "fit b epochs=2\n```\n\nDone {{b.loss.last:.3f}}.\n");
    asked = 0, until = 7; /* each job asks once before the first begins, and each of the four batches of a */
    assert_int_equal(run_lab("stopped.md", o, false, NULL), CN_ERROR_STATE);
    is_text(cn_error(), "interrupted");
    json_t *results = json_of("stopped/results.json");
    assert_non_null(json_at(results, "networks/0/fits/0/history"));
    assert_null(json_at(results, "networks/1/fits/0/history"));
    json_decref(results);
    assert_true(cn__file_exists("stopped/index.html"));
    assert_true(cn__file_exists("stopped/models/a.keras"));
    assert_false(cn__file_exists("stopped/models/b.keras"));
    o.interrupted = NULL;
    trains("stopped.md", o, 1, 1);
}

/* What a fit has done before it is interrupted is not done again, and its end has the same bits. */
static void an_interrupted_fit_goes_on_in_the_middle(void **state)
{
    (void)state;
    cn__lab_options o = {.out = "middle", .cache = "middle.sqlite", .jobs = 1, .state_seconds = 1e-9};
    put_text(
        "middle.md",
        "```cornu\ndataset x=points.npy y=classes.npy\nmodel a\n  dense 16 relu\n  dropout 0.5\n  dense 4 softmax\n"
        "compile a loss=sparse_categorical_crossentropy metrics=accuracy\nfit a epochs=50 validation_split=0.2\n"
        "plot history a\nevaluate a\n```\n");
    succeeds(run_lab("middle.md", (cn__lab_options){.out = "at-once", .no_cache = true}, false, NULL));
    asked = 0, until = 61;
    o.interrupted = interrupt;
    assert_int_equal(run_lab("middle.md", o, false, NULL), CN_ERROR_STATE);
    assert_int_equal(system("test -e middle.sqlite.states/*/state-0.cornu"), 0);
    asked = 0, until = 50; /* of the 100 batches, 60 are done */
    succeeds(run_lab("middle.md", o, false, NULL));
    assert_true(asked <= 50 && asked > 30);
    assert_true(equal_folders("at-once", "middle") > 5);
    assert_false(cn__dir_exists("middle.sqlite.states"));
}

/* ---- sweeps --------------------------------------------------------------------------------------------------------- */

static bool is_open_to_write(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT, 0666);
    if (fd >= 0) close(fd);
    return fd >= 0;
}

/* Called in the confined process: what it finds wrong, as its exit code. */
static cn_status look_around(void *user, const cn__study *study, const cn__sweep_progress *progress,
                             int64_t id)
{
    (void)user, (void)study, (void)progress, (void)id;
    _exit(!is_open_to_write("stores/beside")                         ? 3
          : is_open_to_write("apart/new") || is_open_to_write("old") ? 4
                                                                     : 0);
}

static int sweep_in_child(void)
{
    bool missing, confined;
    const cn__lab_options options = {.confine = true, .quiet = true, .no_cache = true};
    const cn__lab_sweeps sweeps = {.run = {.store = "stores/runs.db", .workers = 1}, .report = look_around};
    const pid_t probe = fork();
    int code = 0;
    if (probe == 0) _exit(cn__confine(NULL, 0, &confined) == CN_OK && confined ? 0 : 77);
    if (waitpid(probe, &code, 0) != probe || WEXITSTATUS(code) == 77) return 77;
    if (cn__lab_sweep("study.md", &options, &sweeps, &missing) == CN_OK) return 5;
    fprintf(stderr, "%s\n", cn_error());
    return 6;
}

static void a_sweep_writes_beside_its_store_alone(void **state)
{
    (void)state;
    int code = 0;
    assert_int_equal(mkdir("stores", 0777), 0);
    put_text("old", "kept");
    put_text(
        "study.md",
        "```cornu\ndataset x=points.npy y=classes.npy\nmodel a\n  dense 4 relu\n  dense 4 softmax\ncompile a "
        "loss=sparse_categorical_crossentropy\nsweep a over units=[2..4] trials=2 epochs=1 objective=loss\n```\n");
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(sweep_in_child());
    assert_int_equal(waitpid(child, &code, 0), child);
    if (WEXITSTATUS(code) == 77) skip();
    assert_int_equal(WEXITSTATUS(code), 0);
    is_text_of("old", "kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_spelling_of_a_callback_leads_out),
        cmocka_unit_test(callbacks_write_into_the_labs_folder),
        cmocka_unit_test(fits_that_write_files_are_run_each_time_however_they_are_spelt),
        cmocka_unit_test(a_check_writes_nothing),
        cmocka_unit_test(links_in_the_folder_are_not_followed),
        cmocka_unit_test(a_lab_reads_what_it_was_given_alone),
        cmocka_unit_test(a_sweep_writes_beside_its_store_alone),
        cmocka_unit_test(a_model_of_a_stopped_run_is_not_taken_for_another),
        cmocka_unit_test(an_interrupted_lab_reports_what_is_done_and_goes_on_later),
        cmocka_unit_test(an_interrupted_fit_goes_on_in_the_middle),
    };
    return cmocka_run_group_tests(tests, set_up, leave);
}
