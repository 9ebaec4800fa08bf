/**
 * Things that come and go all the time, in order. A `Set` of them would keep each for long: V8 makes its table anew every few additions, an
 * outdated table still holds what was in it and points to the next one, and once one of them is old only a full collection ends the chain.
 */
export class Bag<T> {
  private readonly all: T[] = [];

  add(one: T): void {
    this.all.push(one);
  }

  delete(one: T): void {
    const at = this.all.indexOf(one);
    if (at >= 0) this.all.splice(at, 1);
  }

  get size(): number {
    return this.all.length;
  }

  /** Of what is in it now, whatever is added or deleted meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.all][Symbol.iterator]();
  }
}
