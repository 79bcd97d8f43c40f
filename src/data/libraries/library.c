/* Loading shared libraries when they are first needed. */
#include "data/libraries/library.h"

#include <dlfcn.h>
#include <string.h>

cn_status cn__library_load(const char *file, const char *const *names, void *places)
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL), *symbol;
    if (!library)
        return cn__fail(CN_ERROR_FILE, "library %s is needed for this and cannot be loaded: %s", file,
                        dlerror());
    for (size_t i = 0; names[i]; i++) {
        /* Where the program itself is linked with the library, its variables may have moved into the program. */
        if (!(symbol = dlsym(RTLD_DEFAULT, names[i])) && !(symbol = dlsym(library, names[i])))
            return cn__fail(CN_ERROR_STATE, "library %s has no %s: is it another version?", file, names[i]);
        memcpy((char *)places + i * sizeof symbol, &symbol, sizeof symbol);
    }
    return CN_OK;
}
