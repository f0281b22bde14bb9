/** What is thrown for wrong options: the error's class, and a message that names the option and what was given. */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'

function thrown(init: unknown, url = 'https://events.example/'): Error {
  try {
    new EventSource(url, init as EventSourceInit).close()
  } catch (error) {
    return error as Error
  }
  return assert.fail('nothing was thrown')
}

describe.beyondNative('an option of a wrong type', () => {
  const headers = 'an object, a Headers, an array of pairs or a function'
  const cases: [object, string][] = [
    [{ method: 5 }, 'method must be a string; got the number 5'],
    [{ headers: 'soon' }, `headers must be ${headers}; got the string "soon"`],
    [{ headers: null }, `headers must be ${headers}; got null`],
    [{ fetch: 'soon' }, 'fetch must be a function; got the string "soon"'],
    [{ signal: {} }, 'signal must be an AbortSignal; got an object'],
    [{ lastEventId: 7 }, 'lastEventId must be a string; got the number 7'],
    [{ reconnectionTime: 'soon' }, 'reconnectionTime must be a number of milliseconds; got the string "soon"'],
    [{ retry: true }, 'retry must be an object or a function; got the boolean true'],
    [{ retry: null }, 'retry must be an object or a function; got null'],
    [{ retry: { statuses: 'soon' } }, 'statuses must be an array of HTTP statuses; got the string "soon"'],
    [{ retry: { statuses: ['soon'] } }, 'statuses must be an array of HTTP statuses; got an array'],
    [{ retry: { factor: Symbol('x') } }, 'factor must be a number, 1 or more; got the symbol Symbol(x)'],
    [{ heartbeatTimeout: null }, 'heartbeatTimeout must be a number of milliseconds above 0; got null'],
    [{ pauseWhenHidden: 1 }, 'pauseWhenHidden must be true or false; got the number 1'],
    [{ maxEventSize: () => 5 }, 'maxEventSize must be a number of bytes; got a function'],
    [{ lastEventIdQueryParameterName: ['id'] }, 'lastEventIdQueryParameterName must be a string; got an array'],
  ]
  for (const [init, message] of cases) {
    it(`is a TypeError that names it: ${message}`, () => {
      const error = thrown(init)
      assert.instanceOf(error, TypeError)
      assert.strictEqual(error.message, message)
    })
  }

  it('is a TypeError where the options are no object at all', () => {
    const error = thrown(5)
    assert.instanceOf(error, TypeError)
    assert.strictEqual(error.message, 'eventSourceInitDict must be an object; got the number 5')
  })
})

describe.beyondNative('an option out of range', () => {
  const cases: [object, string][] = [
    [{ reconnectionTime: -1 }, 'reconnectionTime'],
    [{ reconnectionTime: Infinity }, 'reconnectionTime'],
    [{ heartbeatTimeout: 0 }, 'heartbeatTimeout'],
    [{ maxEventSize: NaN }, 'maxEventSize'],
    [{ retry: { factor: 0.5 } }, 'factor'],
    [{ retry: { jitter: 1.1 } }, 'jitter'],
    [{ retry: { maxDelay: -1 } }, 'maxDelay'],
    [{ retry: { maxAttempts: NaN } }, 'maxAttempts'],
    [{ retry: { resetAfter: -1 } }, 'resetAfter'],
  ]
  for (const [init, name] of cases) {
    it(`is a RangeError that names it: ${name} of ${JSON.stringify(init)}`, () => {
      const error = thrown(init)
      assert.instanceOf(error, RangeError)
      assert.match(error.message, new RegExp(`^${name} must be `))
    })
  }
})

describe.beyondNative('an option that Fetch does not know', () => {
  for (const [name, value] of Object.entries({
    mode: 'navigate',
    credentials: 'sometimes',
    cache: 'never',
    method: 'TRACE',
  })) {
    it(`is a TypeError that names it: ${name}`, () => {
      const error = thrown({ [name]: value })
      assert.instanceOf(error, TypeError)
      assert.isTrue(error.message.startsWith(`${name}: Fetch does not take the string "${value}"`), error.message)
    })
  }

  it('is a TypeError where a GET has a body', () => {
    const error = thrown({ body: 'x' })
    assert.instanceOf(error, TypeError)
    assert.strictEqual(error.message, 'body needs a method that has one: say method: "POST"')
  })
})

describe.beyondNative('wrong options', () => {
  it('are told of before a wrong URL', () => {
    assert.instanceOf(thrown({ method: 5 }, 'http://['), TypeError)
    assert.strictEqual(thrown({}, 'http://[').name, 'SyntaxError')
  })
})
