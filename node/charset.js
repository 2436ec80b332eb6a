import { decodeText as decode } from '../web/response/charset.js';

/** What the bytes from 0x80 to 0x9f are in windows-1252, by which the Web reads ISO-8859-1, too (WHATWG, Encoding). */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** Node's; some versions (20.18.3 and later, some of 22 and 24) leave these as they are: nodejs/node#56542. Others leave none of them. */
class Decoder extends TextDecoder {
  decode(body) {
    const text = super.decode(body);
    if (this.encoding !== 'windows-1252') return text;
    return text.replace(/[\x80-\x9f]/g, (c) => WINDOWS_1252[c.charCodeAt(0) - 0x80]);
  }
}

/** @type {(body: ArrayBuffer, contentType: string | null) => string} */
export const decodeText = (body, contentType) => decode(body, contentType, Decoder);
