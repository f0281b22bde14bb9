/**
 * onopen, onmessage and onerror as the HTML standard's event handler algorithms define them, and how they stand among
 * listeners. Events are dispatched by the page itself here; those of a stream are in delivery.test.ts.
 */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'
import type { Trial } from './harness/trial'
import { expectsUncaught, expectsUncaughtFrom } from './harness/uncaught'

const names = ['onopen', 'onmessage', 'onerror'] as const

/** A source that nothing comes in on: it is closed, but stays an EventTarget. */
function quiet(trial: Trial): EventSource {
  const source = trial.open('/stream?end=stall')
  source.close()
  return source
}

function fire(source: EventSource, type = 'message', init: EventInit = {}): Event {
  const event = new Event(type, init)
  source.dispatchEvent(event)
  return event
}

describe('an event handler attribute', () => {
  for (const name of names) {
    it(`is null at first and gives back what was set: ${name}`, (trial) => {
      const source = quiet(trial)
      assert.isNull(source[name])
      const handler = (): void => {}
      source[name] = handler
      assert.strictEqual(source[name], handler)
      source[name] = null
      assert.isNull(source[name])
    })

    it(`is called for its type, with the source as this and one argument: ${name}`, (trial) => {
      const source = quiet(trial)
      const calls: [unknown, IArguments][] = []
      source[name] = function (this: unknown) {
        // oxlint-disable-next-line prefer-rest-params
        calls.push([this, arguments])
      }
      const event = fire(source, name.slice(2))
      fire(source, 'other')
      assert.lengthOf(calls, 1)
      assert.strictEqual(calls[0]![0], source)
      assert.lengthOf(calls[0]![1], 1)
      assert.strictEqual(calls[0]![1][0], event)
    })

    for (const [kind, value] of [
      ['undefined', undefined],
      ['a number', 3],
      ['a string', 'f()'],
      ['a symbol', Symbol('handler')],
      ['true', true],
      ['a bigint', 1n],
    ] as [string, unknown][]) {
      it(`becomes null when set to ${kind}: ${name}`, (trial) => {
        const source = quiet(trial)
        source[name] = () => {}
        ;(source as unknown as Record<string, unknown>)[name] = value
        assert.isNull(source[name])
        fire(source, name.slice(2))
      })
    }
  }

  it('keeps an object that cannot be called, and does nothing with it', (trial) => {
    const source = quiet(trial)
    const handler = { handleEvent: () => assert.fail('handleEvent is for listeners') }
    ;(source as unknown as { onmessage: unknown }).onmessage = handler
    assert.strictEqual(source.onmessage as unknown, handler)
    fire(source)
  })

  it('takes any callable object', (trial) => {
    const source = quiet(trial)
    const calls: string[] = []
    source.onmessage = new Proxy(() => {}, { apply: () => void calls.push('proxy') })
    fire(source)
    source.onmessage = function (this: { name: string }) {
      calls.push(this.name)
    }.bind({ name: 'bound' }) as never
    fire(source)
    source.onmessage = async () => void calls.push('async')
    fire(source)
    assert.deepEqual(calls, ['proxy', 'bound', 'async'])
  })

  it('reports an error when it is a class', async (trial) => {
    const source = quiet(trial)
    const reported = expectsUncaughtFrom((error) => error instanceof TypeError && /class|new/i.test(error.message))
    source.onmessage = class {} as never
    fire(source)
    assert.instanceOf((await reported).error, TypeError)
  })

  it('is called in its place among the listeners', (trial) => {
    const source = quiet(trial)
    const calls: string[] = []
    source.addEventListener('message', () => calls.push('first'))
    source.onmessage = () => calls.push('handler')
    source.addEventListener('message', () => calls.push('last'))
    fire(source)
    assert.deepEqual(calls, ['first', 'handler', 'last'])
  })

  it('keeps its place when another function is set', (trial) => {
    const source = quiet(trial)
    const calls: string[] = []
    source.onmessage = () => calls.push('old')
    source.addEventListener('message', () => calls.push('listener'))
    source.onmessage = () => calls.push('new')
    fire(source)
    assert.deepEqual(calls, ['new', 'listener'])
  })

  it('goes to the end when it was null in between', (trial) => {
    const source = quiet(trial)
    const calls: string[] = []
    const handler = (): void => void calls.push('handler')
    source.onmessage = handler
    source.addEventListener('message', () => calls.push('listener'))
    source.onmessage = null
    source.onmessage = handler
    fire(source)
    assert.deepEqual(calls, ['listener', 'handler'])
  })

  it('takes its place with an object that cannot be called', (trial) => {
    const source = quiet(trial)
    const calls: string[] = []
    ;(source as unknown as { onmessage: unknown }).onmessage = {}
    source.addEventListener('message', () => calls.push('listener'))
    source.onmessage = () => calls.push('handler')
    fire(source)
    assert.deepEqual(calls, ['handler', 'listener'])
  })

  it('is called beside the same function as a listener', (trial) => {
    const source = quiet(trial)
    let count = 0
    const both = (): void => void count++
    source.onmessage = both
    source.addEventListener('message', both)
    fire(source)
    assert.strictEqual(count, 2)
    source.removeEventListener('message', both)
    fire(source)
    assert.strictEqual(count, 3)
  })

  it('is not removed by removeEventListener', (trial) => {
    const source = quiet(trial)
    let count = 0
    const handler = (): void => void count++
    source.onmessage = handler
    source.removeEventListener('message', handler)
    fire(source)
    assert.strictEqual(count, 1)
  })

  it('is called once however often it was set', (trial) => {
    const source = quiet(trial)
    let count = 0
    const handler = (): void => void count++
    for (let i = 0; i < 3; i++) source.onmessage = handler
    fire(source)
    assert.strictEqual(count, 1)
  })

  it('stands to capturing listeners as any listener of an EventTarget does', (trial) => {
    // Engines differ in whether capturing listeners go first at a target that is no node: each agrees with itself.
    const order = (target: EventTarget, handle: (listener: () => void) => void): string[] => {
      const calls: string[] = []
      handle(() => void calls.push('handler'))
      target.addEventListener('message', () => calls.push('capturing'), { capture: true })
      target.dispatchEvent(new Event('message'))
      return calls
    }
    const source = quiet(trial)
    const plain = new EventTarget()
    assert.deepEqual(
      order(source, (listener) => (source.onmessage = listener)),
      order(plain, (listener) => plain.addEventListener('message', listener)),
    )
  })

  it('is not called in the dispatch that it was first set in', (trial) => {
    const source = quiet(trial)
    const calls: string[] = []
    source.addEventListener('message', () => {
      calls.push('listener')
      source.onmessage = () => calls.push('handler')
    })
    fire(source)
    assert.deepEqual(calls, ['listener'])
    fire(source)
    assert.deepEqual(calls, ['listener', 'listener', 'handler'])
  })

  it('is the function that is set when its turn comes', (trial) => {
    const source = quiet(trial)
    const calls: string[] = []
    source.addEventListener('message', () => {
      source.onmessage = () => calls.push('new')
    })
    source.onmessage = () => calls.push('old')
    fire(source)
    assert.deepEqual(calls, ['new'])
  })

  it('is not called when a listener before it sets it to null', (trial) => {
    const source = quiet(trial)
    let count = 0
    source.addEventListener('message', () => {
      source.onmessage = null
    })
    source.onmessage = () => void count++
    fire(source)
    assert.strictEqual(count, 0)
  })

  it('may set itself to null', (trial) => {
    const source = quiet(trial)
    let count = 0
    source.onmessage = () => {
      count++
      source.onmessage = null
    }
    fire(source)
    fire(source)
    assert.strictEqual(count, 1)
  })

  it('cancels a cancelable event when it returns false, and only then', (trial) => {
    const source = quiet(trial)
    for (const [result, cancelled] of [
      [false, true],
      [true, false],
      [undefined, false],
      [null, false],
      [0, false],
      ['', false],
    ] as [unknown, boolean][]) {
      for (const type of ['open', 'message', 'error'] as const) {
        source[`on${type}`] = () => result
        assert.strictEqual(
          fire(source, type, { cancelable: true }).defaultPrevented,
          cancelled,
          `${type}: ${String(result)}`,
        )
        assert.isFalse(fire(source, type).defaultPrevented)
      }
    }
  })

  it('gets only the event, also where that is an ErrorEvent', (trial) => {
    const source = quiet(trial)
    const calls: unknown[][] = []
    source.onerror = (...all: unknown[]) => calls.push(all)
    const event = new ErrorEvent('error', { message: 'm', lineno: 3, cancelable: true })
    source.dispatchEvent(event)
    assert.deepEqual(calls, [[event]])
    source.onerror = () => true
    const other = new ErrorEvent('error', { cancelable: true })
    source.dispatchEvent(other)
    assert.isFalse(other.defaultPrevented)
  })

  it('that throws is reported and leaves the other listeners alone', async (trial) => {
    const source = quiet(trial)
    const thrown = new Error('thrown by a handler')
    const reported = expectsUncaught(thrown)
    let called = false
    source.onmessage = () => {
      throw thrown
    }
    source.addEventListener('message', () => (called = true))
    fire(source)
    assert.isTrue(called)
    assert.strictEqual((await reported).error, thrown)
    assert.isFunction(source.onmessage)
  })

  it('is stopped by stopImmediatePropagation of a listener before it', (trial) => {
    const source = quiet(trial)
    let count = 0
    source.addEventListener('message', (event) => event.stopImmediatePropagation())
    source.onmessage = () => void count++
    fire(source)
    assert.strictEqual(count, 0)
  })
})

