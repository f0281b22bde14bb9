/**
 * Events of types that somebody listens to, however and since whenever. An event that nobody would hear of is not made:
 * here is what must not be noticed of that, and what decides it.
 */
import { assert } from 'chai'
import { Listeners } from '../../js/listeners'
import { describe, it } from './harness/bdd'
import { pause, type Trial } from './harness/trial'

async function source(trial: Trial): Promise<{ source: EventSource; send(type: string, data: string): Promise<void> }> {
  const made = trial.open(trial.at('/subscribe', { topic: trial.key }))
  const recorder = trial.record(made)
  await trial.requestsUntil((all) => all.length === 1, 'the subscription')
  // Firefox holds back the head of a response until some of its body is there.
  await trial.publish(':\n')
  await recorder.until('open')
  return {
    source: made,
    send: async (type, data) => void (await trial.publish(`event: ${type}\ndata: ${data}\n\n`)),
  }
}

async function heard(heard: unknown[], count: number): Promise<void> {
  for (let waited = 0; heard.length < count && waited < 5000; waited += 10) await pause(10)
  await pause(30)
}

describe('a type that nobody listens to', () => {
  it('is heard from the moment that somebody does', async (trial) => {
    const { source: events, send } = await source(trial)
    const got: string[] = []
    await send('late', '1')
    await send('known', '2')
    // By then the two have come.
    const arrival = new Promise((resolve) => (events.onmessage = resolve))
    await send('message', 'x')
    await arrival
    events.addEventListener('known', ({ data }) => got.push(data))
    await send('known', '3')
    events.addEventListener('late', ({ data }) => got.push(data))
    await send('late', '4')
    await heard(got, 2)
    assert.includeMembers(got, ['3', '4'])
    assert.notInclude(got, '1')
  })

  it('is heard again once a listener is added anew', async (trial) => {
    const { source: events, send } = await source(trial)
    const got: string[] = []
    const listener = ({ data }: MessageEvent): unknown => got.push(data)
    events.addEventListener('tick', listener)
    await send('tick', '1')
    await heard(got, 1)
    events.removeEventListener('tick', listener)
    await send('tick', '2')
    await pause(50)
    events.addEventListener('tick', listener)
    await send('tick', '3')
    await heard(got, 2)
    assert.deepEqual(got, ['1', '3'])
  })

  it('is heard by the handler attribute alone', async (trial) => {
    const { source: events, send } = await source(trial)
    const got: string[] = []
    events.onmessage = ({ data }) => got.push(data)
    await send('message', '1')
    await heard(got, 1)
    events.onmessage = null
    await send('message', '2')
    await pause(50)
    events.onmessage = ({ data }) => got.push(data)
    await send('message', '3')
    await heard(got, 2)
    assert.deepEqual(got, ['1', '3'])
  })

  it('sets the last event ID of the next that is heard', async (trial) => {
    const body = 'id: 7\nevent: unheard\ndata: x\n\ndata: y\n\n'
    const { recorder } = trial.listen(trial.at('/stream', { body, end: 'stall' }))
    assert.strictEqual((await recorder.until('message')).lastEventId, '7')
  })

  for (const [name, said] of [
    ['ASCII', 'event'],
    ['characters of all lengths', 'é€😀'],
  ]) {
    it(`may be that of most events, with those that are heard among them whole: ${name}`, async (trial) => {
      const { source: events } = await source(trial)
      const got: string[] = []
      events.onmessage = ({ data, lastEventId }) => got.push(`${data} ${lastEventId}`)
      events.addEventListener('late', ({ data }) => got.push(`late ${data}`), { once: true })
      const expected: string[] = []
      // In all, less than WebKit takes for a flood where it comes at once.
      const unheard = `event: unheard\ndata: ${said}${'x'.repeat(100)}\n\n`.repeat(10)
      for (let piece = 0; piece < 4; piece++) {
        let text = ''
        for (let number = piece * 6; number < piece * 6 + 6; number++) {
          const id = number % 4 === 0 ? `id: ${said}${number}\n` : ''
          text += `${unheard}${id}data: ${said}\ndata: ${number}\n\n`
          expected.push(`${said}\n${number} ${said}${number - (number % 4)}`)
        }
        await trial.publish(text)
      }
      await trial.publish(`event: late\ndata: ${said}\n\n`.repeat(2))
      expected.push(`late ${said}`)
      await heard(got, expected.length)
      assert.deepEqual(got, expected)
    })
  }

  it('is heard by the listener that a message before it in the same chunk adds, where few events are heard', async (trial) => {
    const { source: events } = await source(trial)
    const got: string[] = []
    const unheard = `event: unheard\ndata: ${'x'.repeat(100)}\n\n`.repeat(20)
    let adds = false
    events.onmessage = ({ data }: MessageEvent<string>) => {
      got.push(data)
      if (adds) events.addEventListener('late', (event) => got.push(`late ${event.data as string}`), { once: true })
    }
    // The first is for the type to be known, and known to be heard by nobody.
    await trial.publish(`event: late\ndata: 0\n\n${unheard}data: 1\n\n`)
    await heard(got, 1)
    adds = true
    const late = (number: number): string => `event: late\ndata: ${number}\n\n`
    await trial.publish(`${unheard}${late(2)}${unheard}data: 3\n\n${unheard}${late(4)}${unheard}${late(5)}${unheard}`)
    await heard(got, 3)
    assert.deepEqual(got, ['1', '3', 'late 4'])
  })

  it('may be named for the first time among others, be it heard or not', async (trial) => {
    const { source: events } = await source(trial)
    const got: string[] = []
    events.onmessage = ({ data, lastEventId }) => got.push(`${data} ${lastEventId}`)
    events.addEventListener('heard', ({ data }) => got.push(`heard ${data as string}`))
    const between = (count: number) => Array<string>(count).fill('between ')
    const event = (type: string, data: string): string => `event: ${type}\ndata: ${data}\n\n`
    const unheard = event('unheard', 'x'.repeat(100)).repeat(5)
    await trial.publish(`${unheard}data: 0\n\n`)
    await heard(got, 1)
    // A name of more than 64 bytes is told again each time.
    const long = 'long'.repeat(20)
    const fresh = ['new', 'é', long, 'heard', long, 'new'].map((type, at) => event(type, `${at}é`) + unheard)
    await trial.publish(`${unheard}${fresh.join('data: between\n\n')}id: é\ndata: end\n\n`)
    await heard(got, 8)
    assert.deepEqual(got, ['0 ', ...between(3), 'heard 3é', ...between(2), 'end é'])
  })

  it('may be one of hundreds, few of which are heard', async (trial) => {
    const { source: events } = await source(trial)
    const got: string[] = []
    const expected: string[] = []
    for (const type of ['type-7', 'type-150', 'type-299']) {
      events.addEventListener(type, ({ data }) => got.push(`${type} ${data as string}`))
    }
    for (let round = 0; round < 4; round++) {
      let text = ''
      for (let number = 0; number < 310; number++) {
        text += `event: type-${number}\ndata: ${round} ${number}\n\n`
        if ([7, 150, 299].includes(number)) expected.push(`type-${number} ${round} ${number}`)
      }
      await trial.publish(text)
    }
    await heard(got, expected.length)
    assert.deepEqual(got, expected)
  })
})

