/** Things that change, and tell whoever follows them. */

export abstract class Teller {
  readonly #listeners = new Set<() => void>();

  /** Calls a listener after each change; returns what ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  protected tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** A value in the hands of several parts of the page. */
export class Held<Value> extends Teller {
  #value: Value;

  constructor(first: Value) {
    super();
    this.#value = first;
  }

  get value(): Value {
    return this.#value;
  }

  set value(next: Value) {
    this.#value = next;
    this.tell();
  }
}
