/** File names of what strangers call things: nothing in them leads elsewhere, or is more than a name on any system. */
import { createHash } from 'node:crypto';

/** Room for what is added: a number, the dot and end of a temporary file's; a name has 255 bytes. */
const NAME_BYTES_MAX = 200;

/** Not in a name: controls, and what Windows and the shells of some give a meaning. */
const BAD = /[\u0000-\u001f\u007f-\u009f<>:"|?*\\/]/g;
/** What changes how a name is shown, and so what it seems to be. */
const INVISIBLE = /[\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\.|$)/i;

/**
 * One name. @param {string} text @returns {string} not empty, no dot at its start: it hides nothing, and is not `..`
 */
export function safeName(text) {
  const name = text
    .replace(BAD, '_')
    .replace(INVISIBLE, '_')
    .replace(/^\.+/, (dots) => '_'.repeat(dots.length))
    .replace(/[. ]+$/, (end) => '_'.repeat(end.length));
  return fit(DEVICE.test(name) ? `_${name}` : name || '_');
}

/** Several, with / between them: a relative path that goes down only. @param {string} text */
export function safePath(text) {
  return text.split('/').filter(Boolean).map(safeName).join('/');
}

/** A name that is too long keeps its beginning and end, and is still its own. */
function fit(name) {
  if (Buffer.byteLength(name) <= NAME_BYTES_MAX) return name;
  const [end] = /\.\w{1,10}$/.exec(name) ?? [''];
  const hash = shortHash(name);
  const most = NAME_BYTES_MAX - hash.length - end.length - 1;
  let begin = Buffer.from(name).subarray(0, most).toString();
  begin = begin.replace(/\ufffd+$/, ''); // half a character
  return `${begin}-${hash}${end}`;
}

/** @param {string} text @returns {string} 16 hex digits */
export function shortHash(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
