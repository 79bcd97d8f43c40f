/* Loads the module that speaks MPI: from the folder in CORNU_MPI_DIR, from beside the program or library that this is part of, or
 * from where it was installed. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text/format.h"
#include "base/status.h"
#include "cluster/mpi/plugin.h"

#define MODULE "cornu-mpi.so"

int cn_mpi_is_launched(void)
{
    static const char *const sizes[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS", NULL};
    for (size_t i = 0; sizes[i]; i++) {
        const char *size = getenv(sizes[i]);
        if (size && atoi(size) > 1) return 1;
    }
    const char *tasks = getenv("SLURM_STEP_NUM_TASKS");
    return getenv("PMIX_RANK") && tasks && atoi(tasks) > 1;
}

/* The folder of the program or library that holds this function; "" where it is not known. */
static void own_folder(char *out, size_t size)
{
    Dl_info info;
    char *slash;
    *out = '\0';
    if (!dladdr(__extension__(void *) cn_mpi_is_launched, &info) || !info.dli_fname) return;
    const bool program = !strchr(info.dli_fname, '/'); /* found on PATH */
    const ssize_t n = program ? readlink("/proc/self/exe", out, size - 1) : -1;
    if (n >= 0) out[n] = '\0';
    else cn__format(out, size, "%s", info.dli_fname);
    if ((slash = strrchr(out, '/'))) *slash = '\0';
}

/* Remembers the first reason that is not merely that there is no such file. */
static void *load_from(const char *folder, const char *below, char *why, size_t size)
{
    char path[4200];
    if (!folder || !*folder) return NULL;
    cn__format(path, sizeof path, "%s%s/%s", folder, below, MODULE);
    if (access(path, F_OK) != 0) return NULL;
    void *module = dlopen(path, RTLD_NOW | RTLD_GLOBAL); /* MPI's own modules look for its symbols */
    if (!module && !*why) cn__format(why, size, "%s", dlerror());
    return module;
}

static void *load(char *why, size_t size)
{
    char own[4096];
    const char *given = getenv("CORNU_MPI_DIR");
    if (given && *given) return load_from(given, "", why, size);
    own_folder(own, sizeof own);
    void *module = load_from(own, "", why, size);
    if (!module) module = load_from(own, "/cornu", why, size);
    if (!module) module = load_from(own, "/../lib/cornu", why, size);
#ifdef CN_MODULE_DIR
    if (!module) module = load_from(CN_MODULE_DIR, "", why, size);
#endif
    return module;
}

cn_status cn_communicator_mpi(cn_communicator **out)
{
    char why[600] = "";
    cn__mpi_open *open = NULL;
    void *module = load(why, sizeof why), *symbol = module ? dlsym(module, CN__MPI_OPEN) : NULL;
    *out = NULL;
    if (!module)
        return cn__fail(CN_ERROR_STATE, "MPI is not here: " MODULE " %s%s",
                        *why ? "cannot be loaded: "
                             : "was not found; it is built where CMake finds MPI (docs/cluster.md)",
                        why);
    if (!symbol)
        return cn__fail(CN_ERROR_STATE, MODULE " is of another version of Cornu: it has no " CN__MPI_OPEN);
    memcpy(&open, &symbol, sizeof open);
    cn_communicator *c = cn__calloc(1, sizeof *c);
    if (!c) return CN_ERROR_MEMORY;
    const cn_status status = open(c, cn__fail);
    if (status == CN_OK) *out = c;
    else cn__free(c);
    return status;
}
