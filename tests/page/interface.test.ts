/**
 * The shape of the interface as Web IDL lays it down: constants, attributes, constructor and brand checks.
 * No test here needs an answer from the server.
 */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'

const states = { CONNECTING: 0, OPEN: 1, CLOSED: 2 } as const
const readOnly = ['url', 'withCredentials', 'readyState'] as const
const handlers = ['onopen', 'onmessage', 'onerror'] as const

function descriptor(of: object, name: PropertyKey): PropertyDescriptor {
  const found = Object.getOwnPropertyDescriptor(of, name)
  assert.isDefined(found, `${String(name)} is an own property`)
  return found!
}

describe('interface EventSource', () => {
  it('is a writable, configurable, non-enumerable property of the global object', () => {
    const { writable, enumerable, configurable } = descriptor(globalThis, 'EventSource')
    assert.deepEqual({ writable, enumerable, configurable }, { writable: true, enumerable: false, configurable: true })
  })

  it('is a function named EventSource of length 1', () => {
    assert.isFunction(EventSource)
    assert.strictEqual(EventSource.name, 'EventSource')
    assert.strictEqual(EventSource.length, 1)
  })

  it('gives name and length the attributes of a built-in function', () => {
    for (const name of ['name', 'length']) {
      const { writable, enumerable, configurable } = descriptor(EventSource, name)
      assert.deepEqual(
        { writable, enumerable, configurable },
        { writable: false, enumerable: false, configurable: true },
        name,
      )
    }
  })

  it('inherits from EventTarget, as constructor and as prototype', () => {
    assert.strictEqual(Object.getPrototypeOf(EventSource), EventTarget)
    assert.strictEqual(Object.getPrototypeOf(EventSource.prototype), EventTarget.prototype)
  })

  it('has a prototype that cannot be replaced', () => {
    const { writable, enumerable, configurable, value } = descriptor(EventSource, 'prototype')
    assert.deepEqual(
      { writable, enumerable, configurable },
      { writable: false, enumerable: false, configurable: false },
    )
    assert.strictEqual(value, EventSource.prototype)
    const before = EventSource.prototype
    assert.throws(() => {
      'use strict'
      ;(EventSource as { prototype: unknown }).prototype = {}
    }, TypeError)
    assert.strictEqual(EventSource.prototype, before)
  })

  it('names its constructor on the prototype, not enumerable', () => {
    const { writable, enumerable, configurable, value } = descriptor(EventSource.prototype, 'constructor')
    assert.strictEqual(value, EventSource)
    assert.deepEqual({ writable, enumerable, configurable }, { writable: true, enumerable: false, configurable: true })
  })

  it('has the tag EventSource', () => {
    const { value, writable, enumerable, configurable } = descriptor(EventSource.prototype, Symbol.toStringTag)
    assert.strictEqual(value, 'EventSource')
    assert.deepEqual({ writable, enumerable, configurable }, { writable: false, enumerable: false, configurable: true })
    assert.strictEqual(Object.prototype.toString.call(EventSource.prototype), '[object EventSource]')
  })

  for (const [name, value] of Object.entries(states)) {
    it(`has ${name} as a constant ${value} on constructor and prototype`, () => {
      for (const place of [EventSource, EventSource.prototype]) {
        assert.deepEqual(descriptor(place, name), { value, writable: false, enumerable: true, configurable: false })
      }
    })

    it(`does not let ${name} be changed`, () => {
      for (const place of [EventSource, EventSource.prototype] as object[]) {
        assert.isFalse(Reflect.set(place, name, 9))
        assert.isFalse(Reflect.deleteProperty(place, name))
        assert.strictEqual((place as Record<string, unknown>)[name], value)
      }
    })
  }

  for (const name of readOnly) {
    it(`has ${name} as an enumerable getter on the prototype, without a setter`, () => {
      const { get, set, enumerable, configurable } = descriptor(EventSource.prototype, name)
      assert.isFunction(get)
      assert.isUndefined(set)
      assert.isTrue(enumerable)
      assert.isTrue(configurable)
      assert.strictEqual(get!.name, `get ${name}`)
      assert.strictEqual(get!.length, 0)
    })
  }

  for (const name of handlers) {
    it(`has ${name} as an enumerable accessor on the prototype`, () => {
      const { get, set, enumerable, configurable } = descriptor(EventSource.prototype, name)
      assert.isTrue(enumerable)
      assert.isTrue(configurable)
      assert.strictEqual(get!.name, `get ${name}`)
      assert.strictEqual(get!.length, 0)
      assert.strictEqual(set!.name, `set ${name}`)
      assert.strictEqual(set!.length, 1)
    })
  }

  it('has close as an enumerable method of length 0 on the prototype', () => {
    const { value, writable, enumerable, configurable } = descriptor(EventSource.prototype, 'close')
    assert.isFunction(value)
    assert.strictEqual(value.name, 'close')
    assert.strictEqual(value.length, 0)
    assert.deepEqual({ writable, enumerable, configurable }, { writable: true, enumerable: true, configurable: true })
  })

  it('lists constants, attributes and close when its prototype is enumerated', () => {
    const names = new Set<string>()
    for (const name in EventSource.prototype) names.add(name)
    for (const name of [...Object.keys(states), ...readOnly, ...handlers, 'close', 'addEventListener']) {
      assert.isTrue(names.has(name), name)
    }
  })

  it('lists exactly the constants as enumerable properties of the constructor', () => {
    const keys = Object.keys(EventSource).filter((key) => key !== 'fromReadableStream')
    assert.sameMembers(keys, Object.keys(states))
  })

  it('has members that are no constructors', () => {
    const get = descriptor(EventSource.prototype, 'url').get as unknown as new () => unknown
    const close = EventSource.prototype.close as unknown as new () => unknown
    assert.throws(() => new get(), TypeError)
    assert.throws(() => new close(), TypeError)
    assert.isFalse(Object.hasOwn(close, 'prototype'))
  })
})

