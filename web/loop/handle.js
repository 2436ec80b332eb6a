import { kindOf } from '../common/kind-of.js';

/** A callback that will run once: asyncio.Handle. */
export class Handle {
  #loop;
  #callback;
  #args;
  #captured;
  #slot = 0;
  #cancelled = false;

  /** @internal @param {import('./event-loop.js').Loop} loop */
  constructor(loop, callback, args) {
    if (typeof callback !== 'function') throw new TypeError(`a callback is a function, not ${kindOf(callback)}`);
    this.#loop = loop;
    this.#callback = callback;
    this.#args = args;
    this.#captured = loop.context.capture();
  }

  /** @internal @param {(slot: number) => number} schedule */
  schedule(schedule) {
    this.#slot = this.#loop.bridge.call(this, schedule);
    return this;
  }

  /** @internal */
  run() {
    this.#slot = 0;
    this.onOver();
    try {
      this.#loop.context.run(undefined, this.#callback, this.#args, this.#captured);
    } catch (exception) {
      this.#loop.callExceptionHandler({ message: 'Exception in callback', exception, handle: this });
    }
  }

  /** Take it back: it will not run. One that has run is left as it is. */
  cancel() {
    if (this.#slot === 0) return;
    this.#cancelled = true;
    this.#loop.bridge.callOff(this.#slot);
    this.#slot = 0;
    this.onOver();
  }

  cancelled() {
    return this.#cancelled;
  }

  /** @internal It is not pending any more. */
  onOver() {}
}

/** One with a deadline: asyncio.TimerHandle. */
export class TimerHandle extends Handle {
  #timers;
  #when;

  /** @internal @param {Set<TimerHandle>} timers those that are pending */
  constructor(loop, timers, when, callback, args) {
    super(loop, callback, args);
    this.#timers = timers;
    this.#when = when;
    timers.add(this);
  }

  /** On the clock of loop.time(), in seconds. */
  when() {
    return this.#when;
  }

  /** @internal */
  onOver() {
    this.#timers.delete(this);
  }
}
