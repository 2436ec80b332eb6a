/** Files that the command finds beside itself, both in the sources and in build/node, which lies as deep. */
export const REPORT_PAGE = new URL('../../build/report.html', import.meta.url);
export const COMPARE_SCRIPTS = new URL('../../node/command/compare/', import.meta.url);
