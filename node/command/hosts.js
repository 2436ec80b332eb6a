import { printable } from '../../web/response/errors.js';
import { splitUrl } from '../wire/split-url.js';
import { columns } from './table.js';
import { countText, durationText, sizeText } from './text.js';

/** A list may have a million; those that come after as many are told of together. */
const HOSTS_MAX = 10_000;
/** How many of them are told of without --host-stats. */
const TOLD = 5;

/** How each host did: a sink, and lines for the summary. */
export class Hosts {
  #hosts = new Map();

  /** @param {import('./records.js').Record} record */
  onRecord({ url, exitcode, size_download, time_total }) {
    const host = this.#hostOf(url);
    if (!host) return;
    host.done++;
    if (exitcode !== 0) host.failed++;
    host.bytes += size_download ?? 0;
    if (time_total === null) return;
    host.timed++;
    host.time += time_total;
    host.slowest = Math.max(host.slowest, time_total);
  }

  #hostOf(url) {
    let origin;
    try {
      ({ origin } = splitUrl(url));
    } catch {
      return null; // no URL, no host
    }
    if (!this.#hosts.has(origin) && this.#hosts.size >= HOSTS_MAX) origin = 'all others';
    const known = this.#hosts.get(origin);
    if (known) return known;
    const host = { done: 0, failed: 0, bytes: 0, timed: 0, time: 0, slowest: 0 };
    this.#hosts.set(origin, host);
    return host;
  }

  /**
   * The most failing first, then the slowest.
   * @param {boolean} all also one alone; else the first few of several
   * @returns {string[]}
   */
  lines(all) {
    if (this.#hosts.size < (all ? 1 : 2)) return [];
    const mean = ({ time, timed }) => (timed > 0 ? time / timed : 0);
    const sorted = [...this.#hosts].sort(([, a], [, b]) => b.failed - a.failed || mean(b) - mean(a));
    const told = all ? sorted : sorted.slice(0, TOLD);
    const rows = told.map(([origin, host]) => [
      printable(origin),
      String(host.done),
      String(host.failed),
      sizeText(host.bytes),
      durationText(host.timed > 0 ? mean(host) * 1000 : null),
      durationText(host.timed > 0 ? host.slowest * 1000 : null),
    ]);
    const more = sorted.length - told.length;
    return [
      ...columns([['host', 'URLs', 'failed', 'bytes', 'mean', 'slowest'], ...rows]),
      ...(more > 0 ? [`  and ${countText(more, 'host')} more: --host-stats`] : []),
    ];
  }
}
