/** `EventSourceParserStream`: the parser between two streams. */

import { createParser } from './create-parser.js'
import type { EventSourceMessage, EventSourceParser, StreamOptions } from './types.js'

/**
 * Bytes or strings in, events out; asks for no more than is read from it.
 *
 * @example
 * const events = response.body.pipeThrough(new EventSourceParserStream())
 */
export class EventSourceParserStream extends TransformStream<Uint8Array | string, EventSourceMessage> {
  constructor(options: StreamOptions = {}) {
    const { onError, onId, onRetry, onComment, maxBufferSize } = options
    let parser: EventSourceParser
    super({
      start(controller) {
        parser = createParser({
          onEvent: (event) => controller.enqueue(event),
          onError(error) {
            if (typeof onError === 'function') onError(error)
            // A parser whose buffer was full takes nothing more, and nobody can reset this one.
            if (onError !== 'terminate' && error.type !== 'max-buffer-size-exceeded') return
            controller.error(error)
            parser.reset()
          },
          onId,
          onRetry,
          onComment,
          maxBufferSize,
        })
      },
      transform: (chunk) => parser.feed(chunk),
    })
  }
}
