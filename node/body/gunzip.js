import { Transform } from 'node:stream';
import zlib from 'node:zlib';

/**
 * zlib.createGunzip(), but what follows the end and is no further gzip is ignored, as browsers do: zlib takes it for an error,
 * and what it had just decoded is lost with it. So the members are taken apart here, and zlib has only what is deflated.
 */
export class Gunzip extends Transform {
  #options;
  #next = this.#header;
  #pending = NOTHING;
  #inflate = null;
  #given = 0;
  #crc = 0;
  #bytes = 0;

  /** @param {import('node:zlib').ZlibOptions & import('node:stream').TransformOptions} options */
  constructor(options) {
    super(options);
    this.#options = options;
  }

  _transform(chunk, _encoding, done) {
    this.#step(chunk, done);
  }

  _flush(done) {
    if (this.#next === this.#after || this.#next === this.#garbage) done();
    else done(new Error('unexpected end of gzip'));
  }

  _read(size) {
    this.#inflate?.resume();
    super._read(size);
  }

  _destroy(error, done) {
    this.#inflate?.destroy();
    super._destroy(error, done);
  }

  /** Each of the steps below takes what it can and calls `done` when it wants more, or goes to the next. */
  #step(chunk, done) {
    try {
      this.#next(chunk, done);
    } catch (error) {
      done(error);
    }
  }

  #header(chunk, done) {
    const bytes = this.#take(chunk);
    const length = headerLength(bytes);
    if (length === 0) {
      this.#keep(bytes, done);
      return;
    }
    this.#begin();
    this.#next = this.#body;
    this.#step(bytes.subarray(length), done);
  }

  #body(chunk, done) {
    if (chunk.length === 0) {
      done();
      return;
    }
    this.#given += chunk.length;
    const inflate = this.#inflate;
    inflate.write(chunk, (error) => {
      if (error) return;
      const left = this.#given - inflate.bytesWritten;
      if (left === 0) {
        done();
        return;
      }
      this.#next = this.#trailer;
      const goOn = () => this.#step(chunk.subarray(chunk.length - left), done);
      if (inflate.readableEnded) goOn();
      else inflate.once('end', goOn);
    });
  }

  #trailer(chunk, done) {
    const bytes = this.#take(chunk);
    if (bytes.length < TRAILER_BYTES) {
      this.#keep(bytes, done);
      return;
    }
    if (bytes.readUInt32LE(0) !== this.#crc) throw new Error('incorrect gzip checksum');
    if (bytes.readUInt32LE(4) !== this.#bytes % 2 ** 32) throw new Error('incorrect gzip length');
    this.#inflate.destroy();
    this.#next = this.#after;
    this.#step(bytes.subarray(TRAILER_BYTES), done);
  }

  #after(chunk, done) {
    const bytes = this.#take(chunk);
    if (bytes.length < 2) {
      this.#keep(bytes, done);
      return;
    }
    this.#next = isMember(bytes) ? this.#header : this.#garbage;
    this.#step(bytes, done);
  }

  #garbage(_chunk, done) {
    done();
  }

  /** A member. */
  #begin() {
    this.#given = this.#crc = this.#bytes = 0;
    const inflate = zlib.createInflateRaw(this.#options);
    inflate.on('error', (error) => this.destroy(error));
    inflate.on('data', (out) => {
      this.#crc = zlib.crc32(out, this.#crc);
      this.#bytes += out.length;
      if (!this.push(out)) inflate.pause();
    });
    this.#inflate = inflate;
  }

  #take(chunk) {
    const bytes = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk;
    this.#pending = NOTHING;
    return bytes;
  }

  #keep(bytes, done) {
    this.#pending = bytes;
    done();
  }
}

const NOTHING = Buffer.alloc(0);
const TRAILER_BYTES = 8;
const HEADER_BYTES_MAX = 128 * 1024;
const [FHCRC, FEXTRA, FNAME, FCOMMENT, RESERVED] = [2, 4, 8, 16, 0xe0];

function isMember(bytes) {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** RFC 1952, 2.3. @returns {number} 0: there is more of it to come */
function headerLength(bytes) {
  if (bytes.length > 0 && bytes[0] !== 0x1f) throw new Error('no gzip');
  if (bytes.length < 10) return 0;
  const flags = bytes[3];
  if (!isMember(bytes) || bytes[2] !== 8 || flags & RESERVED) throw new Error('no gzip');
  let at = 10;
  if (flags & FEXTRA) at += bytes.length >= 12 ? 2 + bytes.readUInt16LE(10) : bytes.length;
  for (const flag of [FNAME, FCOMMENT]) {
    if (!(flags & flag)) continue;
    const end = bytes.indexOf(0, at);
    at = end < 0 ? Infinity : end + 1;
  }
  if (flags & FHCRC) at += 2;
  if (at <= bytes.length) return at;
  if (bytes.length > HEADER_BYTES_MAX) throw new Error('a gzip header without end');
  return 0;
}
