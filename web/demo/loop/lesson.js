import { createLesson } from './module.js';

/**
 * A moment of a program, and what stands in the loop then.
 * @typedef {object} Moment
 * @property {'mark' | 'turn' | 'sleep'} kind the program is at a line; a turn is over; nothing is ready until `next`
 * @property {number} step of the document's eight; 0: none of them
 * @property {string | null} text that is printed
 * @property {number} line of src/host/lesson.c; 0: none
 * @property {number} now milliseconds since the loop was made
 * @property {number} timers how many are pending
 * @property {number} next when the first of them is due; negative: none
 * @property {string[]} ready whose turn it is, in order
 * @property {{ name: string, coroutine: string, line: number, awaits: string, awaited: string, since: number }[]} tasks
 * @property {number} turn how many turns have begun
 */

/** Runs a program of src/host/lesson.c, moment by moment: the loop is turned here. */
export class Lesson {
  #module;
  #moments = [];
  #ready = [];
  #tasks = [];
  #turn = 0;
  #last = null;
  #state = 'closed'; // 'open', 'ended'

  static async load() {
    const lesson = new Lesson();
    const told = {
      onReady: (name) => lesson.#ready.push(name),
      onTask: (task) => lesson.#tasks.push(task),
      onMoment: (moment) => lesson.#add('mark', moment),
    };
    lesson.#module = await createLesson(told);
    return lesson;
  }

  /** Begin one of them anew. @param {number} program */
  open(program) {
    this.#moments = [];
    this.#turn = 0;
    this.#state = 'open';
    this.#module._fl__lesson_open(program);
    this.#tell(2);
  }

  /** The next moment; null when the loop is closed. @returns {Moment | null} */
  next() {
    while (this.#moments.length === 0) if (!this.#goOn()) return null;
    this.#last = this.#moments.shift();
    return this.#last;
  }

  /** Let something happen. Gives whether anything can. */
  #goOn() {
    if (this.#state === 'closed') return false;
    if (this.#state === 'ended') {
      this.#module._fl__lesson_close();
      this.#state = 'closed';
      this.#tell(8);
      return true;
    }
    const { ready, next, now, kind } = this.#last;
    if (ready.length === 0 && next > now) {
      if (kind !== 'sleep') this.#moments.push({ ...this.#last, kind: 'sleep', step: 0, text: null });
      else this.#wake(next - now);
      return true;
    }
    this.#runTurn();
    return true;
  }

  #wake(milliseconds) {
    this.#module._fl__lesson_pass(milliseconds);
    this.#runTurn();
  }

  #runTurn() {
    this.#turn++;
    if (this.#module._fl__lesson_turn()) this.#state = 'ended';
    this.#tell(0);
  }

  /** Of the moment between two turns. */
  #tell(step) {
    this.#module._fl__lesson_tell(step);
    this.#moments.at(-1).kind = 'turn';
  }

  #add(kind, moment) {
    this.#moments.push({ kind, ...moment, ready: this.#ready, tasks: this.#tasks, turn: this.#turn });
    this.#ready = [];
    this.#tasks = [];
  }
}
