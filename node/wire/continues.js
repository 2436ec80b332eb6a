/**
 * Passes over each 100 Continue before a response, which undici takes for a bad one, for it never asks for any; but some
 * servers send it all the same, and a client must be able to read that (RFC 9110, 15.2).
 */
export class Continues {
  #due = false; // the beginning of a response, or of what comes before it
  #held = NOTHING;

  /** A request goes out: what comes next is the beginning of its response. */
  expect() {
    this.#due = true;
    this.#held = NOTHING;
  }

  /** @param {import('node:net').Socket} socket whose read() gives no more of them from now on */
  watch(socket) {
    const read = socket.read.bind(socket);
    socket.read = (size) => {
      let chunk = read(size);
      while (this.#due && chunk !== null) {
        chunk = this.#pass(chunk);
        if (chunk.length > 0) break;
        chunk = read(size);
      }
      return chunk;
    };
  }

  /** @returns {Buffer} what of it, and of what was held, is none */
  #pass(chunk) {
    let bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    const others = [];
    while (INTERIM.test(startOf(bytes)) && bytes.includes(END)) {
      const end = bytes.indexOf(END) + END.length;
      if (!CONTINUE.test(startOf(bytes))) others.push(bytes.subarray(0, end));
      bytes = bytes.subarray(end);
    }
    this.#due = bytes.length < HEAD_MAX && mayBegin(startOf(bytes));
    this.#held = this.#due ? bytes : NOTHING;
    const rest = this.#due ? NOTHING : bytes;
    return others.length > 0 ? Buffer.concat([...others, rest]) : rest;
  }
}

const NOTHING = Buffer.alloc(0);
const LINE = 'HTTP/1.1 100 ';
const CONTINUE = /^HTTP\/1\.1 100[ \r]/;
/** After one of them a 100 may come still; not after a 101. */
const INTERIM = /^HTTP\/1\.1 1(?!01)\d\d[ \r]/;
const END = '\r\n\r\n';
const HEAD_MAX = 16 * 1024;

function startOf(bytes) {
  return bytes.latin1Slice(0, Math.min(bytes.length, LINE.length));
}

/** One, of which the rest is to come. */
function mayBegin(start) {
  return INTERIM.test(start + LINE.slice(start.length));
}
