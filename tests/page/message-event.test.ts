/**
 * What a page can see of the events that a stream dispatches: MessageEvents for messages, plain Events for open and
 * error. Copying, re-initialising and re-dispatching included; isTrusted is left out, for no script can set it.
 */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'
import { config } from './harness/config'
import { pause, type Trial } from './harness/trial'

/** Messages that are made in different ways. */
const kinds = [
  { name: 'a message', id: '', data: 'text' },
  { name: 'a message with an id', id: '7', data: 'text' },
  { name: 'a long message', id: '', data: 'text'.repeat(1000) },
]

for (const { name, id, data } of kinds) {
  const bodyFor = (type: string) => `event: ${type}\n${id && `id: ${id}\n`}data: ${data}\n\n`

  /** The first message, after its dispatch. */
  const first = (trial: Trial, type = 'message'): Promise<MessageEvent<string>> =>
    trial.listen(trial.at('/stream', { body: bodyFor(type), end: 'stall' }), type).recorder.until(type)

  /** What a listener makes of the first message while it is dispatched. */
  const during = <T>(trial: Trial, look: (event: MessageEvent<string>, source: EventSource) => T): Promise<T> => {
    const source = trial.open(trial.at('/stream', { body: bodyFor('message'), end: 'stall' }))
    return new Promise((resolve, reject) => {
      source.onmessage = (event) => {
        try {
          resolve(look(event, source))
        } catch (error) {
          reject(error)
        }
      }
    })
  }

  describe(name, () => {
    it('is a MessageEvent', async (trial) => {
      const event = await first(trial)
      assert.instanceOf(event, MessageEvent)
      assert.instanceOf(event, Event)
      assert.strictEqual(event.constructor, MessageEvent)
      assert.strictEqual(Object.prototype.toString.call(event), '[object MessageEvent]')
      assert.strictEqual(String(event), '[object MessageEvent]')
      assert.strictEqual(event.constructor.name, 'MessageEvent')
    })

    it('is one also for a type of the stream’s own', async (trial) => {
      const event = await first(trial, 'ping')
      assert.strictEqual(event.type, 'ping')
      assert.strictEqual(event.constructor, MessageEvent)
      assert.strictEqual(event.data, data)
      assert.strictEqual(event.lastEventId, id)
      assert.strictEqual(event.origin, location.origin)
    })

    it('has data, origin, lastEventId, source and ports', async (trial) => {
      const event = await first(trial)
      assert.strictEqual(event.type, 'message')
      assert.strictEqual(event.data, data)
      assert.strictEqual(event.origin, location.origin)
      assert.strictEqual(event.lastEventId, id)
      assert.isNull(event.source)
      assert.isArray(event.ports)
      assert.lengthOf(event.ports, 0)
    })

    it('gives one frozen array as its ports', async (trial) => {
      const event = await first(trial)
      assert.strictEqual(event.ports, event.ports)
      assert.isTrue(Object.isFrozen(event.ports))
    })

    it('neither bubbles nor can be cancelled nor leaves shadow trees', async (trial) => {
      const event = await first(trial)
      assert.isFalse(event.bubbles)
      assert.isFalse(event.cancelable)
      assert.isFalse(event.composed)
      assert.isFalse(event.defaultPrevented)
      assert.isFalse(event.cancelBubble)
      assert.isTrue(event.returnValue)
    })

    it('is not cancelled by preventDefault, returnValue or a handler that returns false', async (trial) => {
      const event = await during(trial, (event) => {
        event.preventDefault()
        event.returnValue = false
        assert.isFalse(event.defaultPrevented)
        assert.isTrue(event.returnValue)
        return event
      })
      assert.isFalse(event.defaultPrevented)
    })

    it('is at its target while it is dispatched', async (trial) => {
      await during(trial, (event, source) => {
        assert.strictEqual(event.target, source)
        assert.strictEqual(event.currentTarget, source)
        assert.strictEqual(event.srcElement, source)
        assert.strictEqual(event.eventPhase, Event.AT_TARGET)
        assert.deepEqual(event.composedPath(), [source])
      })
    })

    it('has the time of its making', async (trial) => {
      const before = performance.now()
      const event = await first(trial)
      assert.isNumber(event.timeStamp)
      // Engines round it.
      assert.isAtLeast(event.timeStamp, before - 20)
      assert.isAtMost(event.timeStamp, performance.now() + 20)
    })

    it('has data as a primitive string', async (trial) => {
      const event = await first(trial)
      assert.strictEqual(typeof event.data, 'string')
      assert.strictEqual(typeof event.lastEventId, 'string')
      assert.strictEqual(typeof event.origin, 'string')
    })

    it('has the own properties that any MessageEvent has', async (trial) => {
      const event = await first(trial)
      assert.deepEqual(Reflect.ownKeys(event), Reflect.ownKeys(new MessageEvent('message')))
      assert.isTrue('isTrusted' in event)
      assert.isFalse(Object.hasOwn(event, 'data'))
      for (const name of [
        'data',
        'origin',
        'lastEventId',
        'source',
        'ports',
        'type',
        'timeStamp',
        'initMessageEvent',
      ]) {
        assert.isTrue(name in event, name)
      }
    })

    it('is enumerated like any MessageEvent', async (trial) => {
      const event = await first(trial)
      const names = (object: object): string[] => {
        const found = []
        for (const name in object) found.push(name)
        return found
      }
      assert.deepEqual(names(event), names(new MessageEvent('message')))
    })

    it('has attributes and an operation like those of the interface', async (trial) => {
      const event = await first(trial)
      const prototype = Object.getPrototypeOf(event) as object
      const shape = (of: object, name: string) => {
        const { get, set, value, enumerable, configurable } = Object.getOwnPropertyDescriptor(of, name)!
        return [name, get?.name, set, typeof value, enumerable, configurable]
      }
      for (const name of ['data', 'origin', 'lastEventId', 'source', 'ports', 'initMessageEvent']) {
        assert.deepEqual(shape(prototype, name), shape(MessageEvent.prototype, name))
      }
    })

    it('gives its attributes and its operation to no other object', async (trial) => {
      const event = await first(trial)
      const prototype = Object.getPrototypeOf(event) as object
      const other = new Event('other')
      for (const receiver of [undefined, {}, other, prototype, Object.create(event)]) {
        for (const name of ['data', 'origin', 'lastEventId', 'source', 'ports']) {
          assert.throws(() => void Reflect.get(prototype, name, receiver), TypeError)
        }
        assert.throws(() => Reflect.apply(event.initMessageEvent, receiver, ['changed']), TypeError)
      }
      assert.strictEqual(other.type, 'other')
    })

    it('has read-only attributes', async (trial) => {
      const event = await first(trial)
      for (const name of ['data', 'origin', 'lastEventId', 'source', 'ports', 'type']) {
        assert.throws(() => {
          ;(event as unknown as Record<string, unknown>)[name] = 'changed'
        }, TypeError)
      }
      assert.strictEqual(event.data, data)
    })

    it('can be copied into a new MessageEvent', async (trial) => {
      const event = await first(trial)
      const copy = new MessageEvent('copy', event as unknown as MessageEventInit)
      assert.strictEqual(copy.type, 'copy')
      assert.strictEqual(copy.data, data)
      assert.strictEqual(copy.origin, location.origin)
      assert.strictEqual(copy.lastEventId, id)
      assert.isNull(copy.source)
      assert.lengthOf(copy.ports, 0)
      assert.isFalse(copy.bubbles)
      assert.isFalse(copy.cancelable)
    })

    it('can be dispatched again at another target', async (trial) => {
      const event = await first(trial)
      await pause(0)
      const target = new EventTarget()
      const seen: unknown[] = []
      target.addEventListener('message', (again) =>
        seen.push([again === event, again.target === target, again.isTrusted]),
      )
      assert.isTrue(target.dispatchEvent(event))
      assert.deepEqual(seen, [[true, true, false]])
      assert.strictEqual(event.target, target)
      assert.strictEqual(event.data, data)
    })

    it('cannot be dispatched again while it is dispatched', async (trial) => {
      await during(trial, (event, source) => {
        for (const target of [source, new EventTarget()]) {
          try {
            target.dispatchEvent(event)
          } catch (error) {
            assert.instanceOf(error, DOMException)
            assert.strictEqual((error as DOMException).name, 'InvalidStateError')
            continue
          }
          assert.fail('dispatchEvent did not throw')
        }
      })
    })

    it('ignores initMessageEvent and initEvent while it is dispatched', async (trial) => {
      await during(trial, (event) => {
        event.initMessageEvent('other', true, true, 'changed', 'http://example.test', '9')
        event.initEvent('other', true, true)
        assert.strictEqual(event.type, 'message')
        assert.strictEqual(event.data, data)
        assert.strictEqual(event.lastEventId, id)
        assert.strictEqual(event.origin, location.origin)
        assert.isFalse(event.bubbles)
        assert.isFalse(event.cancelable)
      })
    })

    it('takes all values of initMessageEvent when its dispatch is over', async (trial) => {
      const event = await first(trial)
      await pause(0)
      const { port1 } = new MessageChannel()
      const given = { own: true } as unknown as string
      event.initMessageEvent('other', true, true, given, 'http://example.test', '9', null, [port1])
      assert.strictEqual(event.type, 'other')
      assert.isTrue(event.bubbles)
      assert.isTrue(event.cancelable)
      assert.strictEqual(event.data, given)
      assert.strictEqual(event.origin, 'http://example.test')
      assert.strictEqual(event.lastEventId, '9')
      assert.isNull(event.source)
      assert.strictEqual(event.ports[0], port1)
    })

    it('gets the defaults of initMessageEvent where arguments are missing', async (trial) => {
      const event = await first(trial)
      await pause(0)
      event.initMessageEvent('other')
      assert.deepEqual(
        [event.type, event.bubbles, event.cancelable, event.data, event.origin, event.lastEventId, event.ports.length],
        ['other', false, false, null, '', '', 0],
      )
      assert.throws(() => (event.initMessageEvent as () => void)(), TypeError)
    })

    it('can be dispatched and cancelled after initMessageEvent', async (trial) => {
      const event = await first(trial)
      await pause(0)
      event.initMessageEvent('other', false, true, 'changed')
      const target = new EventTarget()
      const got: string[] = []
      target.addEventListener('other', (again) => {
        got.push((again as MessageEvent<string>).data)
        again.preventDefault()
      })
      assert.isFalse(target.dispatchEvent(event))
      assert.isTrue(event.defaultPrevented)
      assert.deepEqual(got, ['changed'])
    })

    it('keeps data, origin and lastEventId through initEvent', async (trial) => {
      const event = await first(trial)
      await pause(0)
      event.initEvent('other', true, true)
      assert.strictEqual(event.type, 'other')
      assert.isTrue(event.bubbles)
      assert.strictEqual(event.data, data)
      assert.strictEqual(event.lastEventId, id)
    })
  })

  describe.in(['window'], `${name} in a window`, () => {
    it('is window.event while it is dispatched', async (trial) => {
      const same = await during(trial, (event) => globalThis.event === event)
      assert.isTrue(same)
    })

    it('is the same for whoever asks for window.event when much else has been collected', async (trial) => {
      const source = trial.open(trial.at('/stream', { body: bodyFor('message'), end: 'stall' }))
      const seen = await new Promise<unknown[]>((resolve) => {
        // Takes no argument: only the browser holds the event.
        source.addEventListener('message', () => {
          let made = 0
          for (let round = 0; round < 100; round++) made += Array.from({ length: 5000 }, () => ({ round })).length
          const event = globalThis.event as MessageEvent
          resolve([made, event.constructor, event.data, event.origin, event.lastEventId])
        })
      })
      assert.deepEqual(seen, [500_000, MessageEvent, data, location.origin, id])
    })
  })
}

