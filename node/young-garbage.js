let _garbage = null;

/**
 * V8 frees the chunks of a body when it collects its young objects, and that is when these have filled their few megabytes:
 * chunks lie outside its heap, and hardly count there, until 32 MB of them have gathered, whatever its flags. So with each comes
 * half as much of garbage in the heap, which brings a collection of less than a millisecond after some 8 MB.
 * @param {number} bytes of memory that will be garbage soon
 */
export function addYoungGarbage(bytes) {
  _garbage = new Array(bytes >> 4); // 8 bytes each
  _garbage = null; // what is found alive makes V8 wait longer
}
