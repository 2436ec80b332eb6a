import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import zlib from 'node:zlib';

/**
 * Since Node 22.15; the types are of Node 20.
 * @type {typeof zlib & { createZstdDecompress?: typeof zlib.createGunzip, zstdDecompressSync?: typeof zlib.gunzipSync }}
 */
const { createZstdDecompress, zstdDecompressSync } = zlib;

/**
 * zstd, decoded as it comes. Node has that since 22.15, but what it takes for the end is the first frame's, and it misses
 * that one is cut off; before, fzstd has it, but nothing that bounds what is decoded at once. So the frames are taken apart
 * here, and each is decoded block by block. None gets more of a window than a browser would give it.
 * @returns {Duplex}
 */
export function createUnzstd() {
  return Duplex.from(unzstd);
}

/**
 * All at once, where Node can.
 * @param {Uint8Array} body @param {{ maxOutputLength: number }} options
 */
export function unzstdSync(body, options) {
  const frames = new Frames();
  frames.add(body);
  while (frames.next());
  if (frames.count !== 1 || !frames.isBetween || !zstdDecompressSync) throw new Error('no small matter');
  return zstdDecompressSync(body, options);
}

async function* unzstd(source) {
  const frames = new Frames();
  let frame = null;
  for await (const chunk of source) {
    frames.add(chunk);
    for (let unit = frames.next(); unit; unit = frames.next()) {
      frame ??= createZstdDecompress ? new NativeFrame() : new PortableFrame(await import('fzstd'));
      yield* await frame.decode(unit);
      if (!frames.isBetween) continue;
      yield* await frame.end();
      frame = null;
    }
  }
  if (!frames.isBetween) throw new Error('unexpected end of zstd');
}

/** Node's. */
class NativeFrame {
  #decoded = [];
  #stream = createZstdDecompress().on('data', (chunk) => this.#decoded.push(chunk));

  async decode(unit) {
    await new Promise((resolve, reject) => {
      this.#stream.once('error', reject).write(unit, (error) => (error ? reject(error) : resolve()));
    });
    this.#stream.removeAllListeners('error');
    return this.#decoded.splice(0);
  }

  async end() {
    if (!this.#stream.readableEnded) await once(this.#stream.end(), 'end');
    return this.#decoded;
  }
}

/** fzstd's, which doesn't check the checksum. */
class PortableFrame {
  #decoded = [];
  #decompress;
  #units = 0;

  constructor({ Decompress }) {
    this.#decompress = new Decompress((chunk) => chunk.length > 0 && this.#decoded.push(chunk));
  }

  async decode(unit) {
    this.#decompress.push(unit);
    // It moves all of its window for each block, which may be one of a single byte.
    if (++this.#units % 8 === 0) await setImmediate();
    return this.#decoded.splice(0);
  }

  end() {
    this.#decompress.push(new Uint8Array(0), true);
    return this.#decoded;
  }
}

/** What zstd is made of (RFC 8878, 3.1), cut into headers, blocks and checksums. */
class Frames {
  #bytes = Buffer.alloc(0);
  #next = this.#frame;
  #hasChecksum = false;
  #skip = 0;
  /** How many have begun. */
  count = 0;

  /** Nothing has begun that has not ended. */
  get isBetween() {
    return (
      (this.#next === this.#frame && this.#skip === 0 && (this.count > 0 || this.#bytes.length === 0)) ||
      this.#next === this.#garbage
    );
  }

  add(chunk) {
    this.#bytes =
      this.#bytes.length > 0
        ? Buffer.concat([this.#bytes, chunk])
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  }

  /** @returns {Buffer | null} null: there must come more */
  next() {
    const skipped = Math.min(this.#skip, this.#bytes.length);
    this.#skip -= skipped;
    this.#bytes = this.#bytes.subarray(skipped);
    return this.#next();
  }

  #cut(length, next) {
    if (this.#bytes.length < length) return null;
    const unit = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    this.#next = next;
    return unit;
  }

  #frame() {
    const bytes = this.#bytes;
    if (bytes.length < 5) return null;
    const magic = bytes.readUInt32LE(0);
    if (magic >>> 4 === SKIPPABLE) {
      if (bytes.length < 8) return null;
      this.#skip = 8 + bytes.readUInt32LE(4);
      return this.next();
    }
    if (magic !== MAGIC) return this.#stop();
    const flags = bytes[4];
    const isSingle = (flags >> 5) & 1;
    const sizeAt = 6 - isSingle + [0, 1, 2, 4][flags & 3];
    const sizeBytes = [isSingle, 2, 4, 8][flags >> 6];
    if (bytes.length < sizeAt + sizeBytes) return null;
    if (windowOf(bytes, isSingle, sizeAt, sizeBytes) > WINDOW_MAX) throw new Error('zstd with too large a window');
    this.#hasChecksum = (flags & 4) !== 0;
    this.count++;
    return this.#cut(sizeAt + sizeBytes, this.#block);
  }

  #block() {
    if (this.#bytes.length < 3) return null;
    const header = this.#bytes.readUIntLE(0, 3);
    const [isLast, type, size] = [header & 1, (header >> 1) & 3, header >> 3];
    if (type === 3 || size > BLOCK_MAX) throw new Error('no zstd block');
    const after = this.#hasChecksum ? this.#checksum : this.#frame;
    return this.#cut(3 + (type === 1 ? 1 : size), isLast ? after : this.#block);
  }

  #checksum() {
    return this.#cut(4, this.#frame);
  }

  /** As after gzip, what follows is ignored. */
  #stop() {
    if (this.count === 0) throw new Error('no zstd');
    this.#next = this.#garbage;
    return this.#garbage();
  }

  #garbage() {
    this.#bytes = this.#bytes.subarray(this.#bytes.length);
    return null;
  }
}

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a5;
const BLOCK_MAX = 128 * 1024;
/** RFC 9659. */
const WINDOW_MAX = 8 * 1024 * 1024;

function windowOf(bytes, isSingle, sizeAt, sizeBytes) {
  if (!isSingle) {
    const base = 2 ** (10 + (bytes[5] >> 3));
    return base + (base / 8) * (bytes[5] & 7);
  }
  return sizeBytes === 8
    ? Number(bytes.readBigUInt64LE(sizeAt))
    : bytes.readUIntLE(sizeAt, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
}
