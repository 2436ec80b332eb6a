import { countText, sizeText } from '../text.js';
import { clockText, rateText } from './figures.js';

const FIRST_MS = 2000;
const EVERY_MS = 10_000;

/** How a run goes, in whole sentences now and then: for logs, dumb terminals, and those who hear them read out. */
export class PlainLines {
  #meter;
  #timer;

  /** @param {import('./meter.js').Meter} meter */
  constructor(meter) {
    this.#meter = meter;
    this.#meter.read();
    this.#timer = setTimeout(() => this.#say(), FIRST_MS);
  }

  #say() {
    const reading = this.#meter.read();
    if (reading) process.stderr.write(`${sentence(reading)}\n`);
    this.#timer = setTimeout(() => this.#say(), EVERY_MS);
  }

  close() {
    clearTimeout(this.#timer);
  }
}

/** @param {import('./meter.js').Reading} reading */
function sentence({ done, total, isExact, failed, inFlight, rate, bytes, eta }) {
  const of = total === null ? '' : ` of ${isExact ? '' : 'about '}${total}`;
  const left = eta === null ? '' : `, about ${clockText(eta)} left`;
  return `${countText(done, 'URL')}${of} done, ${failed} failed, ${inFlight} in flight, ${rateText(rate)} a second, ${sizeText(bytes)}${left}`;
}