describe('a listener with once', () => {
  it('that adds itself again in its own call hears each event', async (trial) => {
    const { source: events, send } = await source(trial)
    const got: string[] = []
    const again = ({ data }: MessageEvent): void => {
      got.push(data)
      events.addEventListener('tick', again, { once: true })
    }
    events.addEventListener('tick', again, { once: true })
    for (const data of ['1', '2', '3']) await send('tick', data)
    await heard(got, 3)
    assert.deepEqual(got, ['1', '2', '3'])
  })

  it('that stopImmediatePropagation keeps from an event hears the next', async (trial) => {
    const { source: events, send } = await source(trial)
    const got: string[] = []
    const stop = (event: Event): void => event.stopImmediatePropagation()
    events.addEventListener('tick', stop)
    events.addEventListener('tick', ({ data }) => got.push(data), { once: true })
    await send('tick', '1')
    await pause(50)
    events.removeEventListener('tick', stop)
    await send('tick', '2')
    await send('tick', '3')
    await heard(got, 1)
    assert.deepEqual(got, ['2'])
  })
})

describe('addEventListener', () => {
  it('throws for too few arguments and for options that it does not know, as that of any target', (trial) => {
    const events = trial.open(trial.at('/stream', { end: 'stall' })) as EventTarget
    assert.throws(() => (events.addEventListener as (type: string) => void)('x'), TypeError)
    assert.throws(() => (events.removeEventListener as (type: string) => void)('x'), TypeError)
    assert.throws(() => events.addEventListener('x', () => {}, { signal: 5 as unknown as AbortSignal }), TypeError)
    assert.strictEqual(events.addEventListener.length, 2)
    assert.strictEqual(events.removeEventListener.length, 2)
    assert.strictEqual(events.addEventListener.name, 'addEventListener')
  })
})

