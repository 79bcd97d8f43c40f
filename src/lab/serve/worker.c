/* The process that runs a lab for those who watch it. This program has no other threads, so the copy may go on. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lab/lab.h"
#include "lab/serve/watch.h"

enum { STOP_MILLISECONDS = 20 };

/* In the copy: the lab, its progress and its errors into the pipes. */
static void run_lab(const cn__lab_watch *watch, int lines, int errors)
{
    cn__lab_options o = *watch->lab;
    bool missing = false;
    for (int fd = 3; fd < 256; fd++)
        if (fd != lines && fd != errors) close(fd);
    o.quiet = watch->serve;
    o.log = fopen("/dev/null", "w");
    o.confine = true;
    o.interrupted = watch->stop;
    if (watch->serve) o.progress = fdopen(lines, "w");
    if (watch->serve) dup2(errors, STDERR_FILENO);
    const cn_status status = cn__lab_run(watch->path, &o, false, &missing);
    if (status != CN_OK) fprintf(stderr, "%s\n", cn_error());
    fflush(NULL);
    _exit(status == CN_OK ? 0 : 1);
}

static void close_pipe(int ends[2])
{
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0) close(ends[i]);
}

cn_status cn__worker_start(cn__worker *w, const cn__lab_watch *watch)
{
    int lines[2] = {-1, -1}, errors[2] = {-1, -1};
    const bool piped = watch->serve;
    if (piped && (pipe(lines) != 0 || pipe(errors) != 0)) {
        close_pipe(lines);
        return cn__fail(CN_ERROR_STATE, "no pipe to a run: %s", strerror(errno));
    }
    fflush(NULL);
    const pid_t process = fork();
    if (process < 0) {
        close_pipe(lines), close_pipe(errors);
        return cn__fail(CN_ERROR_STATE, "a run cannot be started: %s", strerror(errno));
    }
    if (!process) run_lab(watch, lines[1], errors[1]);
    w->process = (int)process;
    w->lines = lines[0], w->errors = errors[0];
    *w->line = '\0', w->part_size = w->message_size = 0;
    if (!piped) return CN_OK;
    close(lines[1]), close(errors[1]);
    fcntl(w->lines, F_SETFL, O_NONBLOCK);
    fcntl(w->errors, F_SETFL, O_NONBLOCK);
    return CN_OK;
}

/* The last whole line is what counts. */
static void read_lines(cn__worker *w)
{
    char text[4096];
    for (ssize_t n; w->lines >= 0 && (n = read(w->lines, text, sizeof text)) > 0;)
        for (ssize_t i = 0; i < n; i++) {
            if (text[i] != '\n' && w->part_size < sizeof w->part - 1) w->part[w->part_size++] = text[i];
            if (text[i] != '\n') continue;
            memcpy(w->line, w->part, w->part_size);
            w->line[w->part_size] = '\0';
            w->part_size = 0;
        }
}

static void read_errors(cn__worker *w, bool echo)
{
    char text[512];
    for (ssize_t n; w->errors >= 0 && (n = read(w->errors, text, sizeof text)) > 0;) {
        size_t kept = sizeof w->message - 1 - w->message_size;
        kept = kept < (size_t)n ? kept : (size_t)n;
        memcpy(w->message + w->message_size, text, kept);
        w->message_size += kept;
        if (echo) (void)!write(STDERR_FILENO, text, (size_t)n);
    }
    w->message[w->message_size] = '\0';
}

static void end(cn__worker *w, int code)
{
    if (w->lines >= 0) close(w->lines), close(w->errors);
    w->lines = w->errors = -1;
    w->process = 0;
    *w->line = '\0';
    w->failed = !WIFEXITED(code) || WEXITSTATUS(code) != 0;
    w->runs++;
}

bool cn__worker_poll(cn__worker *w, bool echo)
{
    int code = 0;
    if (!w->process) return false;
    const pid_t got = waitpid(w->process, &code, WNOHANG);
    const bool ended = got == w->process || (got < 0 && errno == ECHILD);
    read_lines(w);
    read_errors(w, echo);
    if (ended) end(w, code);
    return ended;
}

/* It writes what is done by then, as after Ctrl-C. Meanwhile its pipes are read: it would wait for ever at a full one. */
void cn__worker_stop(cn__worker *w)
{
    if (!w->process) return;
    kill(w->process, SIGTERM);
    while (!cn__worker_poll(w, false)) {
        struct pollfd pipes[2] = {{w->lines, POLLIN, 0}, {w->errors, POLLIN, 0}};
        (void)poll(pipes, 2, STOP_MILLISECONDS);
        nanosleep(&(struct timespec){.tv_nsec = 1000000L}, NULL);
    }
}
