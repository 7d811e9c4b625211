// What Swift's Glibc module lacks; one small function per need, no state.
#ifndef CPLATFORM_H
#define CPLATFORM_H
#endif
