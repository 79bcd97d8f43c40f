/* What statements there are, from the table that reads them: for people, and for editors that complete words. */
#include <string.h>

#include "lab/lab.h"
#include "lab/language/statement.h"

void cn__lab_statements(FILE *out)
{
    for (int verb = 0; verb < CN_VERBS; verb++) {
        const cn__statement_kind *kind = cn__statement_kind_of((cn__verb)verb);
        fputs(kind->name, out);
        for (size_t i = 0; i < kind->param_count; i++) {
            const cn__param *param = &kind->params[i];
            if (strcmp(param->name, "models") == 0) fputs(" models", out);
            else fprintf(out, " %s=%s", param->name, param->fallback ? param->fallback : "");
        }
        fputc('\n', out);
    }
}
