import { ListLength } from './list-length.js';

/** A run that is over by then shows nothing, and loads nothing. */
const SHOWN_AFTER_MS = 300;

/** How a run goes, on stderr, as long as it does: a view on a terminal that can be drawn on, else lines now and then. */
export class Progress {
  #values;
  #output;
  #before;
  #length = new ListLength();
  #flights = null;
  #timer;
  #view = null;

  /**
   * @param {import('../parse.js').Values} values
   * @param {import('../output.js').Output} output
   * @param {{ size: number, failed: number }} [before] what has ended in earlier runs
   */
  static async make(values, output, before = { size: 0, failed: 0 }) {
    const progress = new Progress();
    progress.#values = values;
    progress.#output = output;
    progress.#before = before;
    if (values.waterfall && canDraw(values)) progress.#flights = new (await import('./flights.js')).Flights();
    return progress;
  }

  /** @param {any} list @param {string[]} urls @param {string[]} files what it is made of */
  watch(list, urls, files) {
    this.#length.estimate(urls, files, this.#before.size);
    return this.#length.counted(list);
  }

  /** @returns {import('../run.js').Sink} */
  get sink() {
    return {
      onStart: (session, summary) => {
        this.#timer = setTimeout(() => this.#show(session, summary), SHOWN_AFTER_MS);
      },
      ...(this.#flights && { onTrace: (event) => this.#flights.onTrace(event) }),
      onEnd: () => this.#close(),
      onClose: () => this.#close(),
    };
  }

  async #show(session, summary) {
    const draws = canDraw(this.#values);
    const [{ Meter }, { View, PlainLines }] = await Promise.all([
      import('./meter.js'),
      draws ? import('./view.js') : import('./plain-lines.js'),
    ]);
    if (this.#timer === null) return; // ended meanwhile
    const meter = new Meter(session, summary, this.#length, this.#before);
    this.#view = draws ? new View(meter, this.#flights, this.#output) : new PlainLines(meter);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#view?.close();
    this.#view = null;
  }
}

function canDraw({ plain }) {
  return Boolean(process.stderr.isTTY) && process.env.TERM !== 'dumb' && !plain;
}
