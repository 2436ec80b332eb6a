/* In the browser's build assert() stands for a trap: what failed is known by where it stopped, and no texts are
 * shipped.
 */
#undef assert
#define assert(condition) ((condition) ? (void)0 : __builtin_trap())
#define static_assert _Static_assert