describe('who listens', () => {
  const listener = (): void => {}

  it('is known for each way to come and go', () => {
    const target = new EventTarget()
    const listeners = new Listeners()
    const add = (type: string, callback: unknown, options?: boolean | AddEventListenerOptions): void => {
      target.addEventListener(type, callback as () => void, options)
      listeners.add(target, type, callback, options)
    }
    add('null', null)
    assert.isFalse(listeners.has('null'))
    add('aborted', listener, { signal: AbortSignal.abort() })
    assert.isFalse(listeners.has('aborted'))
    add('once', listener, { once: true })
    assert.isTrue(listeners.has('once'))
    target.dispatchEvent(new Event('once'))
    assert.isFalse(listeners.has('once'))
    const controller = new AbortController()
    add('signal', listener, { signal: controller.signal })
    assert.isTrue(listeners.has('signal'))
    controller.abort()
    assert.isFalse(listeners.has('signal'))
    add('both', listener, true)
    add('both', listener)
    listeners.remove('both', listener, { capture: true })
    assert.isTrue(listeners.has('both'))
    listeners.remove('both', listener, false)
    assert.isFalse(listeners.has('both'))
  })

  it('is never thought to be nobody while somebody is called, whatever comes and goes', () => {
    let state = 42
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state % below
    }
    let calls = 0
    for (let run = 0; run < 3000; run++) {
      const target = new EventTarget()
      const listeners = new Listeners()
      let called = false
      const controllers = [new AbortController(), new AbortController()]
      const add = (callback: () => void): void => {
        const options = {
          capture: random(2) === 0,
          once: random(2) === 0,
          ...(random(3) === 0 && { signal: controllers[random(2)]!.signal }),
        }
        target.addEventListener('x', callback, options)
        listeners.add(target, 'x', callback, options)
      }
      const callbacks = [
        () => void (called = true),
        () => {
          called = true
          add(callbacks[random(3)]!)
        },
        (event?: Event) => {
          called = true
          if (random(2) === 0) event?.stopImmediatePropagation()
        },
      ] as (() => void)[]
      for (let step = 0; step < 12; step++) {
        const callback = callbacks[random(3)]!
        const what = random(8)
        if (what < 4) add(callback)
        else if (what === 4) {
          const capture = random(2) === 0
          target.removeEventListener('x', callback, capture)
          listeners.remove('x', callback, capture)
        } else if (what === 5) controllers[random(2)]!.abort()
        else {
          const known = listeners.has('x')
          called = false
          target.dispatchEvent(new Event('x'))
          if (called) calls++
          assert.isTrue(known || !called, `run ${run}, step ${step}`)
        }
      }
    }
    assert.isAbove(calls, 1000)
  })
})
