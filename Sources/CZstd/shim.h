// ZSTD_createDDict_byReference is among the declarations that this asks for.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zdict.h>
