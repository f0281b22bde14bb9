/** Writes a body to a socket in chunked framing, cut at random into chunks and writes, and breaks it off as told. */

import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'

/** The chunked body of one response. */
export class Body {
  #socket
  #random

  constructor(socket, random) {
    this.#socket = socket
    this.#random = random
  }

  /** Whether anybody still reads. */
  get isOpen() {
    return this.#socket.writable
  }

  /** Sends all of `bytes`, in chunks that know nothing of events or characters. */
  async write(bytes) {
    for (let at = 0; at < bytes.length && this.isOpen;) {
      // Mostly large, for speed; now and then of a few bytes, each flushed on its own.
      const tiny = this.#random.next() < 0.1
      const length = Math.min(bytes.length - at, tiny ? this.#random.between(1, 5) : this.#random.between(1, 32768))
      const chunk = bytes.subarray(at, at + length)
      at += length
      await this.#send(framed(chunk))
      if (tiny) await setImmediate()
    }
  }

  /** Begins a chunk and leaves it at the place that the fault names, after `bytes` of it. */
  async writeUnfinished(bytes, place) {
    const size = (bytes.length + this.#random.between(1, 5000)).toString(16)
    switch (place) {
      case 'in the chunk size':
        await this.write(bytes)
        await this.#send(Buffer.from(size.padStart(4, '0').slice(0, -1)))
        break
      case 'in the chunk':
        await this.#send(Buffer.concat([Buffer.from(`${size}\r\n`), bytes]))
        break
      case 'before the end of the chunk':
        await this.#send(framed(bytes).subarray(0, -this.#random.between(1, 2)))
        break
      default:
        throw new Error(`no place in the framing: ${place}`)
    }
  }

  /** Ends the body, or breaks it off. */
  async finish(way) {
    if (!this.isOpen) return
    // What was written is to leave before the reset: the client sees what came up to the fault, or part of it.
    await setImmediate()
    switch (way) {
      case 'end':
        this.#socket.end('0\r\n\r\n')
        break
      case 'close':
        this.#socket.end()
        break
      case 'reset':
        this.#socket.resetAndDestroy()
        break
      case 'garbage':
        this.#socket.end('no chunk size\r\n')
        break
      case 'stall':
        if (!this.#socket.destroyed) await once(this.#socket, 'close')
        break
      default:
        throw new Error(`no way to break off: ${way}`)
    }
  }

  async #send(bytes) {
    if (!this.isOpen || this.#socket.write(bytes)) return
    const written = new AbortController()
    const { signal } = written
    await Promise.race([once(this.#socket, 'drain', { signal }), once(this.#socket, 'close', { signal })])
    written.abort()
  }
}

function framed(bytes) {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}