describe('as an EventTarget', () => {
  it('calls handleEvent of a listener object, looked up each time', (trial) => {
    const source = quiet(trial)
    const calls: [string, unknown][] = []
    const listener = {
      handleEvent(event: Event) {
        calls.push([event.type, this])
      },
    }
    source.addEventListener('message', listener)
    fire(source)
    listener.handleEvent = function () {
      calls.push(['changed', this])
    }
    fire(source)
    assert.deepEqual(calls, [
      ['message', listener],
      ['changed', listener],
    ])
  })

  it('accepts null as listener and refuses a primitive', (trial) => {
    const source = quiet(trial)
    source.addEventListener('message', null as never)
    source.removeEventListener('message', null as never)
    assert.throws(() => source.addEventListener('message', 5 as never), TypeError)
    assert.throws(() => (source.addEventListener as (type: string) => void)('message'), TypeError)
    assert.throws(() => source.dispatchEvent({} as Event), TypeError)
  })

  it('adds the same listener once for each phase', (trial) => {
    const source = quiet(trial)
    let count = 0
    const listener = (): void => void count++
    source.addEventListener('message', listener)
    source.addEventListener('message', listener, { once: true })
    source.addEventListener('message', listener, true)
    fire(source)
    assert.strictEqual(count, 2)
  })

  it('returns from dispatchEvent whether the event was not cancelled', (trial) => {
    const source = quiet(trial)
    source.addEventListener('message', (event) => event.preventDefault())
    assert.isFalse(source.dispatchEvent(new Event('message', { cancelable: true })))
    assert.isTrue(source.dispatchEvent(new Event('message')))
  })

  it('delivers a MessageEvent that the page dispatches', (trial) => {
    const source = quiet(trial)
    const got: unknown[] = []
    source.onmessage = (event) => got.push(event.data)
    source.dispatchEvent(new MessageEvent('message', { data: { own: 1 } }))
    assert.deepEqual(got, [{ own: 1 }])
  })
})
