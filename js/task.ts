/** Tasks of the event loop. `setTimeout` is no way to get one: it waits 4 ms when nested and a second in hidden tabs. */

/** Whether the realm's own event loop calls listeners, and not script of a runtime's. */
export const inBrowser = typeof setImmediate !== 'function'

/**
 * Whether no listener of any source was called in the task at hand; false where that is not known. What listeners' promises
 * wait for is done when the task is over, so the next event is for another task.
 */
export let isFresh = true

export const setFresh = (fresh: boolean) => {
  isFresh = fresh
}

const tasks: (() => void)[] = []
let channel: MessageChannel | undefined

/** Runs something in a task of its own, in order. */
export function queueTask(task: () => void) {
  const run = () => {
    isFresh = true
    task()
  }
  if (!inBrowser) {
    // Node: a message channel would keep the process alive.
    setImmediate(run)
    return
  }
  if (!channel) {
    channel = new MessageChannel()
    channel.port1.onmessage = () => tasks.shift()?.()
  }
  tasks.push(run)
  channel.port2.postMessage(0)
}

/** Milliseconds of dispatching after which the event loop gets its turn. */
export const TURN = 8

/** Steps that one task can take. */
const STEPS = 64

const steppers: ((started: number) => boolean)[] = []
let steps: MessagePort | undefined

/**
 * Calls something again and again until it says that it is done, with a microtask checkpoint after each call, so that
 * even a long chain of promises that one call starts has run to its end before the next. Tells it when the task at hand
 * began.
 *
 * Only a browser that calls script from outside does a checkpoint; what script calls runs inside of script. So a
 * message goes to a port with many listeners: each is called from outside, one after the other, within one task.
 */
export function stepwise(step: (started: number) => boolean) {
  if (!steps) {
    const { port1, port2 } = new MessageChannel()
    let started = 0
    for (let number = 1; number <= STEPS; number++) {
      port1.addEventListener('message', (event) => {
        if (number === 1) started = performance.now()
        const done = steppers[0]!(started)
        if (!done && number < STEPS && performance.now() - started < TURN) return
        event.stopImmediatePropagation()
        const stepper = steppers.shift()!
        if (!done) steppers.push(stepper)
        if (steppers.length > 0) port2.postMessage(0)
      })
    }
    port1.start()
    steps = port2
  }
  if (steppers.push(step) === 1) steps.postMessage(0)
}
