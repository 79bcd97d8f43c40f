#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files/file.h"
#include "cli/standard.h"

/* The program has one of each. */
static const char *input_option, *output_option;

static cn_status fail_input(const char *option, int error)
{
    return cn__fail_errno("the standard input", option, error);
}

/* A pipe can be read once, and from its beginning on. */
static cn_status spool(const char *option)
{
    static char bytes[1 << 16];
    struct stat info;
    if (fstat(STDIN_FILENO, &info) != 0) return fail_input(option, errno);
    if (S_ISREG(info.st_mode) && lseek(STDIN_FILENO, 0, SEEK_CUR) == 0) return CN_OK;
    FILE *file = tmpfile();
    if (!file) return fail_input(option, errno);
    int error = 0;
    for (ssize_t got; !error && (got = read(STDIN_FILENO, bytes, sizeof bytes)) != 0;) {
        if (got < 0 && errno != EINTR) error = errno;
        else if (got > 0 && fwrite(bytes, 1, (size_t)got, file) != (size_t)got) error = errno;
    }
    if (!error && fflush(file) != 0) error = errno;
    if (!error && (lseek(fileno(file), 0, SEEK_SET) < 0 || dup2(fileno(file), STDIN_FILENO) < 0))
        error = errno;
    fclose(file);
    return error ? fail_input(option, error) : CN_OK;
}

cn_status cn__standard_input(const char *option, const char **path)
{
    if (strcmp(*path, "-") != 0) return CN_OK;
    if (input_option)
        return cn__fail(CN_ERROR_ARGUMENT, "the standard input was given twice, for --%s and for --%s",
                        input_option, option);
    if (isatty(STDIN_FILENO))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "--%s -: the standard input is a terminal; expected a file or a pipe, as in … < FILE",
                        option);
    CN_TRY(spool(option));
    input_option = option;
    *path = "/dev/stdin";
    return CN_OK;
}

cn_status cn__standard_output(const char *option, const char **path)
{
    if (strcmp(*path, "-") != 0) return CN_OK;
    if (output_option)
        return cn__fail(CN_ERROR_ARGUMENT, "the standard output was given twice, for --%s and for --%s",
                        output_option, option);
    output_option = option;
    *path = "/dev/stdout";
    return CN_OK;
}

void cn__standard_reset(void) { input_option = output_option = NULL; }
bool cn__standard_output_taken(void) { return output_option != NULL; }
