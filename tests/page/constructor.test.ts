/**
 * What the constructor makes of its arguments: conversions in Web IDL's order, URL parsing, withCredentials.
 * Which request follows is checked in request.test.ts.
 */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'

const stalled = '/stream?end=stall'

/** The constructor with arguments that TypeScript would not let through. */
function construct(...args: unknown[]): EventSource {
  return Reflect.construct(EventSource, args) as EventSource
}

/** The address that the constructor makes of a value. */
function urlOf(...args: unknown[]): string {
  const source = construct(...args)
  source.close()
  return source.url
}

function absolute(url: string): string {
  return new URL(url, location.href).href
}

describe('new EventSource', () => {
  it('throws a TypeError without arguments', () => {
    assert.throws(() => construct(), TypeError)
  })

  it('throws a TypeError when called without new', () => {
    const call = EventSource as unknown as (url: string) => unknown
    assert.throws(() => call(stalled), TypeError)
    assert.throws(() => Reflect.apply(call, {}, [stalled]), TypeError)
  })

  it('ignores arguments past the second', () => {
    assert.strictEqual(urlOf(stalled, {}, 1, 2), absolute(stalled))
  })

  it('makes an instance of the class that extends it', (trial) => {
    class Numbered extends EventSource {
      count = 1
      override close(): void {
        this.count++
        super.close()
      }
      get double(): number {
        return this.count * 2
      }
    }
    const source = trial.open(stalled, undefined, Numbered) as Numbered
    assert.instanceOf(source, Numbered)
    assert.instanceOf(source, EventSource)
    assert.strictEqual(Object.getPrototypeOf(source), Numbered.prototype)
    assert.strictEqual(Numbered.CLOSED, 2)
    assert.strictEqual(Object.prototype.toString.call(source), '[object EventSource]')
    source.close()
    assert.strictEqual(source.double, 4)
    assert.strictEqual(source.readyState, 2)
  })

  it('takes its prototype from new.target', () => {
    function Other(): void {}
    const source = Reflect.construct(EventSource, [stalled], Other) as EventSource
    assert.strictEqual(Object.getPrototypeOf(source), Other.prototype)
    const { close } = EventSource.prototype
    Reflect.apply(close, source, [])
  })

  it('delivers events to a subclass’s listeners', async (trial) => {
    class Collecting extends EventSource {
      got: string[] = []
      constructor(url: string | URL) {
        super(url)
        this.addEventListener('message', (event) => this.got.push(event.data as string))
      }
    }
    const url = trial.at('/stream', { body: 'data: a\n\ndata: b\n\n', end: 'stall' })
    const source = trial.open(url, undefined, Collecting) as Collecting
    await trial.record(source).until('message', 2)
    assert.deepEqual(source.got, ['a', 'b'])
  })
})

describe('the url argument', () => {
  it('is resolved against the base URL', () => {
    assert.strictEqual(urlOf(stalled), absolute(stalled))
    assert.strictEqual(urlOf('stream?x#y'), absolute('stream?x#y'))
    assert.strictEqual(urlOf('../stream'), absolute('../stream'))
    assert.strictEqual(urlOf('?x=1'), absolute('?x=1'))
    assert.strictEqual(urlOf('//example.test/a'), 'http://example.test/a')
  })

  it('may be empty and then is the base URL', () => {
    assert.strictEqual(urlOf(''), absolute(''))
  })

  it('keeps its fragment', () => {
    assert.strictEqual(urlOf('/stream#part'), absolute('/stream#part'))
  })

  it('is normalised by the URL parser', () => {
    assert.strictEqual(urlOf(' /a/./b/../c d\t\n?q=ü '), absolute('/a/c%20d?q=%C3%BC'))
    assert.strictEqual(urlOf('HTTP://EXAMPLE.test:80/'), 'http://example.test/')
  })

  it('replaces lone surrogates', () => {
    assert.strictEqual(urlOf('/a\ud800b'), absolute('/a%EF%BF%BDb'))
  })

  const values: [string, unknown, string][] = [
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['true', true, 'true'],
    ['a number', 5, '5'],
    ['negative zero', -0, '0'],
    ['a bigint', 12n, '12'],
    ['an array', ['a', 'b'], 'a,b'],
    ['an object', {}, '[object Object]'],
    ['an object with toString', { toString: () => '/made' }, '/made'],
    ['an object with valueOf and toString', { valueOf: () => '/value', toString: () => '/string' }, '/string'],
    ['an object with Symbol.toPrimitive', { [Symbol.toPrimitive]: (hint: string) => `/${hint}` }, '/string'],
    ['a String object', new String('/boxed'), '/boxed'],
    ['a URL object', new URL('http://example.test/u?v#w'), 'http://example.test/u?v#w'],
    ['the location', globalThis.location, String(globalThis.location)],
    ['an object whose toString gives undefined', { toString: () => undefined }, 'undefined'],
  ]
  for (const [kind, value, expected] of values) {
    it(`is made a string: ${kind}`, () => {
      assert.strictEqual(urlOf(value), absolute(expected))
    })
  }

  it('throws a TypeError for a symbol', () => {
    assert.throws(() => construct(Symbol('url')), TypeError)
  })

  it('throws a TypeError for an object that has no primitive value', () => {
    assert.throws(() => construct(Object.create(null)), TypeError)
    assert.throws(() => construct({ toString: () => ({}) }), TypeError)
  })

  it('lets an error of toString through', () => {
    const thrown = new Error('no string')
    const url = {
      toString() {
        throw thrown
      },
    }
    try {
      construct(url)
    } catch (error) {
      assert.strictEqual(error, thrown)
      return
    }
    assert.fail('nothing was thrown')
  })

  for (const url of ['http://[::1', 'https://:0', 'http://a:99999/', '//', 'http://a%00b/']) {
    it(`throws a SyntaxError DOMException when it does not parse: ${url}`, () => {
      try {
        construct(url)
      } catch (error) {
        assert.instanceOf(error, DOMException)
        assert.strictEqual((error as DOMException).name, 'SyntaxError')
        assert.strictEqual((error as DOMException).code, 12)
        assert.strictEqual((error as DOMException).constructor, DOMException)
        return
      }
      assert.fail('nothing was thrown')
    })
  }

  it('is converted once', () => {
    let count = 0
    construct({ toString: () => `/stream?${++count}` }).close()
    assert.strictEqual(count, 1)
  })
})

