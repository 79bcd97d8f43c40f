/* The rules of a solution, a process for each submission, and the table of the class. */
#include "lab/grade.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files/file.h"
#include "base/system/system.h"
#include "base/text/text.h"
#include "data/files/json.h"
#include "lab/lab.h"
#include "lab/language/expression.h"
#include "lab/show/expression_model.h"
#include "lab/write_reports.h"
#include "report/report.h"

enum { MOST_RULES = 200, MOST_FILE = 16 << 20, MOST_SAID = 1 << 16 };

typedef struct rule {
    const char *question, *expression;
    double points;
} rule;

typedef struct grading {
    cn__arena arena;
    rule rules[MOST_RULES];
    size_t rule_count;
    const cn__lab_options *options;
    json_t *json;    /* of each submission; NULL: nobody asks */
    size_t troubled; /* documents that something else than themselves kept from their end */
} grading;

/* ---- rules ------------------------------------------------------------------------------------------------------------ */

static cn_status read_rule(grading *g, const char *line, size_t size, const char *path, size_t number)
{
    char question[40], *end;
    const char *text = cn__arena_format(&g->arena, "%.*s", (int)size, line);
    if (!text) return CN_ERROR_MEMORY;
    text += strspn(text, " \t");
    if (!*text || *text == '#') return CN_OK;
    const size_t n = strcspn(text, " \t");
    cn__format(question, sizeof question, "%.*s", (int)n, text);
    const double points = cn__strtod(text + n, &end);
    const char *expression = end + strspn(end, " \t");
    if (end == text + n || !*expression || !(points >= 0))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "%s:%zu: '%.60s', expected for example: 12.1 2 final.val_accuracy.last > 0.95", path,
                        number, text);
    if (g->rule_count == MOST_RULES)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: more than %d rules", path, MOST_RULES);
    g->rules[g->rule_count++] =
        (rule){.question = cn__arena_strdup(&g->arena, question), .expression = expression, .points = points};
    return g->rules[g->rule_count - 1].question ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status read_rules(grading *g, const char *path)
{
    char *text;
    size_t size, number = 0;
    bool inside = false;
    CN_TRY(cn__file_read(path, &text, &size, MOST_FILE));
    cn_status status = CN_OK;
    for (const char *p = text; status == CN_OK && *p;) {
        const size_t n = strcspn(p, "\n");
        number++;
        if (strncmp(p, "```", 3) == 0) inside = !inside && n >= 8 && strncmp(p + 3, "grade", 5) == 0;
        else if (inside) status = read_rule(g, p, n, path, number);
        p += n + (p[n] == '\n');
    }
    cn__free(text);
    if (status == CN_OK && !g->rule_count)
        status = cn__fail(CN_ERROR_DATA,
                          "%s has no rules: expected a block ```grade with lines like 12.1 2 "
                          "final.val_accuracy.last > 0.95",
                          path);
    return status;
}

/* ---- one submission ------------------------------------------------------------------------------------------------------ */

typedef struct judge {
    const grading *g;
    FILE *out;
} judge;

/* A line a rule: 1 or 0, and why it could not be reported. */
static void apply_rules(void *user, const cn__program *program)
{
    const judge *j = user;
    for (size_t i = 0; i < j->g->rule_count; i++) {
        cn__arena arena = {0};
        cn__text value = {0};
        const char *e = j->g->rules[i].expression;
        const cn__scope scope = {.program = program,
                                 .arena = &arena,
                                 .part = program->document.count ? program->document.count - 1 : 0};
        cn__text_add(&value, "");
        const bool known =
            program->document.count && cn__expression(&scope, e, e + strlen(e), &value) == CN_OK;
        const bool right = known && !value.failed && strcmp(value.data, "1") == 0;
        fprintf(j->out, "%d %.*s\n", right, known ? 0 : (int)strcspn(cn_error(), "\n"), cn_error());
        cn__text_free(&value);
        cn__arena_free(&arena);
    }
}

/* Is it the system's failure, which a document may have no part in? */
static bool is_trouble(cn_status status)
{
    return status == CN_ERROR_MEMORY || status == CN_ERROR_FILE || status == CN_ERROR_NETWORK;
}

