import { marksOf, PHASE_TITLES, showLegend, Waterfall } from '../../../../web/waterfall/waterfall.js';
import { phaseSums, readRequests } from './data.js';
import { showDetails } from './details.js';
import { byId } from './dom.js';
import { showFailures } from './failures.js';
import { durationText } from './figures.js';
import { showHeadline } from './headline.js';
import { showHistogram } from './histogram.js';
import { showHosts } from './hosts.js';
import { showRequests } from './requests.js';

const run = JSON.parse(byId('run').textContent);
const requests = readRequests(byId('rows').textContent);
byId('rows').remove(); // the browser needn't keep the text, too

const ORDERS = {
  start: (rows) => rows,
  slowest: (rows) => [...rows].sort((a, b) => (b.total ?? -1) - (a.total ?? -1)),
  host: (rows) => [...rows].sort((a, b) => a.host.localeCompare(b.host) || a.start - b.start),
  failed: (rows) => [...rows].sort((a, b) => Number(b.failed) - Number(a.failed)),
};

const waterfall = new Waterfall(byId('waterfall'), {
  title: 'Waterfall of the requests',
  describe: (row) => [
    row.url,
    row.failed ? (row.message ?? row.cause) : row.note,
    phaseSums(row)
      .map(([phase, ms]) => `${PHASE_TITLES[phase]} ${durationText(ms)}`)
      .join(' · '),
  ],
  onSelect: showDetails,
  onFit: (fits) => byId('fit').setAttribute('aria-pressed', String(fits)),
});
/** More than these are first seen as a whole. */
const ROWS_WITH_TEXT = 60;
let shown = requests;
let ordered = requests;
function showRows() {
  ordered = ORDERS[byId('order').value](shown);
  waterfall.setRows(ordered, Math.max(run.wall, 1));
}

const table = showRequests(requests, {
  select(request) {
    waterfall.fits = false;
    waterfall.select(ordered.indexOf(request));
    byId('waterfall-title').scrollIntoView({ block: 'start' });
  },
  filter(matching) {
    shown = matching;
    showRows();
  },
});

showHeadline(run, requests);
showFailures(requests, (cause) => table.find(cause, 'failed'));
showHistogram(requests);
showHosts(requests, (host) => table.find(host));
showLegend(byId('legend'), marksOf(requests));
showRows();
waterfall.fits = requests.length > ROWS_WITH_TEXT;

byId('order').addEventListener('change', showRows);
byId('zoom-in').addEventListener('click', () => waterfall.zoom(1.6));
byId('zoom-out').addEventListener('click', () => waterfall.zoom(1 / 1.6));
byId('whole').addEventListener('click', () => waterfall.reset());
byId('fit').addEventListener('click', () => {
  waterfall.fits = !waterfall.fits;
});
