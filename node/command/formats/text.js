import { printableUrl } from '../../../web/response/errors.js';
import { painter } from '../output.js';
import { secondsText, sizeText } from '../text.js';

/** A line for people for each URL. @param {import('../output.js').Output} output @returns {import('../run.js').Sink} */
export function textFormat(output) {
  const paint = painter(process.stdout);
  return { onRecord: (record) => output.line(lineOf(record, paint)) };
}

/** @param {import('../records.js').Record} record @param {(style: string, text: string) => string} paint */
function lineOf({ url, response_code, exitcode, errormsg, skipped, time_total, size_download }, paint) {
  const failed = exitcode !== 0;
  const style = failed || response_code >= 500 ? 'red' : response_code >= 400 ? 'yellow' : 'green';
  const what = paint(style, (failed ? 'fail' : skipped ? 'skip' : String(response_code)).padEnd(4));
  const columns = `${what} ${secondsText(time_total).padStart(8)} ${sizeText(failed ? null : size_download).padStart(9)}`;
  return `${columns}  ${failed ? errormsg : printableUrl(url)}`;
}
