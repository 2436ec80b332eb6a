/** What the chunks of bodies cost, which lie outside V8's heap. */

let keeps = false;

/**
 * V8 frees the chunks of a body when it collects its young objects, and that is when these have filled their few megabytes:
 * chunks lie outside its heap, and hardly count there, until 32 MB of them have gathered, whatever its flags. So with each comes
 * half as much of garbage in the heap, which brings a collection of less than a millisecond after some 8 MB.
 * @param {number} bytes of memory that will be garbage soon
 */
export function addYoungGarbage(bytes) {
  for (let left = bytes; left > 0; left -= PIECE) _made += new Array(Math.min(left, PIECE) >> 4).length; // 8 bytes each
}

/** Only counted: one that is stored while V8 marks what is alive is alive, and it would wait longer the next time. */
let _made = 0;

/** Arrays of 128 KiB would be mapped by the system, one by one. */
const PIECE = 64 * 1024;

/**
 * Let glibc's malloc keep what is freed, up to twice KEPT: it gives memory at the end of its heap back as soon as that is
 * 128 KiB, and the next chunks make the system find and clear the same pages anew, which was a fifth of the time that a gigabyte
 * took. It raises that limit to twice the size of the largest block that it had mapped and has unmapped (mallopt(3),
 * M_MMAP_THRESHOLD), so one is allocated, and never written to; garbage at once.
 */
export function keepFreedMemory() {
  if (keeps) return;
  keeps = true;
  _made += Buffer.allocUnsafeSlow(KEPT).length;
}

const KEPT = 8 * 1024 * 1024;
