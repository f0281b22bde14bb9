/** The least class that is an `Event` and carries its data: with one field. For the floors. */
export class DataEvent extends Event {
  readonly #data: string

  constructor(type: string, data: string) {
    super(type)
    this.#data = data
  }

  get data(): string {
    return this.#data
  }
}