static void run_submission(const grading *g, const char *path, const char *out, int to)
{
    cn__lab_options o = *g->options;
    bool missing = false;
    judge j = {.g = g, .out = fdopen(to, "w")};
    o.out = out, o.quiet = o.confine = o.no_times = true, o.formats = "html";
    o.finished = apply_rules, o.finished_user = &j;
    const unsigned long failures = cn__memory_failures();
    cn_status status = j.out ? cn__lab_run(path, &o, false, &missing) : CN_ERROR_STATE;
    status = cn__check_memory(status, failures, "a submission");
    if (j.out && status != CN_OK)
        fprintf(j.out, "! %c %.*s\n", is_trouble(status) ? 't' : 'm', (int)strcspn(cn_error(), "\n"),
                cn_error());
    _exit(j.out && fclose(j.out) == 0 ? 0 : 1);
}

static bool is_interrupted(const grading *g) { return g->options->interrupted && g->options->interrupted(); }

enum { IS_LATE = -1, IS_BROKEN = -2 };

/* Bytes that came before the time is up; 0 at the end, IS_LATE when it is up or, with g, grading is interrupted, IS_BROKEN with errno
 * where nothing can be read. */
static ssize_t read_until(const grading *g, int fd, char *buffer, size_t size, double until)
{
    enum { WAIT = 100 };
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        const double left = fmax(0, until - cn__clock());
        const int ready = poll(&p, 1, (int)fmin(1000 * left, WAIT) + 1);
        if (ready > 0) {
            const ssize_t got = read(fd, buffer, size);
            if (got >= 0) return got;
        }
        if ((ready > 0 || ready < 0) && errno != EINTR) return IS_BROKEN;
        if (cn__clock() >= until || (g && is_interrupted(g))) return IS_LATE;
    }
}

/* A submission whose time is up may write what is done by then, and is then ended; sooner where grading is interrupted. True: it was
 * asked to end. */
static bool hear(const grading *g, int fd, pid_t process, cn__text *said)
{
    enum { GRACE = 10, SHORT_GRACE = 1 };
    char buffer[4096];
    const uint64_t limit = g->options->time_limit;
    double until = limit ? cn__clock() + (double)limit : INFINITY;
    int asked = 0;
    for (ssize_t n; (n = read_until(asked ? NULL : g, fd, buffer, sizeof buffer, until)) != 0;) {
        if (n == IS_BROKEN) {
            cn__text_printf(said, "\n! t what it came to could not be read: %s\n", strerror(errno));
            break;
        }
        if (n > 0 && said->size < MOST_SAID) cn__text_add_bytes(said, buffer, (size_t)n);
        if (n > 0) continue;
        const bool hurry = is_interrupted(g);
        kill(process,
             asked++ < (hurry ? 2 : 1) ? SIGTERM : SIGKILL); /* the second one cuts its reports short */
        until = cn__clock() + (hurry ? SHORT_GRACE : GRACE);
    }
    return asked > 0;
}

/* What the process said; the document can do nothing else to this one. */
static cn_status ask(const grading *g, const char *path, const char *out, cn__text *said)
{
    int ends[2], code;
    if (pipe(ends) != 0) return cn__fail(CN_ERROR_STATE, "no pipe: %s", strerror(errno));
    fflush(NULL);
    const pid_t process = fork();
    if (!process) {
        close(ends[0]);
        run_submission(g, path, out, ends[1]);
    }
    close(ends[1]);
    cn__text_add(said, "");
    const bool late = process > 0 && hear(g, ends[0], process, said);
    close(ends[0]);
    if (process < 0) return cn__fail(CN_ERROR_STATE, "a submission cannot be run: %s", strerror(errno));
    while (waitpid(process, &code, 0) < 0 && errno == EINTR) {}
    if (is_interrupted(g)) {
        cn__lab_remove_stale(out);
        return cn__fail(CN_ERROR_STATE, "interrupted at %s", path);
    }
    if (late)
        cn__text_printf(said, "! m it took longer than %llu seconds and was stopped\n",
                        (unsigned long long)g->options->time_limit);
    else if (!WIFEXITED(code) || WEXITSTATUS(code) != 0) cn__text_add(said, "! t the run broke down\n");
    return said->failed ? cn__fail_memory(said->size, "a submission") : CN_OK;
}

