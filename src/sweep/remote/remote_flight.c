#include "sweep/remote/remote_flight.h"

#include "sweep/remote/office.h"
#include "sweep/remote/request.h"

cn_status cn__remote_advance(cn__flight *f)
{
    const cn__rank_request r = {.command = f->begun ? CN_REQUEST_ADVANCE : CN_REQUEST_BEGIN,
                                .number = f->number,
                                .argument = f->rung};
    char *bytes = NULL;
    size_t size = 0;
    CN_TRY(cn__office_ask(f->office, f, &r, &bytes, &size));
    if (!bytes) return CN_OK;
    f->begun = true;
    cn__snapshot s = {.reading = true, .in = bytes, .left = size};
    cn__flight_snapshot(&s, f);
    cn__free(bytes);
    return s.status;
}

cn_status cn__remote_model(cn__flight *f, size_t seed, char **bytes, size_t *size)
{
    const cn__rank_request r = {.command = CN_REQUEST_MODEL, .number = f->number, .argument = seed};
    CN_TRY(cn__office_ask(f->office, f, &r, bytes, size));
    if (*size) return CN_OK;
    cn__free(*bytes);
    return cn__fail(CN_ERROR_FILE, "rank %zu could not write the model of trial %zu", f->rank, f->number);
}

void cn__remote_free(cn__flight *f)
{
    const cn__rank_request r = {.command = CN_REQUEST_FORGET, .number = f->number};
    if (f->begun && cn__office_tell(f->office, f->rank, &r) != CN_OK)
        cn_error_clear(); /* it ends with its rank */
}
