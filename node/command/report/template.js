import { readFile } from 'node:fs/promises';
import { REPORT_PAGE } from '../places.js';
import { UsageError } from '../usage-error.js';

/** What is before, between and behind the page's data: tools/report.js makes it of page/. @returns {Promise<{ head: string, between: string, tail: string }>} */
export async function readTemplate() {
  const page = await readFile(REPORT_PAGE, 'utf8').catch(() => {
    throw new UsageError("--report: its page isn't built; `make` builds it");
  });
  const [before, between, behind] = page.split(/<!-- (?:rows|run) -->/);
  const begin = (id) => `<script type="application/json" id="${id}">`;
  return { head: before + begin('rows'), between: END + between + begin('run'), tail: END + behind };
}

const END = '</script>';

/**
 * JSON for within a script element: what would end it, or begin a comment, can't be in it; and U+2028 and U+2029 are
 * harmless to whoever reads it as a program.
 * @param {any} value
 */
export function jsonForScript(value) {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
