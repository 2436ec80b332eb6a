/* In a page that has the loop, its errors have names and messages, too. Linked by name: error.c's are there already. */
#include "../../loop/error_texts.h"

const char fl__error_texts[] = FL__ERRORS_SESSION(FL__TEXTS) FL__ERRORS_WIRE(FL__NO_TEXTS) FL__ERRORS_LOOP(FL__TEXTS);
