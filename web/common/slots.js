/**
 * Things by a number, which C is given to give back. Not a Map: V8 makes one anew whenever as much has come and gone as it
 * holds, and each links to the next; so once garbage of it is old, all that later ones held is found alive by the young
 * generation's collector. For what comes and goes with each request that is a fifth of the throughput.
 * @template [T=any]
 */
export class Slots {
  #things = [null]; // 0 is nobody's
  #free = [];

  /** @param {T} thing @returns {number} free again once it is removed */
  add(thing) {
    const number = this.#free.pop() ?? this.#things.length;
    this.#things[number] = thing;
    return number;
  }

  /** @returns {T} */
  get(number) {
    return this.#things[number];
  }

  /** To be called once. @returns {T} */
  remove(number) {
    const thing = this.#things[number];
    this.#things[number] = null;
    this.#free.push(number);
    return thing;
  }

  /** @param {(thing: any) => boolean} matches is given null for what was removed, too */
  filter(matches) {
    return this.#things.filter(matches);
  }
}