static const char *hash_in(cn__arena *arena, const char *path)
{
    enum {
        MOST_RESULTS = 64 << 20
    }; /* it may be a student's: neither a pipe, nor larger than that is read */
    char *text = NULL;
    size_t size;
    if (!cn__file_exists(path)) return NULL;
    if (cn__file_read(path, &text, &size, MOST_RESULTS) != CN_OK) return NULL;
    json_error_t error;
    json_t *root = json_loadb(text, size, 0, &error);
    cn__free(text);
    if (!root) (void)cn__json_out_of_memory(&error);
    const char *hash = json_string_value(json_object_get(root, "hash"));
    hash = hash ? cn__arena_strdup(arena, hash) : NULL;
    json_decref(root);
    return hash;
}

/* Are the results that lie beside the document those that it gives here, to the last bit? */
static const char *verify(grading *g, const char *path, const char *out)
{
    const char *slash = strrchr(path, '/');
    const char *given = hash_in(&g->arena, cn__arena_format(&g->arena, "%.*sresults.json",
                                                            slash ? (int)(slash + 1 - path) : 0, path)),
               *own = hash_in(&g->arena, cn__arena_format(&g->arena, "%s/results.json", out));
    return !given || !own ? "–" : strcmp(given, own) == 0 ? "yes" : "no";
}

/* ---- the class -------------------------------------------------------------------------------------------------------------- */

typedef struct table {
    const char **cells;
    size_t columns, rows;
} table;

static double fill_row(grading *g, const char *said, const char **row)
{
    double total = 0;
    const char *note = "";
    size_t i = 0;
    for (const char *p = said; *p;) {
        const size_t n = strcspn(p, "\n");
        if (*p == '!')
            note = cn__arena_format(&g->arena, "%.*s", (int)(n > 4 ? n - 4 : 0), p + (n > 4 ? 4 : n));
        else if (i < g->rule_count) {
            const double points = *p == '1' ? g->rules[i].points : 0;
            total += points;
            row[i++] = cn__arena_format(&g->arena, "%g", points);
            if (n > 2 && !*note)
                note = cn__arena_format(&g->arena, "%s: %.*s", g->rules[i - 1].question, (int)(n - 2), p + 2);
        }
        p += n + (p[n] == '\n');
    }
    while (i < g->rule_count) row[i++] = "0"; /* it did not come so far */
    row[i] = cn__arena_format(&g->arena, "%g", total);
    row[i + 2] = note;
    return total;
}