describe('an object of another kind', () => {
  const others: [string, unknown][] = [
    ['a plain object', {}],
    ['an EventTarget', new EventTarget()],
    ['the prototype itself', globalThis.EventSource?.prototype],
    ['an object that inherits from the prototype', Object.create(globalThis.EventSource?.prototype ?? null)],
    ['null', null],
    ['a string', 'source'],
    ['a number', 7],
  ]
  for (const name of [...readOnly, ...handlers]) {
    it(`is refused by the getter of ${name}`, () => {
      const { get } = descriptor(EventSource.prototype, name)
      for (const [kind, value] of others)
        assert.throws(() => Reflect.apply(get!, value, []), TypeError, undefined, kind)
    })
  }

  for (const name of handlers) {
    it(`is refused by the setter of ${name}`, () => {
      const { set } = descriptor(EventSource.prototype, name)
      for (const [kind, value] of others) {
        assert.throws(() => Reflect.apply(set!, value, [() => {}]), TypeError, undefined, kind)
      }
    })
  }

  it('is refused by close', () => {
    const { close } = EventSource.prototype
    for (const [kind, value] of others) assert.throws(() => Reflect.apply(close, value, []), TypeError, undefined, kind)
  })

  it('is refused by the getters when read through the prototype', () => {
    for (const name of readOnly) assert.throws(() => EventSource.prototype[name], TypeError)
    for (const name of handlers) assert.throws(() => EventSource.prototype[name], TypeError)
  })
})

describe('an instance', () => {
  it('has no own properties', (trial) => {
    const source = trial.open('/stream?end=stall')
    source.onmessage = () => {}
    source.addEventListener('x', () => {})
    assert.deepEqual(Reflect.ownKeys(source), [])
    assert.deepEqual(Object.keys(source), [])
    assert.strictEqual(JSON.stringify(source), '{}')
  })

  it('is an EventSource and an EventTarget', (trial) => {
    const source = trial.open('/stream?end=stall')
    assert.instanceOf(source, EventSource)
    assert.instanceOf(source, EventTarget)
    assert.strictEqual(Object.getPrototypeOf(source), EventSource.prototype)
    assert.strictEqual(source.constructor, EventSource)
    assert.strictEqual(Object.prototype.toString.call(source), '[object EventSource]')
    assert.strictEqual(String(source), '[object EventSource]')
  })

  it('has the constants', (trial) => {
    const source = trial.open('/stream?end=stall')
    assert.deepEqual([source.CONNECTING, source.OPEN, source.CLOSED], [0, 1, 2])
  })

  it('refuses assignments to read-only attributes in strict code and keeps its values', (trial) => {
    const source = trial.open('/stream?end=stall')
    for (const name of [...readOnly, ...Object.keys(states)] as ('url' | 'readyState')[]) {
      const before = source[name]
      assert.throws(() => {
        ;(source as unknown as Record<string, unknown>)[name] = 'changed'
      }, TypeError)
      assert.strictEqual(source[name], before)
    }
  })

  it('takes properties of a page’s own', (trial) => {
    const source = trial.open('/stream?end=stall') as EventSource & { note?: string }
    source.note = 'mine'
    assert.strictEqual(source.note, 'mine')
    assert.deepEqual(Object.keys(source), ['note'])
  })

  it('keeps handlers per instance', (trial) => {
    const first = trial.open('/stream?end=stall')
    const second = trial.open('/stream?end=stall')
    const handler = (): void => {}
    first.onmessage = handler
    assert.strictEqual(first.onmessage, handler)
    assert.isNull(second.onmessage)
  })

  it('can be worked by the prototype’s own accessors', (trial) => {
    const source = trial.open('/stream?end=stall')
    const read = (name: string): unknown => Reflect.apply(descriptor(EventSource.prototype, name).get!, source, [])
    assert.strictEqual(read('url'), new URL('/stream?end=stall', location.href).href)
    assert.strictEqual(read('readyState'), 0)
    assert.strictEqual(read('withCredentials'), false)
    Reflect.apply(EventSource.prototype.close, source, [])
    assert.strictEqual(read('readyState'), 2)
  })
})
