/* Names and messages of the errors in turn, each with a NUL: pointers to them would be as large again. */
#ifndef FL_ERROR_TEXTS_H
#define FL_ERROR_TEXTS_H

#include "../fetchloop.h"

#define FL__TEXTS(name, curl, message) #name "\0" message "\0"
#define FL__NO_TEXTS(name, curl, message) "\0\0"

extern const char fl__error_texts[];

#endif