static void add_cell(cn__text *out, const char *text)
{
    const bool quoted = strpbrk(text, ",\"\n\r") != NULL;
    /* a spreadsheet would take such a text of a student's for a formula */
    const bool formula = *text && strchr("=+-@", *text) && strcmp(text, "–") != 0;
    if (quoted) cn__text_add(out, "\"");
    if (formula) cn__text_add(out, "'");
    for (const char *p = text; *p; p++) cn__text_add_bytes(out, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
    if (quoted) cn__text_add(out, "\"");
}

static cn_status write_file(const grading *g, const char *name, const cn__text *text)
{
    char *path = text->failed ? NULL : cn__path_join(g->options->out, name);
    if (!path) return cn__fail_memory(text->size, name);
    cn_status status = cn__file_write(path, text->data, text->size);
    cn__free(path);
    return status;
}

static cn_status write_tables(const grading *g, const table *t)
{
    cn__text csv = {0}, html = {0};
    for (size_t i = 0; i < t->rows * t->columns; i++) {
        add_cell(&csv, t->cells[i]);
        cn__text_add(&csv, (i + 1) % t->columns ? "," : "\n");
    }
    const cn__report_output output = {
        .kind = CN_OUTPUT_TABLE,
        .table = {.columns = t->columns, .rows = t->rows, .cells = t->cells, .head_column = true}};
    const cn__block block = {.kind = CN_BLOCK_CELL, .hidden = true, .outputs = &output, .output_count = 1};
    const cn__report report = {.title = "Grades", .blocks = &block, .block_count = 1};
    cn_status status = cn__report_html(&report, &html);
    if (status == CN_OK) status = write_file(g, "grades.csv", &csv);
    if (status == CN_OK) status = write_file(g, "grades.html", &html);
    cn__text_free(&csv);
    cn__text_free(&html);
    return status;
}

/* The same for a program: points by question, the total, whether it is verified, the note. */
static json_t *submission_json(const grading *g, const char *const *row, double total)
{
    json_t *json = json_object(), *points = json_object();
    const size_t after = g->rule_count + 1;
    cn__json_set(json, "submission", json_string(row[0]));
    cn__json_set(json, "points", points);
    for (size_t i = 0; i < g->rule_count; i++)
        cn__json_set(points, g->rules[i].question, json_real(cn__strtod(row[1 + i], NULL)));
    cn__json_set(json, "total", json_real(total));
    const char *verified = row[after + 1]; /* null: no results lie beside the document */
    cn__json_set(json, "verified",
                 strcmp(verified, "yes") == 0  ? json_true()
                 : strcmp(verified, "no") == 0 ? json_false()
                                               : json_null());
    cn__json_set(json, "note", json_string(row[after + 2]));
    return json;
}

static cn_status new_table(grading *g, size_t count, table *t)
{
    *t = (table){.columns = g->rule_count + 4, .rows = count + 1};
    t->cells = cn__arena_array(&g->arena, t->columns * t->rows, sizeof *t->cells);
    if (!t->cells) return CN_ERROR_MEMORY;
    t->cells[0] = "Submission";
    for (size_t i = 0; i < g->rule_count; i++)
        t->cells[1 + i] = cn__arena_format(&g->arena, "%s (%g)", g->rules[i].question, g->rules[i].points);
    t->cells[g->rule_count + 1] = "Total";
    t->cells[g->rule_count + 2] = "Verified";
    t->cells[g->rule_count + 3] = "Note";
    return CN_OK;
}

static bool has_failed(const char *said) { return *said == '!' || strstr(said, "\n!") != NULL; }

static bool has_trouble(const char *said)
{
    return strncmp(said, "! t ", 4) == 0 || strstr(said, "\n! t ") != NULL;
}

static cn_status grade_one(grading *g, const char *path, size_t number, const char **row)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *out =
        cn__arena_format(&g->arena, "%s/%zu-%.*s", g->options->out, number, (int)strcspn(name, "."), name);
    cn__text said = {0};
    if (!out) return CN_ERROR_MEMORY;
    cn_status status = ask(g, path, out, &said);
    if (status == CN_OK && has_failed(said.data)) { /* what was short for a moment may be there now */
        cn__text_free(&said);
        status = ask(g, path, out, &said);
    }
    if (status == CN_OK && has_trouble(said.data)) {
        g->troubled++;
        fprintf(stderr, "%s: not run to its end: %s", path, strstr(said.data, "! t ") + 4);
    }
    if (status == CN_OK) {
        row[0] = path;
        const double total = fill_row(g, said.data, row + 1);
        row[g->rule_count + 2] = verify(g, path, out);
        if (g->json) cn__json_append(g->json, submission_json(g, row, total));
        if (!g->options->quiet) printf("%s: %g\n", path, total);
    }
    cn__text_free(&said);
    return status;
}

cn_status cn__lab_grade(const char *const *submissions, size_t count, const char *against,
                        const cn__lab_options *given)
{
    cn__lab_options own = *given;
    grading g = {.options = &own};
    table t = {0};
    const unsigned long failures = cn__memory_failures();
    if (!own.out) own.out = "grades";
    cn__json_begin();
    if (own.facts) g.json = json_array();
    cn_status status = read_rules(&g, against);
    if (status == CN_OK) status = new_table(&g, count, &t);
    if (status == CN_OK) status = cn__make_dirs(own.out);
    if (status == CN_OK) cn__remove_stale(own.out); /* of a run that was killed */
    for (size_t i = 0; status == CN_OK && i < count; i++)
        status = grade_one(&g, submissions[i], i + 1, t.cells + (i + 1) * t.columns);
    for (size_t i = 0; status == CN_OK && i < t.columns * t.rows; i++)
        if (!t.cells[i]) status = CN_ERROR_MEMORY;
    if (status == CN_OK) status = write_tables(&g, &t);
    status = cn__check_memory(status, failures, "grades");
    if (status == CN_OK && own.facts)
        status = cn__json_finish(g.json, JSON_REAL_PRECISION(9), &own.facts->results);
    json_decref(g.json);
    if (status == CN_OK && g.troubled)
        status = cn__fail(CN_ERROR_FILE,
                          "%zu of %zu documents could not be run to their end: their grades are no verdict",
                          g.troubled, count);
    cn__arena_free(&g.arena);
    return status;
}
