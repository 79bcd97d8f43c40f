/* What the machine is. A container may give fewer processors than the machine has in two ways: a set
 * of processors (affinity), or a share of time (a cgroup's quota), which counts as whole processors,
 * rounded up. */
#include "base/system/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

enum { PATH_SIZE = 1024, LINE_SIZE = 1024, NO_LIMIT = 1 << 20 };

#ifdef __linux__
/* The kernel refuses a set smaller than its own, so the set grows until it fits. */
static int affinity_count(void)
{
    for (int processors = 1024; processors <= NO_LIMIT; processors *= 2) {
        size_t size = CPU_ALLOC_SIZE(processors);
        cpu_set_t *set = CPU_ALLOC(processors);
        if (!set) return 0;
        int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (count > 0) return count;
    }
    return 0;
}

/* The first line of DIR/GROUP/FILE, without its end. */
static bool read_line(const char *dir, const char *group, const char *file, char line[LINE_SIZE])
{
    char path[PATH_SIZE];
    int length = snprintf(path, sizeof path, "%s%s/%s", dir, group, file);
    FILE *stream = length > 0 && length < (int)sizeof path ? fopen(path, "re") : NULL;
    if (!stream) return false;
    bool read = fgets(line, LINE_SIZE, stream) != NULL;
    fclose(stream);
    if (read) line[strcspn(line, "\n")] = '\0';
    return read;
}

static int quota_processors(long long quota, long long period)
{
    if (quota <= 0 || period <= 0) return NO_LIMIT;
    long long count = quota / period + (quota % period != 0);
    return count < NO_LIMIT ? (int)count : NO_LIMIT;
}

/* cgroup v2: "max 100000" or "150000 100000". */
static int limit_v2(const char *dir, const char *group)
{
    char line[LINE_SIZE];
    long long quota, period;
    if (!read_line(dir, group, "cpu.max", line) || sscanf(line, "%lld %lld", &quota, &period) != 2)
        return NO_LIMIT;
    return quota_processors(quota, period);
}

/* cgroup v1: two files, quota -1 for none. */
static int limit_v1(const char *dir, const char *group)
{
    char quota[LINE_SIZE], period[LINE_SIZE];
    if (!read_line(dir, group, "cpu.cfs_quota_us", quota)) return NO_LIMIT;
    if (!read_line(dir, group, "cpu.cfs_period_us", period)) return NO_LIMIT;
    return quota_processors(strtoll(quota, NULL, 10), strtoll(period, NULL, 10));
}

/* The lowest limit of a group and of the groups around it, up to the root. */
static int lowest_limit(int (*limit)(const char *dir, const char *group), const char *dir, char *group)
{
    int lowest = NO_LIMIT;
    for (;;) {
        int here = limit(dir, group);
        if (here < lowest) lowest = here;
        char *slash = strrchr(group, '/');
        if (!slash) return lowest;
        *slash = '\0';
    }
}

/* Is "cpu" one of the comma-separated controllers? */
static bool names_cpu(const char *controllers)
{
    for (const char *word = controllers; *word;) {
        size_t length = strcspn(word, ",");
        if (length == 3 && memcmp(word, "cpu", 3) == 0) return true;
        word += length + (word[length] == ',');
    }
    return false;
}

/* Lines of /proc/self/cgroup are "number:controllers:/group"; v2 has number 0 and no controllers. */
static int cgroup_limit(void)
{
    char line[LINE_SIZE];
    int lowest = NO_LIMIT;
    FILE *stream = fopen("/proc/self/cgroup", "re");
    while (stream && fgets(line, sizeof line, stream)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group) continue;
        *controllers++ = '\0', *group++ = '\0';
        int limit = NO_LIMIT;
        if (!*controllers) limit = lowest_limit(limit_v2, "/sys/fs/cgroup", group);
        else if (names_cpu(controllers)) limit = lowest_limit(limit_v1, "/sys/fs/cgroup/cpu", group);
        if (limit < lowest) lowest = limit;
    }
    if (stream) fclose(stream);
    return lowest;
}
#else
static int affinity_count(void) { return 0; }
static int cgroup_limit(void) { return NO_LIMIT; }
#endif

int cn__cpu_count(void)
{
    int count = affinity_count(), limit = cgroup_limit();
    if (count < 1) count = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (count > limit) count = limit;
    return count < 1 ? 1 : count;
}

#if defined(__x86_64__) || defined(__i386__)
bool cn__cpu_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
}

bool cn__cpu_has_avx512(void)
{
    return cn__cpu_has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#else
bool cn__cpu_has_avx2(void) { return false; }
bool cn__cpu_has_avx512(void) { return false; }
#endif

enum { NAME_SIZE = 128 };

/* The name as the system has it, into `name`; "" where it says none. */
#if defined(__APPLE__)
static void read_cpu_name(char name[NAME_SIZE])
{
    size_t size = NAME_SIZE;
    if (sysctlbyname("machdep.cpu.brand_string", name, &size, NULL, 0) != 0) name[0] = '\0';
}
#elif defined(__x86_64__) || defined(__i386__)
static void read_cpu_name(char name[NAME_SIZE])
{
    unsigned words[13] = {0}; /* three leaves of 16 letters, and an end */
    unsigned last = __get_cpuid_max(0x80000000u, NULL);
    for (unsigned i = 0; i < 3 && last >= 0x80000004u; i++)
        __get_cpuid(0x80000002u + i, &words[4 * i], &words[4 * i + 1], &words[4 * i + 2], &words[4 * i + 3]);
    memcpy(name, words, sizeof words);
}
#else
static void read_cpu_name(char name[NAME_SIZE])
{
    char line[LINE_SIZE];
    FILE *stream = fopen("/proc/cpuinfo", "r");
    name[0] = '\0';
    while (stream && !name[0] && fgets(line, sizeof line, stream)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon) continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(name, NAME_SIZE, "%.*s", NAME_SIZE - 1, colon + 1);
    }
    if (stream) fclose(stream);
}
#endif

/* Some processors pad their names with blanks. */
static void trim(char *text)
{
    size_t lead = strspn(text, " "), length = strlen(text + lead);
    memmove(text, text + lead, length + 1);
    while (length && text[length - 1] == ' ') text[--length] = '\0';
}

/* In a buffer of the calling thread, so that nothing is shared. */
const char *cn__cpu_name(void)
{
    static _Thread_local char name[NAME_SIZE];
    read_cpu_name(name);
    trim(name);
    return name[0] ? name : "unknown";
}

double cn__clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