describe('each message', () => {
  it('keeps its target, and is in no phase, when its dispatch is over', async (trial) => {
    const { source, recorder } = trial.listen(trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }))
    const event = await recorder.until('message')
    await pause(0)
    assert.strictEqual(event.target, source)
    assert.isNull(event.currentTarget)
    assert.strictEqual(event.eventPhase, Event.NONE)
    assert.deepEqual(event.composedPath(), [])
  })

  it('can carry a page’s own properties from listener to listener', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }))
    const got = new Promise<unknown>((resolve) => {
      source.onmessage = (event) => {
        ;(event as unknown as { note: string }).note = 'seen'
      }
      source.addEventListener('message', (event) => resolve((event as unknown as { note: string }).note))
    })
    assert.strictEqual(await got, 'seen')
  })

  it('is one object for all listeners and a new one for each message', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'data: a\n\ndata: b\n\n', end: 'stall' }))
    const one: Event[] = []
    const other: Event[] = []
    source.onmessage = (event) => one.push(event)
    source.addEventListener('message', (event) => other.push(event))
    await trial.record(source).until('message', 2)
    assert.strictEqual(one[0], other[0])
    assert.strictEqual(one[1], other[1])
    assert.notStrictEqual(one[0], one[1])
  })

  it('keeps its values for as long as it is held', async (trial) => {
    const body = Array.from({ length: 50 }, (_, n) => `id: ${n}\ndata: text ${n}\n\n`).join('')
    const { source, recorder } = trial.listen(trial.at('/stream', { body, size: 17, end: 'stall' }))
    await recorder.until('message', 50)
    source.close()
    await pause(20)
    const messages = recorder.events.filter((event) => event.type === 'message') as MessageEvent<string>[]
    messages.forEach((event, n) => {
      assert.strictEqual(event.data, `text ${n}`)
      assert.strictEqual(event.lastEventId, String(n))
      assert.strictEqual(event.origin, location.origin)
    })
  })

  it('has all of its data, however long it is', async (trial) => {
    const texts = [0, 1, 255, 256, 257, 510, 511, 512, 513, 514, 1023, 1024, 1025].flatMap((length) => [
      'x'.repeat(length),
      'x'.repeat(Math.max(0, length - 2)) + '😀',
      'xé'.repeat(length / 2),
    ])
    const body = texts.map((text) => `data: ${text}\n\n`).join('')
    const { recorder } = trial.listen(trial.at('/stream', { body, end: 'stall' }))
    await recorder.until('message', texts.length)
    const got = recorder.events.slice(1).map((event) => (event as MessageEvent<string>).data)
    assert.deepEqual(got, texts)
  })

  it('keeps its own origin and id beside messages of other origins, with ids and without', async (trial) => {
    const body = 'data: a\n\nid: 1\ndata: b\n\nid: 2\ndata: c\n\nid\ndata: d\n\n'
    const here = trial.listen(trial.at('/stream', { body, end: 'stall' })).recorder
    const there = trial.listen(trial.elsewhere('/stream', { body, cors: '*', end: 'stall' })).recorder
    await here.until('message', 4)
    await there.until('message', 4)
    const seen = [here, there].map(({ events }) =>
      (events.slice(1) as MessageEvent<string>[]).map(({ origin, data, lastEventId }) => [origin, data, lastEventId]),
    )
    const expected = [trial.origin, trial.otherOrigin].map((origin) => [
      [origin, 'a', ''],
      [origin, 'b', '1'],
      [origin, 'c', '2'],
      [origin, 'd', ''],
    ])
    assert.deepEqual(seen, expected)
  })

  it('can be dispatched again at its own source', async (trial) => {
    const { source, recorder } = trial.listen(trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }))
    const event = await recorder.until('message')
    await pause(0)
    source.dispatchEvent(event)
    assert.deepEqual(recorder.brief, ['open', 'message: x', 'message: x'])
  })

  it('stops at stopImmediatePropagation, and the next message does not', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'data: a\n\ndata: b\n\n', end: 'stall' }))
    const calls: string[] = []
    source.addEventListener('message', (event) => {
      calls.push(`first ${event.data}`)
      if (event.data === 'a') event.stopImmediatePropagation()
    })
    await new Promise<void>((resolve) => {
      source.addEventListener('message', (event) => {
        calls.push(`second ${event.data}`)
        resolve()
      })
    })
    assert.deepEqual(calls, ['first a', 'first b', 'second b'])
  })

  it('goes on to other listeners of its target after stopPropagation', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'data: a\n\n', end: 'stall' }))
    source.addEventListener('message', (event) => event.stopPropagation())
    await trial.record(source).until('message')
  })
})

