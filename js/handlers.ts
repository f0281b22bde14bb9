/** Event handler attributes, as the standard's event handler algorithms say. Knows nothing of sources. */

import { addEventListener, removeEventListener } from './event-target.js'
import { isObject } from './is-object.js'
import type { Listeners } from './listeners.js'

type Callback = object | null

interface Handler {
  callback: Callback
  listener: (event: Event) => void
}

/** The event handlers of one target. */
export class Handlers {
  readonly #handlers = new Map<string, Handler>()
  readonly #listeners: Listeners

  constructor(listeners: Listeners) {
    this.#listeners = listeners
  }

  get(type: string): Callback {
    return this.#handlers.get(type)?.callback ?? null
  }

  /**
   * > If the given value is null, then deactivate an event handler given eventTarget and name. Otherwise: … set
   * > eventHandler's value to the given value; activate an event handler given eventTarget and name.
   *
   * A handler that is only replaced keeps its place among the listeners; one that is set anew goes to the end.
   */
  set(target: EventTarget, type: string, value: unknown) {
    // [LegacyTreatNonObjectAsNull]
    const callback = isObject(value) ? value : null
    const handler = this.#handlers.get(type)
    if (callback === null) {
      if (handler) {
        this.#handlers.delete(type)
        removeEventListener.call(target, type, handler.listener)
        this.#listeners.remove(type, handler.listener, false)
      }
    } else if (handler) {
      handler.callback = callback
    } else {
      const added: Handler = { callback, listener: (event) => invoke(added.callback, event) }
      this.#handlers.set(type, added)
      addEventListener.call(target, type, added.listener)
      this.#listeners.add(target, type, added.listener, false)
    }
  }
}

/** > Invoke callback with « event », "rethrow", and with callback this value set to event's currentTarget. */
function invoke(callback: Callback, event: Event) {
  if (typeof callback === 'function' && Reflect.apply(callback, event.currentTarget, [event]) === false) {
    event.preventDefault()
  }
}
