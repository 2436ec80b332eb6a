import { harmless, printableUrl } from '../../../web/response/errors.js';
import { countText, secondsText, sizeText } from '../text.js';

/** A table, and the failures below it: for a pull request or an issue. @param {import('../output.js').Output} output @returns {import('../run.js').Sink} */
export function markdownFormat(output) {
  const failures = [];
  let head = '| Status | Time | Size | URL |\n| ---: | ---: | ---: | --- |\n';
  return {
    onRecord(record) {
      if (record.exitcode !== 0) failures.push(`- ${plain(record.errormsg)} (${record.exitcode})`);
      const text = head + rowOf(record);
      head = '';
      return output.write(text);
    },
    async onEnd({ summary }) {
      output.line(`\n${countText(summary.done, 'URL')}, ${summary.failed} failed.`);
      if (failures.length > 0) output.line('\n## Failures\n');
      for (const failure of failures) await output.line(failure);
    },
  };
}

function rowOf({ url, response_code, exitcode, time_total, size_download }) {
  const status = exitcode === 0 ? String(response_code || 'skip') : `**${response_code || 'fail'}**`;
  return `| ${status} | ${secondsText(time_total)} | ${sizeText(size_download)} | ${link(printableUrl(url))} |\n`;
}

function link(url) {
  return /^https?:\/\/[^\s<>]+$/i.test(url) ? `<${url.replaceAll('|', '%7C')}>` : plain(url);
}

/** Text that is nothing else to Markdown, HTML or a table. */
function plain(text) {
  return harmless(text).replace(/[\\`*_{}[\]<>|~&]/g, (c) => `&#${c.charCodeAt(0)};`);
}
