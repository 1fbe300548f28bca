/**
 * Finds the unit that makes a chunk fail, by trying smaller ones: the units before the one that threw where it is known
 * which did, halves where a whole batch failed.
 */
export class Bisection {
  /** How many of the next units are known to have a bad one among them; 0 when nothing is suspected. */
  #suspects = 0
  /** How many good ones are before it; null when that is not known. */
  #before: number | null = null

  /** How many units to try next; null when nothing is suspected. */
  get limit(): number | null {
    if (this.#suspects === 0) return null
    return Math.max(1, this.#before ?? Math.floor(this.#suspects / 2))
  }

  /** A chunk of so many units failed; at this one, where that is known. */
  failed(units: number, at: number | null): void {
    this.#suspects = units
    this.#before = at
  }

  /** So many units went well. */
  succeeded(units: number): void {
    if (this.#suspects === 0) return
    this.#suspects = Math.max(0, this.#suspects - units)
    if (this.#before !== null) this.#before -= units
    if (this.#before !== null && this.#before < 0) this.clear()
  }

  /** The bad one was found, or there is none. */
  clear(): void {
    this.#suspects = 0
    this.#before = null
  }
}
