/* terminal COLUMNS COMMAND…: runs the command on a terminal of that width and reads what it draws there as a terminal would: a
 * row that is drawn again must not be wider than the terminal, or the rest of it stays. Prints the rows that remain, and at the
 * end "redrawn N": how many rows were drawn again. Exit code 1 for a row that was too wide. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static char text[1 << 22];

static void run(int master, const char *name, char **command)
{
    close(master);
    setsid();
    int slave = open(name, O_RDWR);
    if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) != 0) _exit(98);
    for (int fd = 0; fd < 3; fd++) dup2(slave, fd);
    execvp(command[0], command);
    _exit(99);
}

static size_t read_all(int master)
{
    size_t size = 0;
    for (ssize_t got; (got = read(master, text + size, sizeof text - 1 - size)) > 0;) size += (size_t)got;
    return size;
}

/* Columns of `p … end`, without colours. */
static int width_of(const char *p, const char *end)
{
    int width = 0;
    while (p < end) {
        if (*p == '\033') {
            while (p < end && *p != 'm') p++;
        } else if (((unsigned char)*p & 0xc0) != 0x80 && *p != '\r') {
            width++;
        }
        p++;
    }
    return width;
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    const int columns = atoi(argv[1]), master = posix_openpt(O_RDWR | O_NOCTTY);
    struct winsize size = {.ws_row = 40, .ws_col = (unsigned short)columns};
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) return 77;
    char name[64];
    snprintf(name, sizeof name, "%s", ptsname(master));
    int keep = open(name, O_RDWR | O_NOCTTY);
    ioctl(master, TIOCSWINSZ, &size);
    pid_t child = fork();
    if (child == 0) run(master, name, argv + 2);
    close(keep);
    read_all(master);
    int status, redrawn = 0, wide = 0;
    waitpid(child, &status, 0);
    for (char *row = text; *row;) {
        char *end = row + strcspn(row, "\n"), *part = row;
        for (char *next; (next = strstr(part, "\r\033[K")) && next < end; part = next + 4) {
            if (width_of(part, next) >= columns)
                wide = 1, printf("too wide: %.*s\n", (int)(next - part), part);
            redrawn++;
        }
        printf("%.*s\n", (int)(end - part), part);
        row = end + (*end == '\n');
    }
    printf("redrawn %d\n", redrawn);
    if (!WIFEXITED(status)) return 3;
    return wide ? 1 : WEXITSTATUS(status);
}