for (const type of ['open', 'error'] as const) {
  describe(`the ${type} event`, () => {
    const body = type === 'open' ? ':\n' : 'retry: 100000\n\n'
    const make = (trial: Trial): Promise<Event> => {
      const { recorder } = trial.listen(trial.at('/stream', { body, end: type === 'open' ? 'stall' : 'close' }))
      return recorder.until(type)
    }

    it('is a plain Event without data', async (trial) => {
      const event = await make(trial)
      assert.strictEqual(event.type, type)
      assert.instanceOf(event, Event)
      assert.notInstanceOf(event, MessageEvent)
      assert.strictEqual(event.constructor, Event)
      assert.strictEqual(Object.prototype.toString.call(event), '[object Event]')
      assert.isFalse('data' in event)
      assert.isFalse('lastEventId' in event)
      assert.isFalse(Object.hasOwn(event, 'data'))
    })

    it('neither bubbles nor can be cancelled', async (trial) => {
      const event = await make(trial)
      assert.isFalse(event.bubbles)
      assert.isFalse(event.cancelable)
      assert.isFalse(event.composed)
      event.preventDefault()
      assert.isFalse(event.defaultPrevented)
    })

    it('has the source as its target', async (trial) => {
      const source = trial.open(trial.at('/stream', { body, end: type === 'open' ? 'stall' : 'close' }))
      await new Promise<void>((resolve, reject) => {
        source[`on${type}`] = (event) => {
          try {
            assert.strictEqual(event.target, source)
            assert.strictEqual(event.currentTarget, source)
            assert.strictEqual(event.eventPhase, Event.AT_TARGET)
            assert.deepEqual(event.composedPath(), [source])
            resolve()
          } catch (error) {
            reject(error)
          }
        }
      })
    })

    it('can be dispatched again elsewhere', async (trial) => {
      const event = await make(trial)
      await pause(0)
      const target = new EventTarget()
      let again: Event | undefined
      target.addEventListener(type, (seen) => (again = seen))
      target.dispatchEvent(event)
      assert.strictEqual(again, event)
    })
  })
}

describe.beyondNative('a short message in Firefox', () => {
  if (config.scope !== 'window' || !navigator.userAgent.includes('Firefox/')) return

  it('is made of what costs less there than an event of a class of our own', async (trial) => {
    // In a realm of its own, where it is the first.
    const inside = (await trial.frame()).contentWindow as Window & typeof globalThis
    const source = trial.open(trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }), undefined, inside.EventSource)
    const event = await trial.record(source).until('message')
    assert.strictEqual(Reflect.get(inside.CloseEvent.prototype, 'reason', event), 'x')
  })
})
