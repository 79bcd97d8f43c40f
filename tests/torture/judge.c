/* A point is survived when the program ends as it would have without the fault, with the same files; or says what went wrong, with an
 * exit code over 0, and leaves each output whole: the new one, the old one or none. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "torture.h"

/* ---- files ------------------------------------------------------------------------------------------------------------ */

static char *read_whole(const char *folder, const char *name, size_t *size)
{
    char path[8192];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &info) != 0) return NULL;
    char *data = malloc((size_t)info.st_size + 1);
    *size = fread(data, 1, (size_t)info.st_size, file);
    fclose(file);
    return data;
}

/* 0: there is no such file; 1: it is that of the reference; 2: it is the old one; 3: something else. */
static int look_at(const char *folder, const char *reference, const char *name)
{
    size_t a_size = 0, b_size = 0, old_size = 0;
    char *a = read_whole(folder, name, &a_size), *b = read_whole(reference, name, &b_size),
         *old = read_whole(base, name, &old_size);
    int found = !a                                                         ? 0
                : b && a_size == b_size && memcmp(a, b, a_size) == 0       ? 1
                : old && a_size == old_size && memcmp(a, old, a_size) == 0 ? 2
                                                                           : 3;
    free(a), free(b), free(old);
    return found;
}

/* Is a temporary file left anywhere? */
static bool has_leftovers(const char *folder, int depth)
{
    DIR *list = opendir(folder);
    bool found = false;
    for (const struct dirent *entry; list && !found && (entry = readdir(list));) {
        char path[8192];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (strncmp(entry->d_name, ".cornu-", 7) == 0) found = true;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (!found && depth > 0 && entry->d_type == DT_DIR) found = has_leftovers(path, depth - 1);
    }
    if (list) closedir(list);
    return found;
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

/* Lines of backtraces begin with a path. */
static bool is_trace(const char *line) { return *line == '/' && line[strcspn(line, "(\n")] == '('; }

/* What the program or a library says, backtraces left out. */
bool says_something(const char *said)
{
    for (const char *line = said; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
        if (*line != '\n' && !is_trace(line)) return true;
    return false;
}

/* The object that a backtrace names first, besides the C library and our own: the program, or a library. */
static const char *culprit(const char *said, char out[60])
{
    snprintf(out, 60, "unknown");
    for (const char *line = said; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        size_t size = strcspn(line, "(\n");
        if (!is_trace(line)) continue;
        const char *name = line + size;
        while (name > line && name[-1] != '/') name--;
        snprintf(out, 60, "%.*s", (int)(line + size - name), name);
        if (!strstr(out, "preload") && strncmp(out, "libc.", 5) != 0) return out;
    }
    if (strstr(said, "GLib-ERROR")) snprintf(out, 60, "libglib");
    return out;
}

static bool is_own(const char *object)
{
    return strcmp(object, "cornu") == 0 || strcmp(object, "unknown") == 0;
}

/* Fonts that cannot be read are replaced by others. The libraries that do so say it, but for fontconfig's settings and folders. */
static bool fonts_were_replaced(const result *r)
{
    const char *said = r->said;
    return strstr(r->struck, "font") || strstr(said, "Fontconfig error") ||
           strstr(said, "Fontconfig warning") || strstr(said, "Pango-WARNING");
}

verdict judge_end(const result *r, bool killed, bool stops, char why[WHY])
{
    char object[60];
    culprit(r->said, object);
    if (r->code == -1000) return snprintf(why, WHY, "hangs"), BAD;
    if (r->code < 0 && !killed) {
        snprintf(why, WHY, "dies by signal %d in %s", -r->code, object);
        return is_own(object) ? BAD : BY_LIBRARY;
    }
    if (stops && r->code == 128 + SIGTERM) return SURVIVED;
    if (r->code > 90) {
        snprintf(why, WHY, "%s ends the program, with exit code %d", object, r->code);
        return is_own(object) ? BAD : BY_LIBRARY;
    }
    return SURVIVED;
}

static verdict judge_outputs(const command *c, const result *r, const char *folder, const char *reference,
                             char why[WHY])
{
    static const char *const words[] = {"not there", "right", "the old one", "wrong"};
    char list[400], object[60], *rest = NULL;
    snprintf(list, sizeof list, "%s", c->outputs);
    for (char *output = strtok_r(list, " ", &rest); output; output = strtok_r(NULL, " ", &rest)) {
        int found = look_at(folder, reference, output);
        if (r->code == 0 && found != 1) {
            snprintf(why, WHY, "exit code 0 and %s is %s (%s)", output, words[found],
                     fonts_were_replaced(r) ? "other fonts" : culprit(r->said, object));
            return found == 3 && fonts_were_replaced(r) ? BY_LIBRARY : BAD;
        }
        if (r->code != 0 && found == 3 && !c->grows)
            return snprintf(why, WHY, "%s is neither the old nor the new one", output), BAD;
    }
    return SURVIVED;
}

verdict judge(const command *c, const result *r, const char *folder, const char *reference, bool killed,
              char why[WHY])
{
    verdict v = judge_end(r, killed, c->stops != NULL, why);
    if (v == SURVIVED) v = judge_outputs(c, r, folder, reference, why);
    if (v != SURVIVED || killed) return v;
    if (has_leftovers(folder, 3)) return snprintf(why, WHY, "leaves a temporary file"), BAD;
    if (r->code > 0 && !says_something(r->said))
        return snprintf(why, WHY, "says nothing, exit code %d", r->code), BAD;
    return SURVIVED;
}
