/** A JSON object a line for each URL. @param {import('../output.js').Output} output @returns {import('../run.js').Sink} */
export function jsonlFormat(output) {
  return { onRecord: (record) => output.line(jsonLine(record)) };
}

/** JSON that is harmless in a terminal, too: JSON.stringify() leaves DEL and C1 as they are. @param {object} record */
export function jsonLine(record) {
  return JSON.stringify(record).replace(/[\u007f-\u009f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}
