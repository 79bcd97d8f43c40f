/* Versions of the libraries, as they say themselves. */
#include "data/libraries/libraries.h"

#include <cmark-gfm.h>
#include <dlfcn.h>
#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <zip.h>
#include <zlib.h>
/* after stdio.h, which it needs */
#include <jpeglib.h>
#ifndef CN_LATER_CURL
#include <curl/curl.h>
#endif
#ifndef CN_LATER_HDF5
#include <hdf5.h>
#endif
#if defined(CN_HAS_ZSTD) && !defined(CN_LATER_ZSTD)
#include <zstd.h>
#endif
#if defined(CN_HAS_MHD) && !defined(CN_LATER_MHD)
#include <microhttpd.h>
#endif

#include "base/text/text.h"
#include "data/libraries/cairo.h"

#define TEXT(number) #number
#define VALUE(number) TEXT(number)

/* The library, where it can be loaded, and the address of one of its functions; NULL: it was not found. */
static void *symbol_of(const char *file, const char *name)
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    return library ? dlsym(library, name) : NULL;
}

static void set(cn__library_state *s, const char *name, const char *use, const char *version)
{
    *s = (cn__library_state){.name = name, .use = use, .found = version != NULL};
    cn__format(s->version, sizeof s->version, "%s", version ? version : "");
}

#if defined(CN_LATER_CURL) || defined(CN_LATER_ZSTD) || defined(CN_LATER_MHD)
/* A function that returns a text, of a library that is linked or loaded. */
static const char *call_text(void *symbol)
{
    const char *(*function)(void) = NULL;
    memcpy(&function, &symbol, sizeof function);
    return function ? function() : NULL;
}
#endif

static void set_curl(cn__library_state *s)
{
    static const char use[] = "downloads";
#ifdef CN_LATER_CURL
    set(s, "curl", use, call_text(symbol_of(CN_LATER_CURL, "curl_version")));
    s->later = true;
#else
    set(s, "curl", use, curl_version());
#endif
    char *version = strstr(s->version, "libcurl/"); /* "libcurl/7.88.1 OpenSSL/3.0.15 …" */
    if (version) memmove(s->version, version + 8, strlen(version + 8) + 1);
    s->version[strcspn(s->version, " ")] = '\0';
}

static void set_hdf5(cn__library_state *s)
{
    unsigned v[3] = {0};
    char version[48] = "";
    int (*get)(unsigned *, unsigned *, unsigned *) = NULL;
#ifdef CN_LATER_HDF5
    void *symbol = symbol_of(CN_LATER_HDF5, "H5get_libversion");
    memcpy(&get, &symbol, sizeof get);
#else
    get = (int (*)(unsigned *, unsigned *, unsigned *))H5get_libversion;
#endif
    if (get && get(&v[0], &v[1], &v[2]) >= 0)
        cn__format(version, sizeof version, "%u.%u.%u", v[0], v[1], v[2]);
    set(s, "hdf5", ".keras, .h5 and .weights.h5 files", *version ? version : NULL);
#ifdef CN_LATER_HDF5
    s->later = true;
#endif
}

#ifdef CN_HAS_ZSTD
static void set_zstd(cn__library_state *s)
{
    static const char use[] = "tables that zstd packed";
#ifdef CN_LATER_ZSTD
    set(s, "zstd", use, call_text(symbol_of(CN_LATER_ZSTD, "ZSTD_versionString")));
    s->later = true;
#else
    set(s, "zstd", use, ZSTD_versionString());
#endif
}
#endif

/* Whatever the build found: the program asks for it when there is an SVG. */
static void set_rsvg(cn__library_state *s)
{
    const unsigned *v[3];
    static const char *const names[] = {"rsvg_major_version", "rsvg_minor_version", "rsvg_micro_version"};
    char version[48] = "";
    for (int i = 0; i < 3; i++) v[i] = symbol_of("librsvg-2.so.2", names[i]);
    if (v[0] && v[1] && v[2]) cn__format(version, sizeof version, "%u.%u.%u", *v[0], *v[1], *v[2]);
    set(s, "librsvg", "SVG pictures in labs", *version ? version : NULL);
    s->later = s->optional = true;
}

#ifdef CN_HAS_MHD
static void set_microhttpd(cn__library_state *s)
{
    static const char use[] = "cornu lab serve";
#ifdef CN_LATER_MHD
    set(s, "libmicrohttpd", use, call_text(symbol_of(CN_LATER_MHD, "MHD_get_version")));
    s->later = true;
#else
    set(s, "libmicrohttpd", use, MHD_get_version());
#endif
}
#endif

size_t cn__libraries(cn__library_state out[CN_LIBRARIES])
{
    size_t n = 0;
    set(&out[n++], "zlib", "packed files", zlibVersion());
#ifdef LIBJPEG_TURBO_VERSION
    set(&out[n++], "libjpeg-turbo", "JPEG images", VALUE(LIBJPEG_TURBO_VERSION));
#else
    set(&out[n++], "libjpeg", "JPEG images", VALUE(JPEG_LIB_VERSION));
#endif
    set(&out[n++], "libzip", ".keras and .npz files", zip_libzip_version());
    set(&out[n++], "jansson", "JSON", jansson_version_str());
    const bool draws = cn__cairo_load() == CN_OK;
    set(&out[n++], "cairo", "figures as PDF and PNG", draws ? cairo_version_string() : NULL);
    set(&out[n++], "pango", "text of figures and PDF", draws ? pango_version_string() : NULL);
#ifdef CN_LATER_CAIRO
    out[n - 2].later = out[n - 1].later = true;
#endif
    set(&out[n++], "cmark-gfm", "Markdown of labs", cmark_version_string());
    set(&out[n++], "sqlite3", "cache of results", sqlite3_libversion());
    set(&out[n++], "protobuf-c", "ONNX and event files", protobuf_c_version());
    set_hdf5(&out[n++]);
    set_curl(&out[n++]);
#ifdef CN_HAS_ZSTD
    set_zstd(&out[n++]);
#endif
#ifdef CN_HAS_MHD
    set_microhttpd(&out[n++]);
#endif
    set_rsvg(&out[n++]);
    return n;
}