describe('eventSourceInitDict', () => {
  function withCredentialsOf(init: unknown): boolean {
    const source = construct(stalled, init)
    source.close()
    return source.withCredentials
  }

  for (const [kind, init] of [
    ['undefined', undefined],
    ['null', null],
    ['an empty object', {}],
    ['an object without a prototype', Object.create(null)],
    ['a function', () => {}],
    ['an array', []],
    ['a Date', new Date()],
    ['a regular expression', /x/],
    ['a URL', new URL('http://example.test/')],
  ] as [string, unknown][]) {
    it(`may be ${kind}`, () => {
      assert.isFalse(withCredentialsOf(init))
    })
  }

  for (const [kind, init] of [
    ['true', true],
    ['false', false],
    ['a number', 1],
    ['a string', 'withCredentials'],
    ['an empty string', ''],
    ['a symbol', Symbol('init')],
    ['a bigint', 1n],
  ] as [string, unknown][]) {
    it(`throws a TypeError as ${kind}`, () => {
      assert.throws(() => construct(stalled, init), TypeError)
    })
  }

  for (const [value, expected] of [
    [true, true],
    [false, false],
    [undefined, false],
    [null, false],
    [0, false],
    [1, true],
    [Number.NaN, false],
    ['', false],
    ['false', true],
    [{}, true],
    [[], true],
  ] as [unknown, boolean][]) {
    const shown =
      typeof value === 'object' ? JSON.stringify(value) : typeof value === 'string' ? `'${value}'` : String(value)
    it(`converts withCredentials to a boolean: ${shown}`, () => {
      assert.strictEqual(withCredentialsOf({ withCredentials: value }), expected)
    })
  }

  it('reads an inherited withCredentials', () => {
    assert.isTrue(withCredentialsOf(Object.create({ withCredentials: true })))
    class Init {
      get withCredentials(): boolean {
        return true
      }
    }
    assert.isTrue(withCredentialsOf(new Init()))
  })

  it('reads withCredentials once, on the object itself', () => {
    const seen: unknown[] = []
    const init = {
      get withCredentials() {
        seen.push(this)
        return true
      },
    }
    assert.isTrue(withCredentialsOf(init))
    assert.deepEqual(seen, [init])
    init satisfies object
  })

  it('does not see later changes', () => {
    const init = { withCredentials: false }
    const source = construct(stalled, init)
    init.withCredentials = true
    source.close()
    assert.isFalse(source.withCredentials)
  })

  it('lets an error of a getter through', () => {
    const thrown = new Error('no credentials')
    const init = {
      get withCredentials(): boolean {
        throw thrown
      },
    }
    try {
      construct(stalled, init)
    } catch (error) {
      assert.strictEqual(error, thrown)
      return
    }
    assert.fail('nothing was thrown')
  })

  it('is converted after the url and before the url is parsed', () => {
    const order: string[] = []
    const url = {
      toString() {
        order.push('url')
        return 'http://[bad'
      },
    }
    const init = {
      get withCredentials() {
        order.push('withCredentials')
        return true
      },
    }
    assert.throws(() => construct(url, init), DOMException)
    assert.deepEqual(order, ['url', 'withCredentials'])
    assert.throws(() => construct('http://[bad', 1), TypeError)
    assert.throws(() => construct(Symbol('url'), init), TypeError)
    assert.lengthOf(order, 2)
  })
})
